/** An embedded lab asked in process as over the wire. */
import type { Lab } from '../../shared/domain/lab.ts'
import type { Group } from '../../shared/domain/recipe.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import { createAuthority, createCertificate } from '../simulator/pve-front-end/certificates.ts'
import { PveFrontEnd } from '../simulator/pve-front-end/front-end.ts'
import { type Release, releaseWords } from '../simulator/pve-front-end/release.ts'
import type { ApiReply } from '../simulator/pve-front-end/replies.ts'
import type { ApiRequest } from '../simulator/pve-front-end/requests.ts'
import type { WorldParameters } from '../simulator/world/parameters.ts'
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
  /** Begins a task, follows it to its end by asking once a second, and gives its end. */
  endOf(
    method: string,
    path: string,
    parameters?: Readonly<Record<string, string | number>>,
    node?: string,
  ): Promise<string>
  seconds(count: number): Promise<void>
  logIn(): Promise<void>
}

interface SessionOptions {
  readonly lab?: Lab
  readonly group?: Group
  readonly keyAgeSeconds?: number
  readonly release?: Release
  /** GB of an empty data disk on each node, where the lab has no Ceph. */
  readonly emptyDiskGB?: number
  /** Nodes that are no cluster yet. */
  readonly standalone?: boolean
  /** Seconds the lab is left alone after it was switched on; 200 if not given. */
  readonly settleSeconds?: number
  readonly seed?: number
  readonly parameters?: Partial<WorldParameters>
}

/** The same for all nodes of all sessions: a key takes a moment to make. */
const signed = createAuthority(new Date(0)).then(async (authority) => ({
  authorityPem: authority.pem,
  certificates: await Promise.all(
    ['pve1', 'pve1'].map((node) => createCertificate(authority, node, '10.9.0.11')),
  ),
}))

/** Runs `act` in a lab that has booted. */
export async function inPveLab<T>(
  options: SessionOptions,
  act: (session: PveSession) => Promise<T>,
): Promise<T> {
  const clock = new VirtualClock()
  const {
    lab = threeNodes,
    group = 'control',
    settleSeconds = 200,
    seed = 7,
    parameters = {},
    ...rest
  } = options
  const { release = '8.4', standalone = false } = rest
  const pveVersion = releaseWords[release].version
  const emptyDisksGB = new Map(lab.nodes.map(({ name }) => [name, rest.emptyDiskGB ?? 0]))
  const random = seededRandom(seed)
  const world = new World({
    lab,
    group,
    scheduler: clock,
    random,
    pveVersion,
    standalone,
    emptyDisksGB,
    parameters,
  })
  const { authorityPem, certificates: made } = await signed
  const ownCertificates = new Map(lab.nodes.map(({ name }) => [name, made] as const))
  const frontEnd = new PveFrontEnd({
    ...rest,
    world,
    clock,
    rootPassword: labPassword,
    secret: 'a key for tests',
    certificates: ownCertificates,
    authorityPem,
  })
  const session: PveSession = {
    clock,
    world,
    frontEnd,
    ticket: '',
    csrf: '',
    async send(node, request) {
      const startMs = clock.nowMs()
      const reply = await frontEnd.answer(node, request)
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
    async endOf(method, path, parameters = {}, node = 'pve1') {
      const upid = await session.data<string>(method, path, parameters, node)
      const status = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}/status`
      for (let asked = 0; asked < 600; asked++) {
        const { exitstatus } = await session.data<{ exitstatus?: string }>('GET', status)
        if (exitstatus !== undefined) return exitstatus
        await session.seconds(1)
      }
      throw new Error(`${upid} does not end`)
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
