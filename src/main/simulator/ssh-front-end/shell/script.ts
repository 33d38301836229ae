/** Reads a command line as bash does, as far as commands of a lab need it: no functions, no patterns, no arithmetic. */
import { Lexer, type Token } from './lexer.ts'
import {
  type Branch,
  type Command,
  type Redirection,
  type Script,
  ScriptSyntaxError,
  type SimpleCommand,
  type Step,
  type Word,
} from './syntax.ts'

/** Throws a `ScriptSyntaxError`. */
export function parseScript(text: string): Script {
  const parser = new Parser(new Lexer(text, parseScript).tokens())
  return parser.script([])
}

const reserved = ['do', 'done', 'then', 'elif', 'else', 'fi']

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** Up to the end, or to one of these words where a command could begin. */
  script(ends: readonly string[]): Script {
    const steps: Step[] = []
    let when: Step['when'] = 'always'
    for (;;) {
      const isRequired: boolean = when !== 'always'
      while (this.#operator() === '\n') this.#at += 1
      const isAtEnd = this.#at >= this.#tokens.length
      if (isAtEnd && ends.length > 0) throw new ScriptSyntaxError('newline')
      if (isAtEnd || ends.includes(this.#keyword() ?? '')) {
        if (isRequired) throw new ScriptSyntaxError('newline')
        return steps
      }
      steps.push({ when, pipeline: this.#pipeline() })
      const operator = this.#operator()
      if (this.#at < this.#tokens.length && operator === undefined) throw new ScriptSyntaxError('word')
      this.#at += 1
      when = operator === '&&' ? 'after success' : operator === '||' ? 'after failure' : 'always'
    }
  }

  /** The word here, if it is plain enough to mean something to the shell itself. */
  #keyword(): string | undefined {
    const token = this.#tokens[this.#at]
    const [part, ...rest] = token?.kind === 'word' ? token.word : []
    return part?.kind === 'text' && !part.quoted && rest.length === 0 ? part.text : undefined
  }

  #expect(word: string): void {
    if (this.#keyword() !== word)
      throw new ScriptSyntaxError(this.#keyword() ?? this.#operator() ?? 'newline')
    this.#at += 1
  }

  #operator(): string | undefined {
    const token = this.#tokens[this.#at]
    return token?.kind === 'operator' ? token.text : undefined
  }

  #pipeline(): Command[] {
    const commands = [this.#command()]
    while (this.#operator() === '|') {
      this.#at += 1
      commands.push(this.#command())
    }
    return commands
  }

  #command(): Command {
    const keyword = this.#keyword()
    if (keyword === 'for') return this.#for()
    if (keyword === 'while' || keyword === 'until') return this.#while(keyword === 'while')
    if (keyword === 'if') return this.#if()
    if (keyword !== undefined && reserved.includes(keyword)) throw new ScriptSyntaxError(keyword)
    return this.#simple()
  }

  /** `for x in a b; do …; done`. */
  #for(): Command {
    this.#at += 1
    const variable = this.#keyword() ?? ''
    if (!/^[A-Za-z_]\w*$/.test(variable)) throw new ScriptSyntaxError(variable || 'newline')
    this.#at += 1
    this.#expect('in')
    const words: Word[] = []
    for (let token = this.#tokens[this.#at]; token?.kind === 'word'; token = this.#tokens[this.#at]) {
      words.push(token.word)
      this.#at += 1
    }
    return { kind: 'for', variable, words, body: this.#body() }
  }

  #while(isWanted: boolean): Command {
    this.#at += 1
    const condition = this.script(['do'])
    return { kind: 'while', isWanted, condition, body: this.#body() }
  }

  /** `do …; done`, after what ends the line before it. */
  #body(): Script {
    while (this.#operator() === ';' || this.#operator() === '\n') this.#at += 1
    this.#expect('do')
    const body = this.script(['done'])
    this.#expect('done')
    return body
  }

  #if(): Command {
    const branches: Branch[] = []
    do {
      this.#at += 1
      const condition = this.script(['then'])
      this.#expect('then')
      branches.push({ condition, body: this.script(['elif', 'else', 'fi']) })
    } while (this.#keyword() === 'elif')
    let otherwise: Script = []
    if (this.#keyword() === 'else') {
      this.#at += 1
      otherwise = this.script(['fi'])
    }
    this.#expect('fi')
    return { kind: 'if', branches, otherwise }
  }

  #simple(): SimpleCommand {
    const words: Word[] = []
    const assignments: { name: string; value: Word }[] = []
    const redirections: Redirection[] = []
    for (;;) {
      const token = this.#tokens[this.#at]
      if (token === undefined || token.kind === 'operator') break
      this.#at += 1
      if (token.kind === 'redirection') redirections.push(this.#redirection(token.text))
      else {
        const assignment = words.length === 0 ? assignmentIn(token.word) : undefined
        if (assignment === undefined) words.push(token.word)
        else assignments.push(assignment)
      }
    }
    if (words.length + assignments.length + redirections.length === 0)
      throw new ScriptSyntaxError(this.#operator()?.replace('\n', 'newline') ?? 'newline')
    return { kind: 'simple', assignments, words, redirections }
  }

  #redirection(sign: string): Redirection {
    const [, joined, target] = /^(\d?)>&(\d)$/.exec(sign) ?? []
    if (target !== undefined)
      return { kind: 'join', from: joined === '2' ? 2 : 1, to: target === '2' ? 2 : 1 }
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'word') throw new ScriptSyntaxError(token?.text ?? 'newline')
    this.#at += 1
    if (sign === '<') return { kind: 'in', file: token.word }
    if (sign === '<<<') throw new ScriptSyntaxError(sign)
    const from: (1 | 2)[] = sign.startsWith('&') ? [1, 2] : [sign.startsWith('2') ? 2 : 1]
    return { kind: 'out', from, file: token.word, isAppending: sign.endsWith('>>') }
  }
}

/** `NAME=value` at the beginning of a command. */
function assignmentIn(word: Word): { name: string; value: Word } | undefined {
  const [first, ...rest] = word
  if (first?.kind !== 'text' || first.quoted) return undefined
  const [whole, name] = /^([A-Za-z_]\w*)=/.exec(first.text) ?? []
  if (whole === undefined || name === undefined) return undefined
  return { name, value: [{ ...first, text: first.text.slice(whole.length) }, ...rest] }
}
