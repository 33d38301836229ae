/** Recorded exchanges with a genuine cluster, to be repeated against the embedded lab. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { findEndpoint } from '../simulator/pve-front-end/api-facts.ts'

export interface Exchange {
  readonly title: string
  /** Wall time of the recording in seconds. */
  readonly t: number
  readonly request: {
    readonly line: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body: string | null
  }
  /** Missing where the connection failed. */
  readonly response?: {
    readonly status: number
    readonly reason: string
    readonly headers: readonly (readonly [string, string])[]
    readonly body: string
  }
  readonly seconds: number
}

export interface Book {
  readonly name: string
  readonly exchanges: readonly Exchange[]
}

/** Undefined where there are no recordings. */
export function readBooks(): readonly Book[] | undefined {
  const folder = join(resolve(process.env.KUORUM_PVE_FIXTURES ?? '../shared/fixtures/pve'), 'http')
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({
      name: name.replace('.json', ''),
      exchanges: (JSON.parse(readFileSync(join(folder, name), 'utf8')) as Omit<Book, 'name'>).exchanges,
    }))
}

export function methodAndTarget({ request }: Exchange): { method: string; target: string } {
  const [method = '', target = ''] = request.line.split(' ')
  return { method, target }
}

/** Whether it concerns a path the front end knows, or one that nobody knows. */
export function isServed(exchange: Exchange): boolean {
  const { method, target } = methodAndTarget(exchange)
  const path = pathOf(target)
  if (path === undefined || exchange.response === undefined) return exchange.response !== undefined
  if (findEndpoint(method, path, '8.4') !== undefined) return true
  return (
    /"status":501\b/.test(exchange.response.body) ||
    exchange.response.status === 501 ||
    exchange.response.reason.startsWith('hostname')
  )
}

/** Below `/api2/json` or another format, decoded. */
export function pathOf(target: string): string | undefined {
  const [, rest] = /^\/api2\/[a-z]+([^?]*)/.exec(target) ?? []
  return rest === undefined ? undefined : decodeURIComponent(rest).replace(/\/+$/, '') || '/'
}

/** Where two bodies differ in fields and types; members of lists are taken together. */
export function bodyDifferences(recorded: string, own: string): string[] {
  const [first, second] = [parsed(recorded), parsed(own)]
  if (first === undefined || second === undefined) return first === second ? [] : ['one body is no JSON']
  return differences(first, second, 'body')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function differences(recorded: unknown, own: unknown, path: string): string[] {
  const [wanted, got] = [kindOf(recorded), kindOf(own)]
  if (wanted !== got) return [`${path}: ${wanted} recorded, ${got} here`]
  if (Array.isArray(recorded) && Array.isArray(own)) {
    // An empty list on either side says nothing about what it holds.
    if (recorded.length === 0 || own.length === 0) return []
    return listDifferences(recorded, own, path)
  }
  if (wanted !== 'object') return []
  // These are keyed by ids that are drawn.
  if (path.endsWith('.results'))
    return differences(Object.values(recorded as object), Object.values(own as object), path)
  const first = recorded as Record<string, unknown>
  const second = own as Record<string, unknown>
  return [...new Set([...Object.keys(first), ...Object.keys(second)])].flatMap((name) => {
    const field = `${path}.${name}`
    if (!(name in second)) return [`${field}: recorded, not here`]
    if (!(name in first)) return [`${field}: here, not recorded`]
    return differences(first[name], second[name], field)
  })
}

/** Members with a `type` are compared with members of the same type. */
function listDifferences(recorded: readonly unknown[], own: readonly unknown[], path: string): string[] {
  const [firstKinds, secondKinds] = [grouped(recorded), grouped(own)]
  return [...secondKinds].flatMap(([kind, members]) => {
    const wanted = firstKinds.get(kind)
    if (wanted === undefined) return []
    const found = members.map((member) => {
      const perRecorded = wanted.map((sample) => differences(sample, member, `${path}[${kind}]`))
      return perRecorded.reduce((best, next) => (next.length < best.length ? next : best))
    })
    return found.reduce((best, next) => (next.length < best.length ? next : best))
  })
}

function grouped(members: readonly unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const member of members) {
    const type = typeof member === 'object' && member !== null && 'type' in member ? String(member.type) : ''
    groups.set(type, [...(groups.get(type) ?? []), member])
  }
  return groups
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return value === null ? 'null' : typeof value
}

/** Where the words of a task differ: how it ended, and what its log says apart from figures and drawn ids. */
export function taskTextDifferences(recorded: string, own: string): string[] {
  const [first, second] = [parsed(recorded), parsed(own)] as [TaskBody, TaskBody]
  const [wanted, got] = [wordsOf(first), wordsOf(second)]
  const at = Array.from({ length: Math.max(wanted.length, got.length) }, (_none, index) => index)
  return at
    .filter((index) => wanted[index] !== got[index])
    .map((index) => `words "${wanted[index] ?? ''}" recorded, "${got[index] ?? ''}" here`)
}

type TaskBody = { readonly data?: unknown } | undefined

function wordsOf(body: TaskBody): string[] {
  const data = body?.data
  const lines = Array.isArray(data)
    ? data.map((line: { readonly t?: string }) => line.t ?? '')
    : [String((data as { readonly exitstatus?: string } | null)?.exitstatus ?? '')]
  // These QMP commands are patches of Proxmox VE, which the recording's QEMU did not have.
  const genuine = lines.filter((line) => !/query-backup|query-proxmox-support/.test(line))
  return genuine.map((line) =>
    line
      .replaceAll(/UPID:[^ ]+/g, 'UPID')
      .replaceAll(/([0-9A-F]{2}:){31}[0-9A-F]{2}/g, 'FINGERPRINT')
      .replaceAll(/\d+/g, '#'),
  )
}
