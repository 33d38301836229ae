/** The management interface of every node of an embedded lab, apart from the wire. */

import type { Clock } from '../../contracts/clock.ts'
import { ClusterDataError } from '../ha/environment.ts'
import { laptopEnd } from '../world/network.ts'
import type { Caller } from './accounts.ts'
import { ApiError, BareRefusal, refuse, refuseParameters } from './api-error.ts'
import { type Endpoint, type FoundEndpoint, findEndpoint, parametersOf } from './api-facts.ts'
import { recordDaemonTasks } from './daemon-tasks.ts'
import { type Exchange, exchanges } from './exchanges.ts'
import type { Handlers } from './handler.ts'
import { accessHandlers } from './handlers/access.ts'
import { allGuestsHandlers } from './handlers/all-guests.ts'
import { aptHandlers } from './handlers/apt.ts'
import { backupJobHandlers } from './handlers/backup-jobs.ts'
import { cephHandlers } from './handlers/ceph.ts'
import { clusterHandlers } from './handlers/cluster.ts'
import { consoleHandlers } from './handlers/consoles.ts'
import { diskHandlers } from './handlers/disks.ts'
import { firewallHandlers } from './handlers/firewall.ts'
import { guestHandlers } from './handlers/guests.ts'
import { haHandlers } from './handlers/ha.ts'
import { nodeDetailHandlers } from './handlers/node-details.ts'
import { nodeHardwareHandlers } from './handlers/node-hardware.ts'
import { nodeSettingHandlers } from './handlers/node-settings.ts'
import { nodeHandlers } from './handlers/nodes.ts'
import { poolHandlers } from './handlers/pools.ts'
import { realmHandlers } from './handlers/realms.ts'
import { replicationHandlers } from './handlers/replication.ts'
import { serviceHandlers } from './handlers/services.ts'
import { storageHandlers } from './handlers/storage.ts'
import { keepUpload, storageFileHandlers } from './handlers/storage-files.ts'
import { taskHandlers } from './handlers/tasks.ts'
import { vzdumpHandlers } from './handlers/vzdump.ts'
import { Parameters, parameterErrors } from './parameters.ts'
import { requirePrivileges } from './privileges.ts'
import {
  type ApiReply,
  errorReply,
  type Format,
  htmlBody,
  plainReply,
  reply,
  successReply,
} from './replies.ts'
import { type ApiRequest, givenIn, isUpload, locate, MalformedBody, ticketOf } from './requests.ts'
import { type FrontEndOptions, ServedLab } from './served-lab.ts'

interface Dispatch {
  readonly asked: string
  readonly method: string
  readonly path: string
  readonly found: FoundEndpoint | undefined
  /** Parameters beside those in the path; of a request they are read only when the caller is known. */
  readonly given: Readonly<Record<string, unknown>> | (() => Readonly<Record<string, unknown>>)
  readonly caller: Caller
}

/** `refusing`: nobody listens on the port. `silent`: packets are lost on the way. */
export type Reachability = 'answering' | 'refusing' | 'silent'

const handlers: Handlers = {
  ...accessHandlers,
  ...cephHandlers,
  ...diskHandlers,
  ...clusterHandlers,
  ...guestHandlers,
  ...firewallHandlers,
  ...realmHandlers,
  ...nodeDetailHandlers,
  ...haHandlers,
  ...allGuestsHandlers,
  ...aptHandlers,
  ...nodeHandlers,
  ...nodeHardwareHandlers,
  ...nodeSettingHandlers,
  ...serviceHandlers,
  ...poolHandlers,
  ...consoleHandlers,
  ...replicationHandlers,
  ...storageHandlers,
  ...storageFileHandlers,
  ...vzdumpHandlers,
  ...backupJobHandlers,
  ...taskHandlers,
}

/** Every 401 is held back so long, against guessing (recorded 3.02 to 3.05 s). */
const refusalDelayMs = 3025
/** A neighbour that does not answer ARP is given up after that time (recorded). */
const noRouteMs = 3100
/** A neighbour whose proxy takes the connection and says nothing is given up after that time (recorded). */
const silentNeighbourMs = 30_000
/** Bytes a body may have (proxmox.md 1.6). */
const largestBody = 512 * 1024
const methodsWithBody = ['POST', 'PUT']

export class PveFrontEnd {
  readonly #lab: ServedLab
  readonly #clock: Clock

  constructor(options: FrontEndOptions) {
    this.#lab = new ServedLab(options)
    recordDaemonTasks(this.#lab)
    this.#clock = options.clock
  }

  get lab(): ServedLab {
    return this.#lab
  }

  /** What the laptop meets at port 8006 of a node. */
  reachability(name: string): Reachability {
    const { world } = this.#lab
    const node = world.node(name)
    if (!node.networkUp) return 'refusing'
    if (!world.network.reaches(laptopEnd, name, 'management')) return 'silent'
    if (!node.apiUp) return 'refusing'
    const reachabilities = { running: 'answering', stopped: 'refusing', frozen: 'silent' } as const
    return reachabilities[node.conditionOf('pveproxy')]
  }

  /** What is refused by the head of a request alone; its body is then not read. */
  refusalOf(request: Omit<ApiRequest, 'body'>): ApiReply | undefined {
    const { method, headers } = request
    const now = this.#lab.wallTime.date()
    if (!['GET', 'DELETE', ...methodsWithBody].includes(method))
      return reply(501, `method '${method}' not available`, now)
    if (headers['transfer-encoding'] !== undefined)
      return plainReply(501, 'chunked transfer encoding not supported', now)
    const length = Number(headers['content-length'] ?? 0)
    if (length === 0) return undefined
    if (!methodsWithBody.includes(method))
      return plainReply(501, `Unexpected content for method '${method}'`, now)
    if (isUpload(request)) return undefined
    if (length > largestBody) return plainReply(501, 'for data too large', now)
    const type = headers['content-type']
    const isKnown = type === undefined || /^application\/(x-www-form-urlencoded|json)\b/.test(type)
    return isKnown ? undefined : plainReply(506, `upload 'Content-Type '${type}' not implemented`, now)
  }

  /** The answer of a member to the laptop. Takes as long as on the real server, in the lab's time. */
  async answer(node: string, request: ApiRequest): Promise<ApiReply> {
    const refusal = this.refusalOf(request)
    if (refusal !== undefined) return refusal
    const [rawPath = '/', query = ''] = request.target.split('?', 2)
    const { format, path } = locate(rawPath)
    if (path === undefined) return this.#staticReply(rawPath)
    if (format === undefined) {
      const name = /^\/api2\/([^/]*)/.exec(rawPath)?.[1] ?? ''
      return plainReply(501, `no formatter for uri ${path}, ${name}`, this.#lab.wallTime.date())
    }
    try {
      const parsed = { ...request, path, query }
      // The proxy keeps the file until the task of the call has taken it.
      if (request.upload !== undefined) keepUpload(this.#lab, node, request.upload)
      const value = await this.#carryOut(node, parsed)
      const answer = successReply(value, format, this.#lab.wallTime.date())
      if (exchanges.hasSubscribers) this.#show(request.method, path, givenIn(parsed), answer.body)
      return answer
    } catch (error) {
      return this.#refuse(error, format)
    }
  }

  /**
   * A call that a program of root makes on the node itself: no wire, no ticket. Throws an `ApiError`, a
   * `ClusterDataError` without quorum, or a `BareRefusal` where it concerns a member that cannot be reached.
   */
  async carryOutAsRoot(
    node: string,
    method: string,
    path: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const found = findEndpoint(method, path, this.#lab.release)
    const value = await this.#dispatch({ asked: node, method, path, found, given: parameters, caller: root })
    if (exchanges.hasSubscribers)
      this.#show(method, path, parameters, successReply(value, 'json', new Date(0)).body)
    return value
  }

  #show(method: string, path: string, given: Readonly<Record<string, unknown>>, body: string): void {
    exchanges.publish({ release: this.#lab.release, method, path, given, body } satisfies Exchange)
  }

  async #refuse(thrown: unknown, format: Format): Promise<ApiReply> {
    const now = () => this.#lab.wallTime.date()
    if (thrown instanceof BareRefusal) {
      if (thrown.status === 401) await this.#clock.sleep(refusalDelayMs)
      return reply(thrown.status, thrown.message, now())
    }
    if (thrown instanceof MalformedBody) return plainReply(500, thrown.message, now())
    if (thrown instanceof ClusterDataError)
      return errorReply(new ApiError(500, `${thrown.message}\n`), format, now())
    if (!(thrown instanceof ApiError)) throw thrown
    if (thrown.status === 401) await this.#clock.sleep(refusalDelayMs)
    return errorReply(thrown, format, now())
  }

  #staticReply(path: string): ApiReply {
    const now = this.#lab.wallTime.date()
    if (path !== '/') return reply(500, `no such file '${path}'`, now, { text: `no such file '${path}'\n` })
    return reply(200, 'OK', now, htmlBody('Proxmox VE: the embedded lab has no window of its own'))
  }

  async #carryOut(
    asked: string,
    request: ApiRequest & { readonly path: string; readonly query: string },
  ): Promise<unknown> {
    const { method, path } = request
    const found = findEndpoint(method, path, this.#lab.release)
    if (isUpload(request) && request.upload === undefined) throwBare(501, 'no file in the form')
    // Only the login is open; what does not exist wants a ticket before it says so.
    const caller =
      found?.endpoint.auth === 'none' ? this.#optionalCaller(asked, request) : this.#caller(asked, request)
    return this.#dispatch({ asked, method, path, found, given: () => givenIn(request), caller })
  }

  async #dispatch({ asked, method, path, found, given, caller }: Dispatch): Promise<unknown> {
    const handler = found === undefined ? undefined : handlers[`${method} ${found.endpoint.path}`]
    if (found === undefined || handler === undefined)
      throw new ApiError(501, `Method '${method} ${path}' not implemented`)
    const { endpoint, inPath } = found
    const all = { ...(typeof given === 'function' ? given() : given), ...inPath }
    requirePrivileges(endpoint, path, caller, all, this.#lab.accountsOf(asked))
    const node = await this.#memberFor(asked, endpoint, inPath)
    // The proxy hands these calls to the daemon that may do everything; a program of root does without it.
    const isLocal = caller === root && node === asked
    if (
      endpoint.protected === true &&
      !isLocal &&
      this.#lab.machine(node).conditionOf('pvedaemon') !== 'running'
    )
      throwBare(595, 'Connection refused')
    const errors = parameterErrors(parametersOf(endpoint, all), all)
    if (Object.keys(errors).length > 0) refuseParameters(errors)
    return handler({ lab: this.#lab, node, caller, parameters: new Parameters(all) })
  }

  #caller(asked: string, request: ApiRequest): Caller {
    const { method, headers } = request
    const accounts = this.#lab.accountsOf(asked)
    const token = /^PVEAPIToken=(.+)$/.exec(headers.authorization ?? '')?.[1]
    if (token !== undefined) return accounts.callerOfToken(token) ?? throwBare(401, 'Authentication failed!')
    const ticket = ticketOf(headers)
    if (ticket === undefined) return throwBare(401, 'No ticket')
    const caller = accounts.callerOfTicket(ticket) ?? throwBare(401, 'Authentication failed!')
    if (
      method !== 'GET' &&
      !isUpload(request) &&
      !accounts.isCsrfToken(headers.csrfpreventiontoken, caller.userid)
    )
      throwBare(401, 'Permission denied - invalid csrf token')
    return caller
  }

  /** A token at the login is looked at, since the login refuses it. */
  #optionalCaller(asked: string, request: ApiRequest): Caller {
    if (request.headers.authorization?.startsWith('PVEAPIToken=') === true)
      return this.#caller(asked, request)
    return { userid: '', label: '', isToken: false, may: () => false }
  }

  /** The member that carries the call out, once it has answered the one that was asked. */
  async #memberFor(
    asked: string,
    { proxyto }: Endpoint,
    inPath: Readonly<Record<string, string>>,
  ): Promise<string> {
    const name = proxyto === undefined ? undefined : inPath[proxyto]
    if (name === undefined || name === asked || name === 'localhost') return asked
    const { world } = this.#lab
    const member = this.#lab.members(asked).includes(name) ? world.node(name) : undefined
    if (member === undefined) return refuse(unresolvable(name))
    if (!world.network.reaches(asked, name, 'management')) {
      await this.#clock.sleep(noRouteMs)
      return throwBare(595, 'No route to host')
    }
    const condition = member.apiUp ? member.conditionOf('pveproxy') : 'stopped'
    if (condition === 'stopped') throwBare(595, 'Connection refused')
    if (condition === 'running') return name
    await this.#clock.sleep(silentNeighbourMs)
    return throwBare(596, 'Connection timed out')
  }
}

const root: Caller = { userid: 'root@pam', label: 'root@pam', isToken: false, may: () => true }

function throwBare(status: number, reason: string): never {
  throw new BareRefusal(status, reason)
}

function unresolvable(name: string): string {
  const isName = /^[a-zA-Z0-9.-]+$/.test(name)
  const why = isName ? 'Temporary failure in name resolution' : 'Name or service not known'
  return `hostname lookup '${name}' failed - failed to get address info for: ${name}: ${why}`
}
