/**
 * The usage model of one round: where services stand, and how well each node would suit one more.
 * It follows every change of a service's state, so later decisions of a round see the earlier ones.
 */
import type { Capacity, Load, NodeName, ServiceId, ServiceState, ServiceStatus } from './cluster-data.ts'
import { type ClusterPicture, type Demand, rankPictures, withDemand } from './cluster-picture.ts'
import type { UsageFigures, UsageSource } from './environment.ts'
import { nodesOf, type Placement, placementOf } from './placements.ts'

export type SchedulerMode = 'basic' | 'static' | 'dynamic'

/** What the model needs to know of a service. */
export type PlacedService = Pick<ServiceStatus, 'state' | 'node' | 'target' | 'running'>

export interface UsageModel {
  readonly mode: SchedulerMode
  /** Online nodes in string order. */
  readonly nodes: readonly NodeName[]
  /** Enters or moves a service. */
  place(sid: ServiceId, service: PlacedService): void
  placementOf(sid: ServiceId): Placement
  /** A score per online node for one more start of `sid`; lower is better. */
  startScores(sid: ServiceId): ReadonlyMap<NodeName, number>
  /** The load that balancing looks at. */
  balancePicture(): ClusterPicture
  /** What moves with a service when it is balanced away. */
  demandOf(sid: ServiceId): Demand
}

interface PlacedEntry {
  readonly placement: Placement
  readonly running: boolean
}

const nowhere: Placement = {}
const noDemand: Demand = { cpu: 0, mem: 0 }

/** Thrown when a mode's figures are not there; the caller falls back to `basic`. */
export class UsageInitError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageInitError'
  }
}

export function createUsageModel(
  mode: SchedulerMode,
  nodes: readonly NodeName[],
  source: UsageSource,
  warn: (message: string) => void,
): UsageModel {
  const online = new Set(nodes)
  const entries = new Map<ServiceId, PlacedEntry>()
  const load = createLoadView(mode, nodes, source, entries)

  return {
    mode,
    nodes,
    place(sid, service) {
      const placement = placementOf(service, (node) => online.has(node))
      entries.set(sid, { placement, running: isRunning(service, placement) })
      const isKnown = load === undefined || load.knows(sid)
      if (!isKnown && nodesOf(placement).length > 0)
        warn(`unable to add service '${sid}' - no usage figures for '${sid}'`)
    },
    placementOf: (sid) => entries.get(sid)?.placement ?? nowhere,
    startScores: (sid) => load?.startScores(sid) ?? countServices(nodes, entries),
    balancePicture: () => load?.balancePicture() ?? [],
    demandOf: (sid) => load?.demandOf(sid) ?? noDemand,
  }
}

function isRunning(service: { state: ServiceState; running?: boolean }, placement: Placement): boolean {
  if (service.state === 'started') return service.running === true
  return placement.current !== undefined
}

function countServices(
  nodes: readonly NodeName[],
  entries: ReadonlyMap<ServiceId, PlacedEntry>,
): ReadonlyMap<NodeName, number> {
  const counts = new Map(nodes.map((node) => [node, 0]))
  for (const { placement } of entries.values()) {
    for (const node of nodesOf(placement)) counts.set(node, (counts.get(node) ?? 0) + 1)
  }
  return counts
}

/** What the static and the dynamic model know beyond the basic one. */
interface LoadView {
  knows(sid: ServiceId): boolean
  startScores(sid: ServiceId): ReadonlyMap<NodeName, number>
  balancePicture(): ClusterPicture
  demandOf(sid: ServiceId): Demand
}

type Entries = ReadonlyMap<ServiceId, PlacedEntry>

function createLoadView(
  mode: SchedulerMode,
  nodes: readonly NodeName[],
  source: UsageSource,
  entries: Entries,
): LoadView | undefined {
  switch (mode) {
    case 'basic':
      return undefined
    case 'static':
      return createStaticView(nodes, source.readStaticFigures(), entries)
    case 'dynamic':
      return createDynamicView(nodes, source.readDynamicFigures(), entries)
  }
}

/** Configured sizes: a node's load is the sum of what the services standing there may use. */
function createStaticView(
  nodes: readonly NodeName[],
  figures: UsageFigures<Capacity>,
  entries: Entries,
): LoadView {
  const base = nodes.map((node) => ({ node, cpu: 0, mem: 0, ...figuresOf('static', node, figures) }))
  const picture = () => withStanding(base, entries, figures.services, () => true)
  return {
    knows: (sid) => figures.services.has(sid),
    startScores: (sid) => scoreStart(picture(), figures.services.get(sid)),
    balancePicture: picture,
    demandOf(sid) {
      const capacity = figures.services.get(sid)
      return capacity === undefined ? noDemand : { cpu: capacity.maxcpu, mem: capacity.maxmem }
    },
  }
}

/** Measured use: it already holds every running service; only those about to start are added, by size. */
function createDynamicView(
  nodes: readonly NodeName[],
  figures: UsageFigures<Load>,
  entries: Entries,
): LoadView {
  const base = nodes.map((node) => ({ node, ...figuresOf('dynamic', node, figures) }))
  return {
    knows: (sid) => figures.services.has(sid),
    startScores(sid) {
      const picture = withStanding(base, entries, figures.services, (entry) => !entry.running)
      return scoreStart(picture, figures.services.get(sid))
    },
    balancePicture: () => base,
    demandOf: (sid) => figures.services.get(sid) ?? noDemand,
  }
}

function figuresOf<Figures>(mode: string, node: NodeName, figures: UsageFigures<Figures>): Figures {
  const found = figures.nodes.get(node)
  if (found === undefined) throw new UsageInitError(`no ${mode} usage figures for node '${node}'`)
  return found
}

/** What a service may use at most on a node; no limit on processors means all of the node's. */
function limitOn(node: Capacity, service: Capacity): Demand {
  return { cpu: service.maxcpu === 0 ? node.maxcpu : service.maxcpu, mem: service.maxmem }
}

function withStanding(
  base: ClusterPicture,
  entries: Entries,
  capacities: ReadonlyMap<ServiceId, Capacity>,
  counts: (entry: PlacedEntry) => boolean,
): ClusterPicture {
  return base.map((node) => {
    let { cpu, mem } = node
    for (const [sid, entry] of entries) {
      const capacity = capacities.get(sid)
      if (capacity === undefined || !counts(entry) || !nodesOf(entry.placement).includes(node.node)) continue
      const limit = limitOn(node, capacity)
      cpu += limit.cpu
      mem += limit.mem
    }
    return { ...node, cpu, mem }
  })
}

function scoreStart(
  picture: ClusterPicture,
  service: Capacity = { maxcpu: 0, maxmem: 0 },
): ReadonlyMap<NodeName, number> {
  const alternatives = picture.map((node) => withDemand(picture, limitOn(node, service), node.node))
  const closeness = rankPictures(alternatives)
  return new Map(picture.map(({ node }, index) => [node, -(closeness[index] ?? 0)]))
}
