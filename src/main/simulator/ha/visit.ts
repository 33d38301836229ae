/** What the functions of all service states share. */
import type {
  ActionResult,
  Motion,
  NodeName,
  ServiceConfig,
  ServiceId,
  ServiceState,
  ServiceStatus,
} from './cluster-data.ts'
import type { Round } from './round.ts'

/** A service as its visit finds it. */
export interface Visit {
  readonly sid: ServiceId
  readonly service: ServiceStatus
  /** A service without configuration is treated as disabled. */
  readonly requested: string
  readonly config: ServiceConfig | undefined
  readonly result: ActionResult | undefined
}

/** The state that follows when an action is over, by what the user asked for. */
export function settledState(requested: string): ServiceState {
  return requested === 'started' ? 'started' : 'request_stop'
}

export function reportUnknownRequest({ env }: Round, { sid, requested }: Visit): void {
  env.log('err', `service '${sid}' - unknown state '${requested}' in service configuration`)
}

/** Logs why a motion makes no sense now; false when it does. */
export function refuseMotion(
  { env, nodes }: Round,
  sid: ServiceId,
  motion: { readonly task: Motion; readonly target: NodeName },
  current: NodeName,
): boolean {
  const { task, target } = motion
  if (nodes.stateOf(target) !== 'online') {
    env.log('err', `ignore service '${sid}' ${task} request - node '${target}' not online`)
    return true
  }
  if (target === current) {
    env.log('info', `ignore service '${sid}' ${task} request - service already on node '${target}'`)
    return true
  }
  return false
}
