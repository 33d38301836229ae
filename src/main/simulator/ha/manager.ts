/** The master's round: reads the cluster's state, decides for every service, writes the new state. */
import type {
  ActionResult,
  Group,
  LrmStatus,
  NodeName,
  Rule,
  ServiceConfig,
  ServiceId,
} from './cluster-data.ts'
import { applyCrmCommands, type CommandTargets } from './crm-commands.ts'
import { holdDisarmed } from './disarm.ts'
import type { CrmEnvironment } from './environment.ts'
import { firstAttemptRounds, migrateGroups, retryRounds } from './groups-migration.ts'
import { balanceLoad, type SustainedImbalance } from './load-balancing.ts'
import { NodeStates, type PublishedMode } from './node-states.ts'
import type { PublishedResults, Round } from './round.ts'
import { RuleBook } from './rule-book.ts'
import { type SchedulerSettings, schedulerSettingsOf } from './scheduler-settings.ts'
import { visitService } from './service-states.ts'
import { ServiceTable } from './service-table.ts'
import type { UsageModel } from './usage.ts'
import { buildUsage } from './usage-of-round.ts'

/** Releases before 9 have groups only. */
const unknownInRelease8: readonly Rule[] = []

export class Manager {
  readonly #env: CrmEnvironment
  readonly #nodes: NodeStates
  readonly #services: ServiceTable
  readonly #targets: CommandTargets
  readonly #ruleBook: RuleBook
  readonly #sustained: SustainedImbalance = { rounds: 0 }
  #settings: SchedulerSettings
  #usage: UsageModel | undefined
  #groupsCountdown = firstAttemptRounds
  #isDisarmed = false

  /** Takes over what the last master wrote. */
  constructor(env: CrmEnvironment) {
    const saved = env.readManagerStatus()
    this.#env = env
    this.#nodes = new NodeStates(env, saved.nodeStatus)
    this.#services = new ServiceTable(env, saved.serviceStatus, (sid, service) =>
      this.#usage?.place(sid, service),
    )
    const inMaintenance = Object.keys(saved.nodeRequest).filter(
      (node) => saved.nodeRequest[node]?.maintenance === true,
    )
    this.#targets = { disarm: { current: saved.disarm }, maintenance: new Set(inMaintenance) }
    this.#ruleBook = new RuleBook(env)
    this.#settings = schedulerSettingsOf(env.readDatacenter())
    const { mode } = this.#settings
    if (mode !== 'basic') env.log('info', `using scheduler mode '${mode}'`)
  }

  /** The last round found nothing left to guard. */
  get isDisarmed(): boolean {
    return this.#isDisarmed
  }

  /** One round. An exception leaves the status unwritten. */
  manage(): void {
    const round = this.#prepare()
    if (round === undefined) return
    const { disarm } = this.#targets
    applyCrmCommands(round, this.#targets)

    this.#isDisarmed = false
    if (disarm.current === undefined) {
      balanceLoad(round, this.#sustained)
      settle(round)
    } else {
      const unsettled = holdDisarmed(round, disarm)
      this.#isDisarmed = unsettled.length === 0 && disarm.current.state === 'disarmed'
      if (unsettled.length > 0) settle(round, unsettled)
    }
    this.#writeStatus()
  }

  /** Reads everything the round needs; undefined when this node may not act as master. */
  #prepare(): Round | undefined {
    const env = this.#env
    const nodes = this.#nodes
    const services = this.#services
    const membership = env.readMembership()
    const nodesChanged = !sameNames(nodes.names(), Object.keys(membership))
    const lrms = readLrms(env, nodes.names())
    nodes.update(membership, lrms.modeOf)
    if (!nodes.isOperational(env.node)) {
      env.log('info', 'master seems offline')
      return undefined
    }
    const settings = this.#refreshSettings()
    this.#tryGroupsMigration(lrms)

    const config = new Map(Object.entries(env.readServiceConfig()))
    const groups = env.readGroups()
    const base = { env, nodes, services, settings, config, modeOf: lrms.modeOf, results: lrms.results }
    if (this.#targets.disarm.current === undefined) trackServices(base)
    const usage = buildUsage(base)
    this.#usage = usage
    const configuredRules = env.release === 8 ? unknownInRelease8 : env.readRules()
    applyGroupFailback(groups, config)
    const rules = this.#ruleBook.update(configuredRules, groups, config, nodes.names(), nodesChanged)
    return { ...base, usage, rules }
  }

  #refreshSettings(): SchedulerSettings {
    const next = schedulerSettingsOf(this.#env.readDatacenter())
    const { mode } = this.#settings
    if (next.mode !== mode) this.#env.log('info', `switching scheduler mode from '${mode}' to '${next.mode}'`)
    this.#settings = next
    return next
  }

  #tryGroupsMigration(lrms: LrmSnapshot): void {
    const env = this.#env
    if (env.release === 8 || env.readGroups().length === 0) return
    this.#groupsCountdown -= 1
    if (this.#groupsCountdown > 0) return
    this.#groupsCountdown = retryRounds
    migrateGroups({ env, nodes: this.#nodes, services: this.#services, lrmStatus: lrms.statusOf })
  }

  #writeStatus(): void {
    const { disarm, maintenance } = this.#targets
    this.#env.writeManagerStatus({
      masterNode: this.#env.node,
      timestamp: this.#env.now(),
      nodeStatus: this.#nodes.toRecord(),
      serviceStatus: this.#services.toRecord(),
      nodeRequest: Object.fromEntries([...maintenance].map((node) => [node, { maintenance: true }])),
      ...(disarm.current === undefined ? {} : { disarm: disarm.current }),
    })
  }
}

function sameNames(a: readonly NodeName[], b: readonly NodeName[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}

interface LrmSnapshot {
  statusOf(node: NodeName): LrmStatus | undefined
  modeOf(node: NodeName): PublishedMode
  readonly results: PublishedResults
}

function readLrms(env: CrmEnvironment, known: readonly NodeName[]): LrmSnapshot {
  const statuses = new Map<NodeName, LrmStatus | undefined>(
    known.map((node) => [node, env.readLrmStatus(node)]),
  )
  const results = {
    get(uid: string): ActionResult | undefined {
      for (const status of statuses.values()) {
        const result = status?.results.get(uid)
        if (result !== undefined) return result
      }
      return undefined
    },
  }
  return {
    statusOf: (node) => statuses.get(node) ?? env.readLrmStatus(node),
    modeOf: (node) => (statuses.has(node) ? (statuses.get(node)?.mode ?? 'active') : 'unknown'),
    results,
  }
}

type Tracking = Pick<Round, 'env' | 'services' | 'config'>

/** Begins to look after newly configured services, and lets go of those that are not to be managed. */
function trackServices({ env, services, config }: Tracking): void {
  for (const sid of [...config.keys()].sort()) {
    const entry = config.get(sid)
    if (entry === undefined || entry.state === 'ignored' || services.get(sid) !== undefined) continue
    env.log('info', `adding new service '${sid}' on node '${entry.node}'`)
    services.add(sid, entry.state === 'started' ? 'request_start' : 'request_stop', entry.node)
  }
  for (const sid of services.ids()) {
    const entry = config.get(sid)
    if (entry !== undefined && entry.state !== 'ignored') continue
    const reason = entry === undefined ? 'no config' : 'ignored state requested'
    env.log('info', `removing stale service '${sid}' (${reason})`)
    services.remove(sid)
  }
}

/** Members of a legacy group follow its fail-back option, not their own. */
function applyGroupFailback(groups: readonly Group[], config: Map<ServiceId, ServiceConfig>): void {
  if (groups.length === 0) return
  for (const [sid, entry] of config) {
    const group = groups.find(({ id }) => id === entry.group)
    if (group !== undefined) config.set(sid, { ...entry, failback: !group.nofailback })
  }
}

/** Visits services until nothing changes any more. `only` limits the visits while disarming. */
function settle(round: Round, only?: readonly ServiceId[]): void {
  for (;;) {
    const visitedChange = visitAll(round, only ?? round.services.ids())
    const fencedChange = fenceNodes(round)
    if (!visitedChange && !fencedChange) return
  }
}

function visitAll(round: Round, sids: readonly ServiceId[]): boolean {
  let changed = false
  for (const sid of sids) {
    const before = round.services.get(sid)?.state
    visitService(round, sid)
    if (round.services.get(sid)?.state !== before) changed = true
  }
  return changed
}

/** Fences the nodes of services in state `fence`, then nodes that were left in that state without any. */
function fenceNodes({ env, nodes, services }: Round): boolean {
  const fenced = new Map<NodeName, boolean>()
  let changed = false
  for (const sid of services.ids()) {
    const service = services.get(sid)
    if (service?.state !== 'fence') continue
    const done = fenced.get(service.node) ?? nodes.fence(service.node)
    fenced.set(service.node, done)
    if (!done) continue
    services.change(sid, 'recovery')
    changed = true
  }
  for (const node of nodes.names()) {
    if (nodes.stateOf(node) !== 'fence' || fenced.has(node)) continue
    env.log('notice', `node '${node}' in fence state but no services to-fence! admin interference?!`)
    if (nodes.fence(node)) changed = true
  }
  return changed
}
