/** Sizes and use of guests and nodes as the scenario gives them, with the harness's defaults. */
import type { Capacity, Load, NodeName, ServiceConfig, ServiceId } from '../ha/cluster-data.ts'
import type { UsageFigures } from '../ha/environment.ts'
import type { Scenario } from './scenario.ts'

const mebibyte = 1024 * 1024
const defaultCapacity: Capacity = { maxcpu: 4, maxmem: 4096 * mebibyte }
const defaultUse: Use = { cpu: 2, mem: 2048 * mebibyte }
const defaultNode: Capacity = { maxcpu: 24, maxmem: 131_072 * mebibyte }

interface Use {
  readonly cpu: number
  readonly mem: number
}

export interface Figures {
  changeCapacity(sid: ServiceId, change: Partial<Capacity>): void
  changeUse(sid: ServiceId, change: Partial<Use>): void
  forgetCapacity(sid: ServiceId): void
  readStatic(services: ReadonlyMap<ServiceId, ServiceConfig>): UsageFigures<Capacity>
  /** `runs` tells where a guest really runs; `warn` gets a line for everything over-committed. */
  readDynamic(
    services: ReadonlyMap<ServiceId, ServiceConfig>,
    runs: (sid: ServiceId, node: NodeName) => boolean,
    warn: (message: string) => void,
  ): UsageFigures<Load>
}

export function createFigures(scenario: Pick<Scenario, 'nodes' | 'staticStats' | 'dynamicStats'>): Figures {
  const { nodes } = scenario
  const capacities = new Map(scenario.staticStats)
  const uses = new Map(scenario.dynamicStats)
  const capacityOf = (sid: ServiceId) =>
    capacities.get(sid) ?? (scenario.staticStats === undefined ? defaultCapacity : undefined)
  const measuredUseOf = (sid: ServiceId) =>
    uses.get(sid) ?? (scenario.dynamicStats === undefined ? defaultUse : undefined)

  // The static model knows no default size of a node, the dynamic one does for each figure.
  const nodeCapacities = new Map<NodeName, Capacity>()
  for (const [name, { maxcpu, maxmem }] of nodes) {
    if (maxcpu !== undefined && maxmem !== undefined) nodeCapacities.set(name, { maxcpu, maxmem })
  }

  return {
    changeCapacity(sid, change) {
      capacities.set(sid, { ...(capacityOf(sid) ?? { maxcpu: 0, maxmem: 0 }), ...change })
    },
    changeUse(sid, change) {
      uses.set(sid, { ...(measuredUseOf(sid) ?? { cpu: 0, mem: 0 }), ...change })
    },
    forgetCapacity(sid) {
      capacities.delete(sid)
    },
    readStatic(services) {
      const known = new Map<ServiceId, Capacity>()
      for (const sid of services.keys()) {
        const capacity = capacityOf(sid)
        if (capacity !== undefined) known.set(sid, capacity)
      }
      return { nodes: nodeCapacities, services: known }
    },
    readDynamic(services, runs, warn) {
      const loads = new Map<ServiceId, Load>()
      for (const sid of [...services.keys()].sort()) {
        const capacity = capacityOf(sid)
        const use = measuredUseOf(sid)
        if (capacity === undefined || use === undefined) continue
        loads.set(sid, { ...capacity, ...use })
        warnOverCommitment(sid, { ...capacity, ...use }, warn)
      }
      const nodeLoads = new Map<NodeName, Load>()
      for (const name of [...nodes.keys()].sort()) {
        const { maxcpu = defaultNode.maxcpu, maxmem = defaultNode.maxmem } = nodes.get(name) ?? {}
        const load = { maxcpu, maxmem, cpu: 0, mem: 0 }
        for (const sid of [...services.keys()].sort()) {
          if (services.get(sid)?.node !== name || !runs(sid, name)) continue
          load.cpu += measuredUseOf(sid)?.cpu ?? 0
          load.mem += measuredUseOf(sid)?.mem ?? 0
        }
        nodeLoads.set(name, load)
        warnOverCommitment(name, load, warn)
      }
      return { nodes: nodeLoads, services: loads }
    },
  }
}

function warnOverCommitment(name: string, load: Load, warn: (message: string) => void): void {
  if (load.cpu > load.maxcpu) warn(`overcommitted cpu on '${name}'`)
  if (load.mem > load.maxmem) warn(`overcommitted mem on '${name}'`)
}
