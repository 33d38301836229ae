/** The visit of a started service: commands, failed starts, and the search for a better node. */
import type { ActionResult, NodeName, PendingCommand, ServiceId, ServiceStatus } from './cluster-data.ts'
import { exitCodes } from './exit-codes.ts'
import type { NodePreference } from './node-selection.ts'
import { chooseNode, type Round } from './round.ts'
import { without } from './service-table.ts'
import { refuseMotion, reportUnknownRequest, type Visit } from './visit.ts'

export function visitStarted(round: Round, found: Visit): void {
  const { sid, requested } = found
  const { node } = found.service
  if (round.nodes.stateOf(node) !== 'online' && !leavesForMaintenance(round, sid, node)) return
  // Sent to fencing or not, the visit goes on with what is known of the service now.
  const visit = { ...found, service: round.services.get(sid) ?? found.service }
  const { service } = visit

  if (requested === 'disabled' || requested === 'stopped') {
    round.services.change(sid, 'request_stop')
    return
  }
  if (requested !== 'started') {
    reportUnknownRequest(round, visit)
    return
  }
  if (service.pending !== undefined) {
    applyPending(round, visit, service.pending)
    return
  }
  const preference = visit.result === undefined ? 'none' : judgeStart(round, visit, visit.result)
  if (preference === undefined) return
  moveOrStay(round, visit, preference)
}

/**
 * A node that is not online fences its services when it has been away too long. In maintenance it is
 * left in good order, and remembered for the way back: the visit goes on. The visit of a service that was
 * just sent to fencing then goes on as well, and may send it elsewhere instead.
 */
function leavesForMaintenance(round: Round, sid: ServiceId, node: NodeName): boolean {
  if (round.nodes.isOfflineDelayed(node)) round.services.change(sid, 'fence')
  if (round.nodes.stateOf(node) !== 'maintenance') return false
  update(round, sid, (service) => ({ ...service, maintenanceNode: node }))
  return true
}

function update(round: Round, sid: ServiceId, change: (service: ServiceStatus) => ServiceStatus): void {
  const service = round.services.get(sid)
  if (service !== undefined) round.services.set(sid, change(service))
}

function applyPending(round: Round, { sid, service, config }: Visit, pending: PendingCommand): void {
  const { env, services } = round
  // A change of state drops the command as well.
  update(round, sid, (status) => without(status, 'pending'))
  if (pending.task !== 'stop') {
    const { task, target } = pending
    if (refuseMotion(round, sid, pending, service.node)) return
    env.log('info', `${task} service '${sid}' to node '${target}'`)
    services.change(sid, task, { node: service.node, target })
    return
  }
  const { timeoutSeconds } = pending
  env.log(
    'info',
    timeoutSeconds === 0
      ? `request immediate service hard-stop for service '${sid}'`
      : `request graceful stop with timeout '${timeoutSeconds}' for service '${sid}'`,
  )
  services.change(sid, 'request_stop', { timeoutSeconds })
  env.updateService(sid, { state: 'stopped' })
  if (config !== undefined) round.config.set(sid, { ...config, state: 'stopped' })
}

/** What the result of the last start means for the choice of a node; undefined when the visit is over. */
function judgeStart(round: Round, visit: Visit, result: ActionResult): NodePreference | undefined {
  const { env, services } = round
  const { sid, service, config } = visit
  const failedNodes = [...(service.failedNodes ?? [])]

  if (result.exitCode === exitCodes.success) {
    if (failedNodes.length > 0) {
      const where = `on node '${service.node}', failed nodes: ${failedNodes.join(', ')}`
      env.log('info', `relocation policy successful for '${sid}' ${where}`)
    }
    if (service.running !== true || service.failedNodes !== undefined)
      update(round, sid, (status) => ({ ...without(status, 'failedNodes'), running: true }))
    return 'none'
  }

  failedNodes.push(service.node)
  update(round, sid, (status) => ({ ...without(status, 'running'), failedNodes }))
  if (result.exitCode !== exitCodes.error && result.exitCode !== exitCodes.wrongNode) {
    // Release 8 closes the parenthesis twice and gives the code of a crash as an unsigned byte (recorded).
    const code = env.release === 8 ? `${result.exitCode & 0xff})` : String(result.exitCode)
    env.log('err', `service '${sid}' got unrecoverable error (exit code ${code})`)
    services.change(sid, 'error')
    return undefined
  }
  if (failedNodes.length > (config?.maxRelocate ?? 1)) {
    const failed = `Failed nodes: ${failedNodes.join(', ')}`
    env.log('err', `recovery policy for service ${sid} failed, entering error state. ${failed}`)
    services.change(sid, 'error')
    return undefined
  }
  env.log('warning', `starting service ${sid} on node '${service.node}' failed, relocating service.`)
  return 'try-next'
}

function moveOrStay(round: Round, { sid, service, result }: Visit, preference: NodePreference): void {
  const selected = chooseNode(round, sid, preference)
  if (selected !== undefined && selected !== service.node) {
    forgetMaintenanceNode(round, sid, selected)
    announceMove(round, sid, service.node, selected)
    return
  }
  if (preference === 'try-next' && selected === undefined) {
    const tried = round.services.get(sid)?.failedNodes ?? []
    round.env.log(
      'warning',
      `Start Error Recovery: Tried all available nodes for service '${sid}', retry start on current node. Tried nodes: ${tried.join(', ')}`,
    )
  }
  clearStaleMaintenanceNode(round, sid)
  // A fresh uid makes the LRM look after the guest again.
  if (result !== undefined) round.services.renewUid(sid)
}

/** The way back is over when the service takes it, or leaves its substitute node for a third one. */
function forgetMaintenanceNode(round: Round, sid: ServiceId, selected: NodeName): void {
  const service = round.services.get(sid)
  const fallback = service?.maintenanceNode
  if (service === undefined || fallback === undefined) return
  if (selected === fallback) {
    const reason = 'node came back from maintenance.'
    round.env.log('info', `moving service '${sid}' back to '${fallback}', ${reason}`)
  } else if (service.node !== fallback) {
    round.env.log('info', `dropping maintenance fallback node '${fallback}' for '${sid}'`)
  } else {
    return
  }
  round.services.set(sid, without(service, 'maintenanceNode'))
}

function announceMove(round: Round, sid: ServiceId, node: NodeName, target: NodeName): void {
  if (sid.startsWith('vm:')) {
    round.env.log('info', `migrate service '${sid}' to node '${target}' (running)`)
    round.services.change(sid, 'migrate', { node, target })
  } else {
    round.env.log('info', `relocate service '${sid}' to node '${target}'`)
    round.services.change(sid, 'relocate', { node, target })
  }
}

function clearStaleMaintenanceNode(round: Round, sid: ServiceId): void {
  const service = round.services.get(sid)
  if (service === undefined || service.maintenanceNode !== service.node) return
  if (round.nodes.stateOf(service.node) !== 'online') return
  const setting = `maintenance node '${service.node}' setting (is current node)`
  round.env.log('info', `service '${sid}': clearing stale ${setting}`)
  round.services.set(sid, without(service, 'maintenanceNode'))
}
