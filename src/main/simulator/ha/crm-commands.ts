/** Applies the command lines that users and tools left for the master. */
import type { DisarmMode, Motion, NodeName, ServiceId } from './cluster-data.ts'
import { arm, type DisarmHolder, disarm } from './disarm.ts'
import { queueMotion } from './motions.ts'
import type { Round } from './round.ts'

export type CrmCommand =
  | { readonly kind: 'move'; readonly task: Motion; readonly sid: ServiceId; readonly target: NodeName }
  | { readonly kind: 'stop'; readonly sid: ServiceId; readonly timeoutSeconds: number }
  | { readonly kind: 'enable-node-maintenance'; readonly node: NodeName }
  | { readonly kind: 'disable-node-maintenance'; readonly node: NodeName }
  | { readonly kind: 'disarm-ha'; readonly mode: DisarmMode }
  | { readonly kind: 'arm-ha' }

/** Undefined for a line that is no command. */
export function parseCrmCommand(line: string): CrmCommand | undefined {
  const [verb, first, second, ...rest] = line.trim().split(/\s+/)
  if (rest.length > 0) return undefined
  switch (verb) {
    case 'migrate':
    case 'relocate':
      if (first === undefined || second === undefined) return undefined
      return { kind: 'move', task: verb, sid: first, target: second }
    case 'stop':
      if (first === undefined || second === undefined || !/^\d+$/.test(second)) return undefined
      return { kind: 'stop', sid: first, timeoutSeconds: Number(second) }
    case 'enable-node-maintenance':
    case 'disable-node-maintenance':
      return first === undefined || second !== undefined ? undefined : { kind: verb, node: first }
    case 'disarm-ha':
      if ((first !== 'freeze' && first !== 'ignore') || second !== undefined) return undefined
      return { kind: 'disarm-ha', mode: first }
    case 'arm-ha':
      return first === undefined ? { kind: 'arm-ha' } : undefined
    default:
      return undefined
  }
}

/** Nodes whose maintenance users asked for; outlives masters. */
export type MaintenanceRequests = Set<NodeName>

/** Parts of the manager's state that commands change beside the services. */
export interface CommandTargets {
  readonly disarm: DisarmHolder
  readonly maintenance: MaintenanceRequests
}

export function applyCrmCommands(round: Round, targets: CommandTargets): void {
  for (const line of round.env.takeCrmCommands()) applyLine(round, targets, line)
}

function applyLine(round: Round, targets: CommandTargets, line: string): void {
  const { env } = round
  const parsed = parseCrmCommand(line)
  const isKnown = env.release === 9 || (parsed?.kind !== 'disarm-ha' && parsed?.kind !== 'arm-ha')
  const command = isKnown ? parsed : undefined
  switch (command?.kind) {
    case undefined:
      env.log('err', `unable to parse crm command: ${line}`)
      return
    case 'move':
      move(round, line, command.task, command.sid, command.target)
      return
    case 'stop':
      stop(round, line, command.sid, command.timeoutSeconds)
      return
    case 'enable-node-maintenance':
      enableMaintenance(round, targets, line, command.node)
      return
    case 'disable-node-maintenance':
      disableMaintenance(round, targets, command.node)
      return
    case 'disarm-ha':
      disarm(round, targets.disarm, command.mode)
      return
    case 'arm-ha':
      arm(round, targets.disarm)
  }
}

function move(round: Round, line: string, task: Motion, sid: ServiceId, target: NodeName): void {
  const { env, nodes, services } = round
  const service = services.get(sid)
  if (service === undefined) env.log('err', `crm command error - no such service: ${line}`)
  else if (nodes.stateOf(target) !== 'online') env.log('err', `crm command error - node not online: ${line}`)
  else if (service.node === target)
    env.log('info', `ignore crm command - service already on target node: ${line}`)
  else queueMotion(round, task, sid, target)
}

function stop({ env, services }: Round, line: string, sid: ServiceId, timeoutSeconds: number): void {
  const service = services.get(sid)
  if (service === undefined) {
    env.log('err', `crm command error - no such service: ${line}`)
    return
  }
  env.log('info', `got crm command: ${line}`)
  services.set(sid, { ...service, pending: { task: 'stop', timeoutSeconds } })
}

function enableMaintenance(
  { env, nodes }: Round,
  { disarm, maintenance }: CommandTargets,
  line: string,
  node: NodeName,
): void {
  const state = nodes.stateOf(node)
  if (disarm.current !== undefined)
    env.log('warn', `ignoring maintenance command for node ${node} - HA stack is disarmed`)
  else if (state === 'online') maintenance.add(node)
  else if (state === 'maintenance')
    env.log('info', `ignoring crm command - node ${node} is already in maintenance state`)
  else env.log('err', `crm command error - node not online: ${line}`)
}

function disableMaintenance({ env, nodes }: Round, { maintenance }: CommandTargets, node: NodeName): void {
  const state = nodes.stateOf(node)
  if (state !== 'maintenance')
    env.log('warn', `clearing maintenance of node ${node} requested, but it's in state ${state}`)
  maintenance.delete(node)
}
