/** An embedded lab asked in process as over the wire, with every answer held against the facts of the API. */
import type { Lab } from '../../shared/domain/lab.ts'
import type { Group } from '../../shared/domain/recipe.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import { findEndpoint, type SchemaFact } from '../simulator/pve-front-end/api-facts.ts'
import { createCertificate } from '../simulator/pve-front-end/certificates.ts'
import { type ApiRequest, PveFrontEnd } from '../simulator/pve-front-end/front-end.ts'
import { textOf } from '../simulator/pve-front-end/parameters.ts'
import { type Release, releaseWords } from '../simulator/pve-front-end/release.ts'
import type { ApiReply } from '../simulator/pve-front-end/replies.ts'
import { World } from '../simulator/world/world.ts'

export const labPassword = 'Lab-Test-2025'

export const threeNodes: Lab = {
  name: 'lab',
  laptop: { ramMiB: 65_536, threads: 16 },
  nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({
    name,
    ramMiB: 8192,
    cpus: 2,
    systemDiskGB: 50,
    cephDiskGB: 25,
  })),
  guests: [
    { id: 'vm:100', name: 'vm100', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve1' },
    { id: 'vm:101', name: 'vm101', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve2' },
    { id: 'vm:102', name: 'vm102', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve3' },
    { id: 'ct:200', name: 'ct200', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve1' },
  ],
  ceph: { size: 3, minSize: 2 },
}

export interface PveAnswer extends ApiReply {
  /** Virtual seconds from request to answer. */
  readonly seconds: number
  readonly json: {
    readonly data: unknown
    readonly errors?: unknown
    readonly message?: string
    readonly total?: number
  }
}

export interface PveSession {
  readonly clock: VirtualClock
  readonly world: World
  readonly frontEnd: PveFrontEnd
  /** What did not fit the facts of the API, so far. */
  readonly misfits: string[]
  ticket: string
  csrf: string
  send(node: string, request: ApiRequest): Promise<PveAnswer>
  /** A request of root, with ticket and CSRF token; `path` below `/api2/json`. */
  call(
    method: string,
    path: string,
    parameters?: Readonly<Record<string, string | number>>,
    node?: string,
  ): Promise<PveAnswer>
  /** The data of a call that must succeed. */
  data<T>(
    method: string,
    path: string,
    parameters?: Readonly<Record<string, string | number>>,
    node?: string,
  ): Promise<T>
  seconds(count: number): Promise<void>
  logIn(): Promise<void>
}

interface SessionOptions {
  readonly lab?: Lab
  readonly group?: Group
  readonly secondFactorUsers?: readonly string[]
  readonly keyAgeSeconds?: number
  readonly release?: Release
  /** Nodes that are no cluster yet. */
  readonly standalone?: boolean
  /** Seconds the lab is left alone after it was switched on; 200 if not given. */
  readonly settleSeconds?: number
}

/** The same for all nodes of all sessions: a key takes a moment to make. */
const certificates = Promise.all(['pve1', 'pve1'].map(createCertificate))

/** Runs `act` in a lab that has booted. */
export async function inPveLab<T>(
  options: SessionOptions,
  act: (session: PveSession) => Promise<T>,
): Promise<T> {
  const clock = new VirtualClock()
  const { lab = threeNodes, group = 'control', settleSeconds = 200, ...rest } = options
  const { release = '8.4', standalone = false } = rest
  const pveVersion = releaseWords[release].version
  const world = new World({ lab, group, scheduler: clock, random: seededRandom(7), pveVersion, standalone })
  const made = await certificates
  const ownCertificates = new Map(lab.nodes.map(({ name }) => [name, made] as const))
  const frontEnd = new PveFrontEnd({
    ...rest,
    world,
    clock,
    rootPassword: labPassword,
    secret: 'a key for tests',
    certificates: ownCertificates,
  })
  const misfits: string[] = []
  const session: PveSession = {
    clock,
    world,
    frontEnd,
    misfits,
    ticket: '',
    csrf: '',
    async send(node, request) {
      const startMs = clock.nowMs()
      const reply = await frontEnd.answer(node, request)
      misfits.push(...misfitsOf(request, reply, release))
      const isJson = reply.body.startsWith('{')
      const json = isJson ? (JSON.parse(reply.body) as PveAnswer['json']) : { data: undefined }
      return { ...reply, seconds: (clock.nowMs() - startMs) / 1000, json }
    },
    call(method, path, parameters = {}, node = 'pve1') {
      const text = new URLSearchParams(
        Object.entries(parameters).map(([name, value]) => [name, String(value)] as [string, string]),
      ).toString()
      const inQuery = method === 'GET' || method === 'DELETE'
      const headers = {
        cookie: `PVEAuthCookie=${encodeURIComponent(session.ticket)}`,
        csrfpreventiontoken: session.csrf,
        ...(inQuery
          ? {}
          : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(text.length) }),
      }
      const target = `/api2/json${path}${inQuery && text !== '' ? `?${text}` : ''}`
      return session.send(node, { method, target, headers, ...(inQuery ? {} : { body: text }) })
    },
    async data<Data>(method: string, path: string, parameters = {}, node = 'pve1') {
      const answer = await session.call(method, path, parameters, node)
      if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.reason}`)
      return answer.json.data as Data
    },
    seconds: (count) => clock.sleep(count * 1000),
    async logIn() {
      const body = `username=root@pam&password=${labPassword}`
      const headers = { 'content-length': String(body.length) }
      const { json } = await session.send('pve1', {
        method: 'POST',
        target: '/api2/json/access/ticket',
        headers,
        body,
      })
      const data = json.data as { ticket: string; CSRFPreventionToken: string }
      session.ticket = data.ticket
      session.csrf = data.CSRFPreventionToken
    },
  }
  world.switchOn()
  return clock.run(async () => {
    await session.seconds(settleSeconds)
    await session.logIn()
    return act(session)
  })
}

/** Where a successful answer is not what the facts of its endpoint say. */
function misfitsOf({ method, target }: ApiRequest, { status, body }: ApiReply, release: Release): string[] {
  const path = /^\/api2\/json(\/[^?]*)?/.exec(target)
  if (path === null || status !== 200 || !body.startsWith('{')) return []
  const decoded = decodeURIComponent(path[1] ?? '').replace(/\/+$/, '') || '/'
  const found = findEndpoint(method, decoded, release)
  if (found === undefined) return [`${method} ${decoded}: answered, but not in the facts`]
  const { data } = JSON.parse(body) as { data: unknown }
  // A node that is in no cluster has nothing to say of totem, whatever the schema says (recorded).
  if (decoded === '/cluster/config/totem' && data === null) return []
  // The log of a task that never was is one line instead of a list of them (recorded).
  if (decoded.endsWith('/log') && !Array.isArray(data)) return []
  return valueMisfits(found.endpoint.returns, data, 'data').map((text) => `${method} ${decoded}: ${text}`)
}

function valueMisfits(fact: SchemaFact, value: unknown, path: string): string[] {
  if (value === null || value === undefined)
    return fact.type === 'null' || fact.type === undefined || fact.optional === true
      ? []
      : [`${path} is null`]
  if (!hasType(fact.type, value)) return [`${path} is no ${fact.type}: ${JSON.stringify(value).slice(0, 60)}`]
  if (fact.enum !== undefined && !fact.enum.includes(textOf(value))) return [`${path} is ${textOf(value)}`]
  if (Array.isArray(value)) {
    const { items } = fact
    return items === undefined ? [] : value.flatMap((item, at) => valueMisfits(items, item, `${path}[${at}]`))
  }
  if (typeof value !== 'object') return []
  return Object.entries(fact.properties ?? {}).flatMap(([name, property]) => {
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined) return valueMisfits(property, member, `${path}.${name}`)
    return property.optional === true ? [] : [`${path}.${name} is missing`]
  })
}

/** Booleans travel as 0 and 1, and numbers may be text. */
function hasType(type: string | undefined, value: unknown): boolean {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value)
  if (type === 'integer') return isNumber && Number.isInteger(Number(value))
  if (type === 'number') return isNumber
  if (type === 'boolean') return value === 0 || value === 1 || value === '0' || value === '1'
  if (type === 'string') return typeof value === 'string' || typeof value === 'number'
  return type !== 'null'
}
