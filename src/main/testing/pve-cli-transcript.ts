/** Recorded commands of a genuine cluster, to be repeated on the embedded lab. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface RecordedCommand {
  readonly node: string
  readonly command: string
  /** Wall time of the recording in seconds. */
  readonly t: number
  readonly stdout: string
  readonly stderr: string
  readonly code: number
  readonly seconds: number
}

export interface CommandBook {
  readonly name: string
  readonly commands: readonly RecordedCommand[]
}

/** Undefined where there are no recordings. */
export function readCommandBooks(): readonly CommandBook[] | undefined {
  const folder = join(resolve(process.env.KUORUM_PVE_FIXTURES ?? '../shared/fixtures/pve'), 'cli')
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined
  return readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => ({
      name: name.replace('.txt', ''),
      commands: commandsIn(readFileSync(join(folder, name), 'utf8')),
    }))
    .filter(({ commands }) => commands.length > 0)
}

const entry =
  /^### \[([^\]]+)\] (\w+)\$ (.*)\n((?:# note: .*\n)?)([\s\S]*?)(?:--- stderr\n([\s\S]*?))?=== exit (\d+) in ([\d.]+) s$/gm

function commandsIn(text: string): RecordedCommand[] {
  return [...text.matchAll(entry)].map((match) => {
    const [, time = '', node = '', command = '', , stdout = '', stderr = '', code, seconds] = match
    return {
      node,
      command,
      t: Date.parse(time) / 1000,
      stdout,
      stderr,
      code: Number(code),
      seconds: Number(seconds),
    }
  })
}

/** Lines without what every lab has otherwise: moments, numbers, ids, widths of columns, order of JSON's names. */
export function lineShapes(text: string): Set<string> {
  // The recorder ended the last line where a program did not.
  const lines = text.replace(/\n$/, '').split('\n')
  return new Set(
    lines.flatMap((line) => {
      const [, object] = /^(\{".*\})[,\]]*$/.exec(line) ?? []
      return object === undefined ? [shapeOf(line)] : namesIn(object)
    }),
  )
}

function namesIn(json: string): string[] {
  const names: string[] = []
  JSON.parse(json, (name, value: unknown) => {
    names.push(shapeOf(`${isId(name) ? 'ID' : name}: ${typeof value}`))
    return value
  })
  return names
}

/** Items of lists, and what is keyed by an id that was drawn. */
function isId(name: string): boolean {
  return /^\d+$|^[A-Za-z0-9+/]{22}$/.test(name)
}

function shapeOf(line: string): string {
  return line
    .replaceAll(/\b10\.\d+\.\d+\.\d+/g, 'ADDRESS')
    .replaceAll(/UPID:[^\s|]+/g, 'UPID')
    .replaceAll(/\b(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\b/g, 'FINGERPRINT')
    .replaceAll(/\b(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\b/g, 'MAC')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
    .replaceAll(/(Ring ID: +)\d+\.[0-9a-f]+/g, '$1RING')
    .replaceAll(/"content" : "[a-z,]+"|\| [a-z]+(?:,[a-z]+)+ /g, 'CONTENT ')
    .replaceAll(/\b[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4}\b/g, 'DATE')
    .replaceAll(/\b[A-Z][a-z]{2} +\d+ [\d:]{8} \d{4} GMT/g, 'DATE')
    .replace(/^[A-Z][a-z]{2} +\d+ [\d:]{8}(?:\.\d+)? /, 'STAMP ')
    .replaceAll(/ [A-Z][a-z]{2} +\d+ +(?:\d{2}:\d{2}|\d{4}) /g, ' DATE ')
    .replaceAll(/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b/g, 'DAY')
    .replaceAll(/"(?:[A-Za-z0-9+/]{22}|\d+)"/g, '"UID"')
    .replaceAll(/\d+(\.\d+)?( [KMG]iB| B)?/g, '#')
    .replaceAll(/#ms\b/g, '#s')
    .replaceAll(/(?:#[wdhms] ?)+/g, '#')
    .replaceAll(/[-+=]{3,}/g, '---')
    .replaceAll(/[ \t]+/g, ' ')
    .trimEnd()
}
