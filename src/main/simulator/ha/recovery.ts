/** The visit of a service whose node was fenced: find it a new home. */
import type { NodeName, ServiceId } from './cluster-data.ts'
import { chooseNode, type Round } from './round.ts'
import { without } from './service-table.ts'
import { settledState, type Visit } from './visit.ts'

export function visitRecovery(round: Round, { sid, service, requested }: Visit): void {
  const fenced = service.node
  const selected = chooseNode(round, sid, 'best-score')
  if (selected !== undefined) {
    recoverTo(round, sid, fenced, selected)
    round.services.change(sid, settledState(requested), { node: selected })
    return
  }
  round.env.log(
    'err',
    `recovering service '${sid}' from fenced node '${fenced}' failed, no recovery node found`,
  )
  if (requested !== 'disabled') return
  round.services.set(sid, without(service, 'failedNodes'))
  round.services.change(sid, 'stopped')
}

function recoverTo({ env, config }: Round, sid: ServiceId, fenced: NodeName, selected: NodeName): void {
  env.log(
    'info',
    selected === fenced
      ? `recover service '${sid}' to previous failed and fenced node '${fenced}' again`
      : `recover service '${sid}' from fenced node '${fenced}' to node '${selected}'`,
  )
  const lock = env.removeLeftoverGuestLock(sid, fenced)
  if (lock !== undefined)
    env.log('warning', `removed leftover lock '${lock}' from recovered service '${sid}' to allow its start.`)
  env.stealService(sid, fenced, selected)
  const entry = config.get(sid)
  if (entry !== undefined) config.set(sid, { ...entry, node: selected })
}
