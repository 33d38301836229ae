/** Accepts a migration or relocation of a service, together with those that must stand beside it. */
import type { Motion, NodeName, ServiceId, ServiceStatus } from './cluster-data.ts'
import type { Round } from './round.ts'

/** Queues the motion as a pending command; one that would break a separation is refused with a word. */
export function queueMotion(round: Round, task: Motion, sid: ServiceId, target: NodeName): void {
  const { env, services, rules } = round
  const line = `${task} ${sid} ${target}`
  const neighbours = (of: ReadonlyMap<ServiceId, ReadonlySet<ServiceId>>) => [...(of.get(sid) ?? [])].sort()

  const blocker = neighbours(rules.negative).find((other) => staysOn(services.get(other), target))
  if (blocker !== undefined) {
    const reason = `service '${blocker}' on node '${target}' in negative affinity with service '${sid}'`
    env.log('err', `crm command '${line}' error - ${reason}`)
    return
  }
  env.log('info', `got crm command: ${line}`)
  setPending(round, sid, task, target)
  for (const other of neighbours(rules.positive)) {
    const service = services.get(other)
    if (service === undefined || service.node === target || service.target === target) continue
    const reason = `(service '${other}' in positive affinity with service '${sid}')`
    env.log('info', `crm command '${line}' - ${task} service '${other}' to node '${target}' ${reason}`)
    setPending(round, other, task, target)
  }
}

/** It stands there and is not on its way elsewhere. One that is merely heading for the node does not count. */
function staysOn(service: ServiceStatus | undefined, node: NodeName): boolean {
  if (service === undefined || service.node !== node) return false
  return service.target === undefined || service.target === node
}

function setPending({ services }: Round, sid: ServiceId, task: Motion, target: NodeName): void {
  const service = services.get(sid)
  if (service !== undefined) services.set(sid, { ...service, pending: { task, target } })
}
