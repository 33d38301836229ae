/** Falls a command line apart into words, operators and redirections, with what stands in quotes. */
import { type Part, type Script, ScriptSyntaxError, type Word } from './syntax.ts'

export type Token =
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'redirection'; readonly text: string }

const operators = ['&&', '||', ';', '|', '&', '\n', '(', ')']
const redirection = /^(\d?>>|&>>|&>|\d?>&\d|\d?>|<<<|<)/

export class Lexer {
  readonly #text: string
  readonly #parse: (text: string) => Script
  #at = 0

  /** `parse`: reads the command lines within this one. */
  constructor(text: string, parse: (text: string) => Script) {
    this.#text = text
    this.#parse = parse
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
        parts.push({ kind: 'command', script: this.#parse(this.#until('`')), quoted: false })
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
        parts.push({ kind: 'command', script: this.#parse(this.#until('`')), quoted: true })
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
        const script = this.#parse(this.#text.slice(this.#at + 2, at))
        this.#at = at + 1
        return { kind: 'command', script, quoted }
      }
    }
    throw new ScriptSyntaxError('newline')
  }
}

function text(value: string, quoted: boolean): Part {
  return { kind: 'text', text: value, quoted }
}
