/** One visit of a service: a function per state decides what the service does next. */
import type { NodeName, ServiceId, ServiceState } from './cluster-data.ts'
import { exitCodes } from './exit-codes.ts'
import { visitRecovery } from './recovery.ts'
import { chooseNode, fenceIfLate, type Round } from './round.ts'
import { without } from './service-table.ts'
import { visitStarted } from './started-state.ts'
import { refuseMotion, reportUnknownRequest, settledState, type Visit } from './visit.ts'

type StateFunction = (round: Round, visit: Visit) => void

export function visitService(round: Round, sid: ServiceId): void {
  const service = round.services.get(sid)
  if (service === undefined) return
  const config = round.config.get(sid)
  const requested = config?.state ?? 'disabled'
  const result = round.results.get(service.uid)
  stateFunctions[service.state](round, { sid, service, config, requested, result })
  freezeForRestart(round, sid)
}

/** An LRM about to be restarted leaves its guests alone, so the manager does too. */
function freezeForRestart(round: Round, sid: ServiceId): void {
  const service = round.services.get(sid)
  if (service === undefined || round.modeOf(service.node) !== 'restart') return
  const { state } = service
  if (state === 'started' || state === 'stopped' || state === 'request_stop')
    round.services.change(sid, 'freeze')
}

const visitRequestStart: StateFunction = (round, { sid, service }) => {
  const { node } = service
  if (!round.settings.rebalanceOnStart) {
    round.services.change(sid, 'started', { node })
    return
  }
  const selected = chooseNode(round, sid, 'best-score')
  const isNew = selected !== undefined && selected !== node
  round.env.log(
    'info',
    `service ${sid}: re-balance selected ${isNew ? 'new' : 'current'} node ${selected ?? node} for startup`,
  )
  if (isNew) round.services.change(sid, 'request_start_balance', { node, target: selected })
  else round.services.change(sid, 'started', { node })
}

const visitRequestStop: StateFunction = (round, { sid, result }) => {
  if (result === undefined) {
    fenceIfLate(round, sid)
    return
  }
  if (result.exitCode === exitCodes.success) {
    round.services.change(sid, 'stopped')
    return
  }
  round.env.log('err', `service '${sid}' stop failed (exit code ${result.exitCode})`)
  round.services.change(sid, 'error')
}

const visitStopped: StateFunction = (round, visit) => {
  const { sid, requested } = visit
  const node = followConfiguredNode(round, visit)
  if (applyPendingWhileStopped(round, visit, node) || requested === 'disabled') return
  if (round.nodes.isOfflineDelayed(node) && round.nodes.stateOf(node) !== 'maintenance') {
    round.services.change(sid, 'fence')
    return
  }
  if (requested === 'stopped') return
  if (requested === 'started') round.services.change(sid, 'request_start', { node })
  else reportUnknownRequest(round, visit)
}

/** A stopped guest may be moved by hand; the configuration knows where it is now. */
function followConfiguredNode(round: Round, { sid, service, config }: Visit): NodeName {
  if (config === undefined || config.node === service.node) return service.node
  round.env.log('info', `fixup service '${sid}' location (${service.node} => ${config.node})`)
  round.services.set(sid, { ...service, node: config.node })
  return config.node
}

/** True when the command moved the service on. */
function applyPendingWhileStopped(round: Round, { sid, service }: Visit, node: NodeName): boolean {
  const { pending } = service
  if (pending === undefined) return false
  if (pending.task === 'stop') {
    round.env.log('info', `ignore service '${sid}' stop request - service already stopped`)
  } else if (!refuseMotion(round, sid, pending, node)) {
    round.services.change(sid, pending.task, { node, target: pending.target })
    return true
  }
  const current = round.services.get(sid)
  if (current !== undefined) round.services.set(sid, without(current, 'pending'))
  return false
}

const visitMoving: StateFunction = (round, { sid, service, requested, result }) => {
  const { node, target = node } = service
  const settled = settledState(requested)
  switch (result?.exitCode) {
    case undefined:
      break
    case exitCodes.success:
      round.services.change(sid, settled, { node: target })
      return
    case exitCodes.wrongNode:
      round.env.log('err', `service '${sid}' - migration failed: service registered on wrong node!`)
      round.services.change(sid, 'error')
      break
    case exitCodes.ignored:
      round.env.log('info', `service '${sid}' - rebalance-on-start request ignored - service already running`)
      round.services.change(sid, settled, { node })
      break
    default:
      round.env.log('err', `service '${sid}' - migration failed (exit code ${result?.exitCode})`)
      round.services.change(sid, settled, { node })
      return
  }
  // Only the node it leaves is watched; a target that fails shows as a failed migration.
  fenceIfLate(round, sid)
}

const visitFreeze: StateFunction = (round, { sid, service, requested }) => {
  if (round.modeOf(service.node) === 'active') round.services.change(sid, settledState(requested))
}

const visitError: StateFunction = (round, { sid, service, requested }) => {
  if (requested !== 'disabled') return
  round.services.set(sid, without(service, 'failedNodes'))
  round.services.change(sid, 'stopped')
}

/** Waits until its node is fenced, which the round does after the visits. */
const visitFence: StateFunction = () => {}

const stateFunctions: Readonly<Record<ServiceState, StateFunction>> = {
  request_start: visitRequestStart,
  request_start_balance: visitMoving,
  started: visitStarted,
  request_stop: visitRequestStop,
  stopped: visitStopped,
  migrate: visitMoving,
  relocate: visitMoving,
  freeze: visitFreeze,
  error: visitError,
  fence: visitFence,
  recovery: visitRecovery,
}
