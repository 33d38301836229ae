/** A shell with a prompt on a terminal: enough of line editing for somebody who types commands. */
import type { ServerChannel } from 'ssh2'
import type { Ending, Shell } from './shell.ts'

const control = (letter: string) => String.fromCharCode(letter.charCodeAt(0) - 64)
const esc = '\u001b'
const keyPattern = new RegExp(`${esc}\\[[0-9;]*[A-Za-z~]|[\\s\\S]`, 'gu')
const clearToEnd = `${esc}[K`

export class Prompt {
  readonly #channel: ServerChannel
  readonly #shell: Shell
  readonly #text: string
  readonly #signal: AbortSignal
  readonly #history: string[] = []
  /** Ends the command that runs. */
  #interrupt: (() => void) | undefined
  #line = ''
  #cursor = 0
  /** Position in the history, from its end; 0: the line being written. */
  #recalled = 0
  #lastCode = 0
  /** Keys that came while a command ran. */
  #waiting: string[] = []
  #wake: () => void = () => {}

  constructor(channel: ServerChannel, node: string, shell: Shell, signal: AbortSignal) {
    this.#channel = channel
    this.#shell = shell
    this.#text = `root@${node}:~# `
    this.#signal = signal
  }

  /** Gives the exit code of the session. */
  async run(): Promise<number> {
    this.#channel.on('data', (data: Buffer) => {
      const keys = keysOf(data.toString('utf8'))
      if (this.#interrupt !== undefined && keys.includes(control('C'))) this.#interrupt()
      else this.#waiting.push(...keys)
      this.#wake()
    })
    this.#signal.addEventListener('abort', () => this.#wake())
    // What sshd greets with: the system, and nothing else.
    await this.#carryOut('uname -snrvm && echo')
    this.#begin()
    for (;;) {
      const key = await this.#key()
      if (key === undefined || (key === control('D') && this.#line === '')) {
        this.#show('logout\n')
        return this.#lastCode
      }
      if (key !== '\r' && key !== '\n') this.#edit(key)
      else if (await this.#enter()) return this.#lastCode
    }
  }

  /** Undefined when the client has gone. */
  async #key(): Promise<string | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#signal.aborted) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#waiting.shift()
  }

  /** True when the session is over. */
  async #enter(): Promise<boolean> {
    this.#show('\n')
    const line = this.#line
    if (line.trim() !== '' && line !== this.#history.at(-1)) this.#history.push(line)
    if (line.trim() !== '') {
      const { code, hasLeft } = await this.#carryOut(line)
      this.#lastCode = code
      if (hasLeft) this.#show('logout\n')
      if (hasLeft) return true
    }
    this.#begin()
    return false
  }

  async #carryOut(line: string): Promise<Ending> {
    const show = (text: string) => this.#show(text)
    const ending = new AbortController()
    this.#interrupt = () => {
      show('^C\n')
      ending.abort()
    }
    const signal = AbortSignal.any([this.#signal, ending.signal])
    const ended = await this.#shell.run(line, { stdout: show, stderr: show, stdin: async () => '', signal })
    this.#interrupt = undefined
    return ended
  }

  #edit(key: string): void {
    const { length } = this.#line
    if (key === control('C')) {
      this.#show('^C\n')
      this.#begin()
    } else if (key === control('L')) this.#show(`${esc}[H${esc}[2J`)
    else if (key === '\u007f' || key === '\b') this.#replace(this.#cursor - 1, this.#cursor, '')
    else if (key === `${esc}[3~` || key === control('D')) this.#replace(this.#cursor, this.#cursor + 1, '')
    else if (key === control('U')) this.#replace(0, this.#cursor, '')
    else if (key === control('K')) this.#replace(this.#cursor, length, '')
    else if (key === `${esc}[D`) this.#cursor = Math.max(0, this.#cursor - 1)
    else if (key === `${esc}[C`) this.#cursor = Math.min(length, this.#cursor + 1)
    else if (key === control('A') || key === `${esc}[H`) this.#cursor = 0
    else if (key === control('E') || key === `${esc}[F`) this.#cursor = length
    else if (key === `${esc}[A`) this.#recall(1)
    else if (key === `${esc}[B`) this.#recall(-1)
    else if (key >= ' ' && !key.startsWith(esc)) this.#replace(this.#cursor, this.#cursor, key)
    if (key !== control('C')) this.#draw()
  }

  #replace(from: number, to: number, text: string): void {
    const start = Math.max(0, from)
    this.#line = this.#line.slice(0, start) + text + this.#line.slice(to)
    this.#cursor = start + text.length
  }

  #recall(step: number): void {
    const next = this.#recalled + step
    if (next < 0 || next > this.#history.length) return
    this.#recalled = next
    this.#line = next === 0 ? '' : (this.#history.at(-next) ?? '')
    this.#cursor = this.#line.length
  }

  #begin(): void {
    this.#line = ''
    this.#cursor = 0
    this.#recalled = 0
    this.#draw()
  }

  #draw(): void {
    const back = this.#line.length - this.#cursor
    const move = back === 0 ? '' : `${esc}[${back}D`
    this.#channel.write(`\r${this.#text}${this.#line}${clearToEnd}${move}`)
  }

  #show(text: string): void {
    this.#channel.write(text.replaceAll('\n', '\r\n'))
  }
}

/** Single keys; those that send several bytes stay whole. */
function keysOf(text: string): string[] {
  return text.match(keyPattern) ?? []
}
