/** Disarming: HA lets go of watchdogs and services so that the cluster network may be worked on. */
import type { Disarm, DisarmMode, ServiceId, ServiceState, ServiceStatus } from './cluster-data.ts'
import type { Round } from './round.ts'

/** The manager's disarm state; undefined while armed. */
export interface DisarmHolder {
  current: Disarm | undefined
}

export function disarm({ env, services }: Round, holder: DisarmHolder, mode: DisarmMode): void {
  if (holder.current !== undefined) {
    env.log('notice', `ignoring disarm-ha command - already in disarm state (${holder.current.state})`)
    return
  }
  env.log('info', `got crm command: disarm-ha ${mode}`)
  if (mode === 'ignore') {
    for (const sid of services.ids()) env.log('info', `disarm: suspending HA tracking for service '${sid}'`)
  }
  holder.current = { mode, state: 'disarming' }
}

export function arm(round: Round, holder: DisarmHolder): void {
  const { env } = round
  if (holder.current === undefined) {
    env.log('notice', 'ignoring arm-ha command - HA stack is not disarmed')
    return
  }
  env.log('info', 'got crm command: arm-ha')
  if (holder.current.mode === 'ignore') adoptLocations(round)
  holder.current = undefined
}

/** While ignored, services could be moved by hand. */
function adoptLocations({ env, services, config }: Round): void {
  for (const sid of services.ids()) {
    const service = services.get(sid)
    const node = config.get(sid)?.node
    if (service === undefined || node === undefined || node === service.node) continue
    const change = `updating node '${service.node}' => '${node}' (changed while disarmed)`
    env.log('info', `service '${sid}': ${change}`)
    services.set(sid, { ...service, node })
  }
}

/**
 * One round of a disarmed manager. Returns the services that must be seen to first, because their
 * fencing or motion cannot be left half done; none means that the round is over.
 */
export function holdDisarmed(round: Round, holder: DisarmHolder): readonly ServiceId[] {
  const { env, nodes, services } = round
  const unsettled = services.ids().filter((sid) => deferLevel(services.get(sid)?.state) !== undefined)
  for (const sid of unsettled) {
    const state = services.get(sid)?.state
    env.log(deferLevel(state) ?? 'info', `deferring disarm - service '${sid}' is in '${state}' state`)
  }
  const { current } = holder
  if (unsettled.length > 0 || current === undefined) return unsettled

  for (const sid of services.ids()) suspend(round, sid, current.mode)
  const allReleased = nodes.online().every((node) => round.modeOf(node) === 'disarm')
  if (allReleased && current.state !== 'disarmed') {
    env.log('info', 'all LRMs disarmed, HA stack is now fully disarmed')
    holder.current = { ...current, state: 'disarmed' }
  }
  return []
}

function deferLevel(state: ServiceState | undefined): 'warn' | 'info' | undefined {
  if (state === 'fence' || state === 'recovery') return 'warn'
  return state === 'migrate' || state === 'relocate' ? 'info' : undefined
}

const freezable: ReadonlySet<ServiceState> = new Set([
  'started',
  'stopped',
  'request_stop',
  'request_start',
  'request_start_balance',
])

function suspend({ env, services }: Round, sid: ServiceId, mode: DisarmMode): void {
  const service = services.get(sid)
  if (service === undefined) return
  const { state, node, uid, maintenanceNode } = service
  const bare: ServiceStatus = {
    state,
    node,
    uid,
    ...(maintenanceNode === undefined ? {} : { maintenanceNode }),
  }
  if (mode === 'freeze' && freezable.has(state)) {
    env.log('info', `disarm: freezing service '${sid}' (was '${state}')`)
    services.set(sid, { ...bare, state: 'freeze', uid: env.createUid() })
  } else {
    services.set(sid, bare)
  }
}
