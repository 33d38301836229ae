/** Runs command lines on a node: words, pipes, redirections, and the table of programs. */
import type { Program, ProgramCall, Programs } from '../program.ts'
import { parseScript } from './script.ts'
import {
  type Command,
  type Redirection,
  type Script,
  ScriptSyntaxError,
  type SimpleCommand,
  type Word,
} from './syntax.ts'

type Place = Pick<ProgramCall, 'frontEnd' | 'lab' | 'files' | 'node'>
/** Where a command line reads and writes, and what ends it early. */
export type Streams = Pick<ProgramCall, 'stdin' | 'stdout' | 'stderr' | 'signal'>

/** Exit codes of bash. */
const syntaxErrorCode = 2
const notFoundCode = 127
const interruptedCode = 130

/** Time between two looks at whether a frozen node goes on. */
const frozenLookMs = 100

/** A round of a loop takes at least that long, so that the lab's time goes on: an assumption. */
const loopRoundMs = 2

/** Leaves the loop around it. */
class Break extends Error {}

/** Leaves the command line, and the session where it is one. */
class Exit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

export interface Ending {
  readonly code: number
  /** It asked to leave the session. */
  readonly hasLeft: boolean
}

export class Shell {
  readonly #place: Place
  readonly #programs: Programs
  readonly #variables: Map<string, string>
  /** How bash calls itself where it complains. */
  readonly #name: string
  #lastCode = 0

  constructor(place: Place, programs: Programs, variables: ReadonlyMap<string, string>, name: string) {
    this.#place = place
    this.#programs = programs
    this.#variables = new Map(variables)
    this.#name = name
  }

  async run(text: string, streams: Streams): Promise<Ending> {
    try {
      await this.#script(parseScript(text), streams)
      return { code: this.#lastCode, hasLeft: false }
    } catch (error) {
      if (error instanceof Exit) return { code: error.code, hasLeft: true }
      if (error instanceof Break) return { code: 0, hasLeft: false }
      if (streams.signal.aborted) {
        this.#lastCode = interruptedCode
        return { code: interruptedCode, hasLeft: false }
      }
      if (!(error instanceof ScriptSyntaxError)) throw error
      streams.stderr(`${this.#name.replace('line', '-c: line')}${error.message}\n`)
      this.#lastCode = syntaxErrorCode
      return { code: syntaxErrorCode, hasLeft: false }
    }
  }

  async #script(script: Script, streams: Streams): Promise<void> {
    for (const { when, pipeline } of script) {
      await this.#awake(streams.signal)
      if (when === 'after success' && this.#lastCode !== 0) continue
      if (when === 'after failure' && this.#lastCode === 0) continue
      this.#lastCode = await this.#pipeline(pipeline, streams)
    }
  }

  /** On a node that stands still nothing goes on. */
  async #awake(signal: AbortSignal): Promise<void> {
    const { lab, node } = this.#place
    signal.throwIfAborted()
    while (lab.machine(node).isFrozen) await lab.clock.sleep(frozenLookMs, signal)
  }

  /** Each program has ended before the next one reads what it wrote. */
  async #pipeline(commands: readonly Command[], streams: Streams): Promise<number> {
    let code = 0
    let stdin = streams.stdin
    for (const [position, command] of commands.entries()) {
      const isLast = position === commands.length - 1
      const written: string[] = []
      const stdout = isLast ? streams.stdout : (text: string) => written.push(text)
      code = await this.#command(command, { ...streams, stdin, stdout })
      stdin = async () => written.join('')
    }
    return code
  }

  async #command(command: Command, streams: Streams): Promise<number> {
    if (command.kind === 'simple') return this.#simple(command, streams)
    if (command.kind === 'if') {
      for (const { condition, body } of command.branches)
        if (await this.#holds(condition, streams)) return this.#code(body, streams)
      return this.#code(command.otherwise, streams)
    }
    try {
      return await this.#loop(command, streams)
    } catch (error) {
      if (error instanceof Break) return 0
      throw error
    }
  }

  async #loop(loop: Exclude<Command, { kind: 'simple' | 'if' }>, streams: Streams): Promise<number> {
    const { lab } = this.#place
    let code = 0
    const round = async () => {
      code = await this.#code(loop.body, streams)
      await lab.clock.sleep(loopRoundMs, streams.signal)
    }
    if (loop.kind === 'while') {
      while ((await this.#holds(loop.condition, streams)) === loop.isWanted) await round()
      return code
    }
    const values: string[] = []
    for (const word of loop.words) values.push(...(await this.#expand(word, streams)))
    for (const value of values) {
      this.#variables.set(loop.variable, value)
      await round()
    }
    return code
  }

  async #code(script: Script, streams: Streams): Promise<number> {
    this.#lastCode = 0
    await this.#script(script, streams)
    return this.#lastCode
  }

  async #holds(condition: Script, streams: Streams): Promise<boolean> {
    return (await this.#code(condition, streams)) === 0
  }

  async #simple(command: SimpleCommand, streams: Streams): Promise<number> {
    const variables: [string, string][] = []
    for (const { name, value } of command.assignments)
      variables.push([name, (await this.#expand(value, streams)).join(' ')])
    const argv: string[] = []
    for (const word of command.words) argv.push(...(await this.#expand(word, streams)))
    const redirected = await this.#redirect(command.redirections, streams)
    if (redirected === undefined) return 1
    const [name, ...rest] = argv
    if (name === undefined) for (const [variable, value] of variables) this.#variables.set(variable, value)
    const code = name === undefined ? 0 : await this.#program(name, rest, variables, redirected.streams)
    return (await redirected.finish()) ? code : 1
  }

  async #program(
    name: string,
    argv: readonly string[],
    variables: readonly [string, string][],
    streams: Streams,
  ): Promise<number> {
    if (name === 'exit' || name === 'logout') throw new Exit(Number(argv[0] ?? this.#lastCode))
    if (name === 'break') throw new Break()
    if (name === 'export') {
      for (const word of argv) {
        const [variable = '', ...value] = word.split('=')
        if (value.length > 0) this.#variables.set(variable, value.join('='))
      }
      return 0
    }
    const environment = new Map([...this.#variables, ...variables])
    const knows = (other: string) => this.#programNamed(other) !== undefined
    const shell: ProgramCall['shell'] = async (text, { node, signal } = {}) => {
      const place = node === undefined ? this.#place : { ...this.#place, node }
      const inner = new Shell(place, this.#programs, environment, 'bash: line 1: ')
      return (await inner.run(text, { ...streams, signal: signal ?? streams.signal })).code
    }
    const program = this.#programNamed(name)
    if (program === undefined) {
      const isFile = name.includes('/')
      streams.stderr(`${this.#name}${name}: ${isFile ? 'No such file or directory' : 'command not found'}\n`)
      return notFoundCode
    }
    return program({ ...this.#place, ...streams, argv, environment, shell, knows })
  }

  #programNamed(name: string): Program | undefined {
    const bare = name.replace(/^\/(?:usr\/)?s?bin\//, '')
    return Object.hasOwn(this.#programs, bare) ? this.#programs[bare] : undefined
  }

  /** Undefined where a file cannot be read. */
  async #redirect(
    redirections: readonly Redirection[],
    outer: Streams,
  ): Promise<{ readonly streams: Streams; finish(): Promise<boolean> } | undefined> {
    const { files, node } = this.#place
    let { stdin } = outer
    const targets = { 1: outer.stdout, 2: outer.stderr }
    const writes: { path: string; parts: string[]; isAppending: boolean }[] = []
    for (const redirection of redirections) {
      if (redirection.kind === 'join') {
        targets[redirection.from] = targets[redirection.to]
        continue
      }
      const path = (await this.#expand(redirection.file, outer)).join(' ')
      if (redirection.kind === 'in') {
        const content = await files.read(node, path)
        if (content === undefined) {
          outer.stderr(`${this.#name}${path}: No such file or directory\n`)
          return undefined
        }
        stdin = async () => content
        continue
      }
      const write = { path, parts: [] as string[], isAppending: redirection.isAppending }
      writes.push(write)
      for (const from of redirection.from) targets[from] = (text) => write.parts.push(text)
    }
    const finish = async () => {
      for (const { path, parts, isAppending } of writes) {
        const refusal = await files.write(node, path, parts.join(''), isAppending)
        if (refusal === undefined) continue
        outer.stderr(`${this.#name}${path}: ${refusal}\n`)
        return false
      }
      return true
    }
    return { streams: { ...outer, stdin, stdout: targets[1], stderr: targets[2] }, finish }
  }

  /** The words a word becomes: none for an unquoted nothing, several where an unquoted value has blanks. */
  async #expand(word: Word, streams: Streams): Promise<string[]> {
    const words: string[] = []
    let current: string | undefined
    const isPattern = word.some((part) => part.kind === 'text' && !part.quoted && /[*?]/.test(part.text))
    for (const part of word) {
      const value = part.kind === 'text' ? part.text : await this.#value(part, streams)
      if (part.kind === 'text' || part.quoted) {
        if (part.quoted || value !== '') current = (current ?? '') + value
        continue
      }
      const pieces = value.split(/\s+/)
      for (const [position, piece] of pieces.entries()) {
        if (position > 0 && current !== undefined) {
          words.push(current)
          current = undefined
        }
        if (piece !== '') current = (current ?? '') + piece
      }
    }
    const all = current === undefined ? words : [...words, current]
    return isPattern ? all.flatMap((text) => this.#matching(text)) : all
  }

  /** Paths a pattern stands for; itself where there is none. */
  #matching(text: string): readonly string[] {
    const { files, node } = this.#place
    const found = /[*?]/.test(text) ? files.match(node, text) : []
    return found.length === 0 ? [text] : found
  }

  async #value(part: Exclude<Word[number], { kind: 'text' }>, streams: Streams): Promise<string> {
    if (part.kind === 'variable')
      return part.name === '?' ? String(this.#lastCode) : (this.#variables.get(part.name) ?? '')
    const written: string[] = []
    await this.#script(part.script, { ...streams, stdout: (text) => written.push(text) })
    return written.join('').replace(/\n+$/, '')
  }
}
