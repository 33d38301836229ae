/** The master's round: reads the cluster's state, decides for every service, writes the new state. */
import type { ActionResult, Group, LrmStatus, NodeName, ServiceConfig, ServiceId } from './cluster-data.ts'
import { applyCrmCommands, type CommandTargets } from './crm-commands.ts'
import { holdDisarmed } from './disarm.ts'
import type { CrmEnvironment } from './environment.ts'
import { firstAttemptRounds, migrateGroups, retryRounds } from './groups-migration.ts'
import { balanceLoad, type SustainedImbalance } from './load-balancing.ts'
import { createNodeStates, type PublishedMode } from './node-states.ts'
import type { Round } from './round.ts'
import { createRuleBook } from './rule-book.ts'
import { schedulerSettingsOf } from './scheduler-settings.ts'
import { visitService } from './service-states.ts'
import { createServiceTable } from './service-table.ts'
import type { UsageModel } from './usage.ts'
import { buildUsage } from './usage-of-round.ts'

export interface Manager {
  /** One round. An exception leaves the status unwritten. */
  manage(): void
  /** The last round found nothing left to guard. */
  readonly isDisarmed: boolean
}

export function createManager(env: CrmEnvironment): Manager {
  const saved = env.readManagerStatus()
  const nodes = createNodeStates(env, saved.nodeStatus)
  let usage: UsageModel | undefined
  const services = createServiceTable(env, saved.serviceStatus, (sid, service) => usage?.place(sid, service))
  const targets: CommandTargets = {
    disarm: { current: saved.disarm },
    maintenance: new Set(
      Object.keys(saved.nodeRequest).filter((node) => saved.nodeRequest[node]?.maintenance === true),
    ),
  }
  const ruleBook = createRuleBook(env)
  const sustained: SustainedImbalance = { rounds: 0 }
  let groupsCountdown = firstAttemptRounds
  let isDisarmed = false
  let settings = schedulerSettingsOf(env.readDatacenter())
  if (settings.mode !== 'basic') env.log('info', `using scheduler mode '${settings.mode}'`)

  const refreshSettings = () => {
    const next = schedulerSettingsOf(env.readDatacenter())
    if (next.mode !== settings.mode)
      env.log('info', `switching scheduler mode from '${settings.mode}' to '${next.mode}'`)
    settings = next
  }

  const tryGroupsMigration = (lrms: LrmSnapshot) => {
    if (env.readGroups().length === 0) return
    groupsCountdown -= 1
    if (groupsCountdown > 0) return
    groupsCountdown = retryRounds
    migrateGroups({ env, nodes, services, lrmStatus: lrms.statusOf })
  }

  const writeStatus = () => {
    const { current } = targets.disarm
    env.writeManagerStatus({
      masterNode: env.node,
      timestamp: env.now(),
      nodeStatus: nodes.toRecord(),
      serviceStatus: services.toRecord(),
      nodeRequest: Object.fromEntries([...targets.maintenance].map((node) => [node, { maintenance: true }])),
      ...(current === undefined ? {} : { disarm: current }),
    })
  }

  /** Reads everything the round needs; undefined when this node may not act as master. */
  const prepare = (): Round | undefined => {
    const membership = env.readMembership()
    const nodesChanged = !sameNames(nodes.names(), Object.keys(membership))
    const lrms = readLrms(env, nodes.names())
    nodes.update(membership, lrms.modeOf)
    if (!nodes.isOperational(env.node)) {
      env.log('info', 'master seems offline')
      return undefined
    }
    refreshSettings()
    tryGroupsMigration(lrms)

    const config = new Map(Object.entries(env.readServiceConfig()))
    const groups = env.readGroups()
    const base = { env, nodes, services, settings, config, modeOf: lrms.modeOf, results: lrms.results }
    if (targets.disarm.current === undefined) trackServices(base)
    usage = buildUsage(base)
    const configuredRules = env.readRules()
    applyGroupFailback(groups, config)
    const rules = ruleBook.update(configuredRules, groups, config, nodes.names(), nodesChanged)
    return { ...base, usage, rules }
  }

  return {
    manage() {
      const round = prepare()
      if (round === undefined) return
      applyCrmCommands(round, targets)

      isDisarmed = false
      let visited: readonly ServiceId[] | undefined
      if (targets.disarm.current !== undefined) {
        visited = holdDisarmed(round, targets.disarm)
        isDisarmed = visited.length === 0 && targets.disarm.current.state === 'disarmed'
      } else {
        balanceLoad(round, sustained)
      }
      if (visited?.length !== 0) settle(round, visited)
      writeStatus()
    },
    get isDisarmed() {
      return isDisarmed
    },
  }
}

function sameNames(a: readonly NodeName[], b: readonly NodeName[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}

interface LrmSnapshot {
  statusOf(node: NodeName): LrmStatus | undefined
  modeOf(node: NodeName): PublishedMode
  readonly results: ReadonlyMap<string, ActionResult>
}

function readLrms(env: CrmEnvironment, known: readonly NodeName[]): LrmSnapshot {
  const statuses = new Map<NodeName, LrmStatus | undefined>(
    known.map((node) => [node, env.readLrmStatus(node)]),
  )
  const results = new Map<string, ActionResult>()
  for (const status of statuses.values()) {
    for (const [uid, result] of Object.entries(status?.results ?? {})) results.set(uid, result)
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
  for (const [sid, entry] of config) {
    const group = groups.find(({ id }) => id === entry.group)
    if (group !== undefined) config.set(sid, { ...entry, failback: !group.nofailback })
  }
}

/** Visits services until nothing changes any more. `only` limits the visits while disarming. */
function settle(round: Round, only: readonly ServiceId[] | undefined): void {
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
