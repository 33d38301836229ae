/** Reads a command line as bash does, as far as commands of a lab need it: no loops, no conditions, no patterns. */

/** A piece of a word. Unquoted values fall apart at white space, quoted ones stay whole. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'command'; readonly script: Script; readonly quoted: boolean }

export type Word = readonly Part[]

export type Redirection =
  | { readonly kind: 'in'; readonly file: Word }
  | {
      readonly kind: 'out'
      readonly from: readonly (1 | 2)[]
      readonly file: Word
      readonly isAppending: boolean
    }
  | { readonly kind: 'join'; readonly from: 1 | 2; readonly to: 1 | 2 }

export interface Command {
  readonly assignments: readonly { readonly name: string; readonly value: Word }[]
  readonly words: readonly Word[]
  readonly redirections: readonly Redirection[]
}

export interface Step {
  /** When it is run, by how the one before ended. */
  readonly when: 'always' | 'after success' | 'after failure'
  readonly pipeline: readonly Command[]
}

export type Script = readonly Step[]

/** `token`: the one that does not fit there. */
export class ScriptSyntaxError extends Error {
  readonly token: string

  constructor(token: string) {
    super(`syntax error near unexpected token \`${token}'`)
    this.token = token
  }
}

type Token =
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'redirection'; readonly text: string }

/** Throws a `ScriptSyntaxError`. */
export function parseScript(text: string): Script {
  return new Parser(new Lexer(text).tokens()).script()
}

const operators = ['&&', '||', ';', '|', '&', '\n', '(', ')']
const redirection = /^(\d?>>|&>>|&>|\d?>&\d|\d?>|<<<|<)/

class Lexer {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  tokens(): Token[] {
    const tokens: Token[] = []
    while (this.#at < this.#text.length) {
      const rest = this.#text.slice(this.#at)
      const blank = /^(?:[ \t\r]|\\\n)+/.exec(rest) ?? /^#[^\n]*/.exec(rest)
      if (blank !== null) this.#at += blank[0].length
      else tokens.push(this.#token(rest))
    }
    return tokens
  }

  #token(rest: string): Token {
    const sign = redirection.exec(rest)?.[0]
    const operator = operators.find((candidate) => rest.startsWith(candidate))
    const kind = sign === undefined ? 'operator' : 'redirection'
    const text = sign ?? operator
    if (text === undefined) return { kind: 'word', word: this.#word() }
    this.#at += text.length
    return { kind, text }
  }

  #word(): Word {
    const parts: Part[] = []
    while (this.#at < this.#text.length && !/[\s;|&<>()]/.test(this.#text[this.#at] as string)) {
      const letter = this.#text[this.#at] as string
      if (letter === "'") parts.push(text(this.#until("'"), true))
      else if (letter === '"') parts.push(...this.#doubleQuoted())
      else if (letter === '`')
        parts.push({ kind: 'command', script: parseScript(this.#until('`')), quoted: false })
      else if (letter === '$') parts.push(this.#dollar(false))
      else if (letter === '\\') {
        parts.push(text(this.#text[this.#at + 1] ?? '\\', true))
        this.#at += 2
      } else {
        const [plain] = /^[^\s;|&<>()'"`$\\]+/.exec(this.#text.slice(this.#at)) as RegExpExecArray
        this.#at += plain.length
        parts.push(text(plain, false))
      }
    }
    return parts
  }

  /** What stands between the delimiter here and the next one. */
  #until(delimiter: string): string {
    const end = this.#text.indexOf(delimiter, this.#at + 1)
    if (end < 0) throw new ScriptSyntaxError('newline')
    const inside = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    return inside
  }

  #doubleQuoted(): Part[] {
    // So that even nothing between quotes is a word.
    const parts: Part[] = [text('', true)]
    this.#at += 1
    for (;;) {
      const letter = this.#text[this.#at]
      if (letter === undefined) throw new ScriptSyntaxError('newline')
      if (letter === '"') break
      const next = this.#text[this.#at + 1] ?? ''
      if (letter === '$') parts.push(this.#dollar(true))
      else if (letter === '`')
        parts.push({ kind: 'command', script: parseScript(this.#until('`')), quoted: true })
      else if (letter === '\\' && '$`"\\\n'.includes(next)) {
        parts.push(text(next === '\n' ? '' : next, true))
        this.#at += 2
      } else {
        parts.push(text(letter, true))
        this.#at += 1
      }
    }
    this.#at += 1
    return parts
  }

  #dollar(quoted: boolean): Part {
    const rest = this.#text.slice(this.#at)
    if (rest.startsWith('$(')) return this.#substitution(quoted)
    const [whole, braced, bare] = /^\$(?:\{(\w+|\?)\}|(\w+|\?))/.exec(rest) ?? []
    const name = braced ?? bare
    this.#at += whole?.length ?? 1
    return name === undefined ? text('$', quoted) : { kind: 'variable', name, quoted }
  }

  #substitution(quoted: boolean): Part {
    let depth = 0
    let quote = ''
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const letter = this.#text[at] as string
      if (quote !== '') {
        if (letter === quote) quote = ''
      } else if (letter === "'" || letter === '"') quote = letter
      else if (letter === '(') depth += 1
      else if (letter === ')') {
        depth -= 1
        if (depth > 0) continue
        const script = parseScript(this.#text.slice(this.#at + 2, at))
        this.#at = at + 1
        return { kind: 'command', script, quoted }
      }
    }
    throw new ScriptSyntaxError('newline')
  }
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  script(): Script {
    const steps: Step[] = []
    let when: Step['when'] = 'always'
    for (;;) {
      const isRequired: boolean = when !== 'always'
      while (this.#operator() === '\n') this.#at += 1
      if (this.#at >= this.#tokens.length) {
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
    return { assignments, words, redirections }
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

function text(value: string, quoted: boolean): Part {
  return { kind: 'text', text: value, quoted }
}

/** `NAME=value` at the beginning of a command. */
function assignmentIn(word: Word): { name: string; value: Word } | undefined {
  const [first, ...rest] = word
  if (first?.kind !== 'text' || first.quoted) return undefined
  const [whole, name] = /^([A-Za-z_]\w*)=/.exec(first.text) ?? []
  if (whole === undefined || name === undefined) return undefined
  return { name, value: [text(first.text.slice(whole.length), false), ...rest] }
}
