/** Everything the parts of one manager round share: what was read at its start and what it decides. */
import type { ActionResult, NodeName, ServiceConfig, ServiceId } from './cluster-data.ts'
import type { CrmEnvironment } from './environment.ts'
import { type NodePreference, selectNode } from './node-selection.ts'
import type { NodeStates, PublishedMode } from './node-states.ts'
import type { CompiledRules } from './rules.ts'
import type { SchedulerSettings } from './scheduler-settings.ts'
import type { ServiceTable } from './service-table.ts'
import type { UsageModel } from './usage.ts'

/** What the LRMs report, by uid. */
export type PublishedResults = Pick<ReadonlyMap<string, ActionResult>, 'get'>

export interface Round {
  readonly env: CrmEnvironment
  readonly nodes: NodeStates
  readonly services: ServiceTable
  readonly settings: SchedulerSettings
  readonly usage: UsageModel
  readonly rules: CompiledRules
  /** As read, then kept in step with what the round writes. */
  readonly config: Map<ServiceId, ServiceConfig>
  /** Mode of a node's LRM as published before this round. */
  modeOf(node: NodeName): PublishedMode
  readonly results: PublishedResults
}

/** Chooses a node for a tracked service; undefined when there is none. */
export function chooseNode(round: Round, sid: ServiceId, preference: NodePreference): NodeName | undefined {
  const service = round.services.get(sid)
  if (service === undefined) return undefined
  const failback = round.config.get(sid)?.failback ?? true
  return selectNode({ sid, service, failback, preference }, round.rules, round.usage)
}

/** Starts fencing when the service's node has been away for too long. */
export function fenceIfLate(round: Round, sid: ServiceId): void {
  const service = round.services.get(sid)
  if (service !== undefined && round.nodes.isOfflineDelayed(service.node)) round.services.change(sid, 'fence')
}
