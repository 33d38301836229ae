/** What the HA manager says of itself, its daemons and the resources. */
import type { ManagerStatus, ServiceConfig } from '../../ha/cluster-data.ts'
import { queueCrmCommand, readLrmStatus, readManagerStatus, readServices } from '../../world/shared-files.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import type { ServedLab } from '../served-lab.ts'
import { haLock } from './ha-options.ts'

export const haStatusHandlers: Handlers = {
  'GET /cluster/ha/status': (call) =>
    index('name', `current manager_status${call.lab.isSince('9.2') ? ' arm-ha disarm-ha' : ''}`)(call),
  'GET /cluster/ha/status/current': currentStatus,
  'GET /cluster/ha/status/manager_status': managerStatus,
  'POST /cluster/ha/status/disarm-ha': (call) =>
    command(call, `disarm-ha ${call.parameters.required('resource-mode')}`),
  'POST /cluster/ha/status/arm-ha': (call) => command(call, 'arm-ha'),
}

/** Older than this counts as that of a dead daemon (proxmox.md 8.6). */
const staleSeconds = 30

async function command({ lab, node }: Call, line: string): Promise<null> {
  await lab.requireLock(node, haLock)
  queueCrmCommand(lab.world.shared, node, line)
  return null
}

function currentStatus(call: Call): unknown[] {
  const { lab, node } = call
  const { world } = lab
  const isQuorate = world.shared.isQuorate(node)
  const status = readManagerStatus(world.shared, node)
  const services = Object.entries(readServices(world.shared, node))
  return [
    {
      id: 'quorum',
      type: 'quorum',
      node,
      quorate: Number(isQuorate),
      status: isQuorate ? 'OK' : `No quorum on node '${node}'!`,
    },
    ...(status.masterNode === undefined ? [] : daemonEntries(call, status, status.masterNode)),
    ...services.map(([sid, service]) => serviceEntry(lab, status, sid, service)),
  ]
}

function daemonEntries({ lab, node }: Call, status: ManagerStatus, master: string): unknown[] {
  const { world, wallTime } = lab
  const services = Object.values(readServices(world.shared, node))
  const entry = (id: string, type: string, name: string, word: string, seconds: number) => {
    const isOld = world.ha.nowSeconds() - seconds > staleSeconds
    const timestamp = wallTime.secondsAt(seconds * 1000)
    const text = `${name} (${isOld ? 'old timestamp - dead?' : word}, ${wallTime.spelled(timestamp)})`
    return { id, type, node: name, status: text, timestamp }
  }
  const isIdle = services.length === 0 && Object.keys(status.serviceStatus).length === 0
  const hasWatchdogWords = lab.isSince('9.2')
  return [
    entry('master', 'master', master, isIdle ? 'idle' : 'active', status.timestamp ?? 0),
    ...(hasWatchdogWords ? [fencingEntry(status, master, isIdle)] : []),
    ...lab.members(node).flatMap((name) => {
      const lrm = readLrmStatus(world.shared, node, name)
      if (lrm === undefined) return []
      const hasServices = services.some((service) => service.node === name)
      const state = lrm.state === 'wait_for_agent_lock' && !hasServices ? 'idle' : lrm.state
      const word = lrm.mode === 'active' ? state : `${lrm.mode} mode`
      const watchdog = hasWatchdogWords ? `, watchdog ${lrmWatchdog(status, lrm.state)}` : ''
      return [entry(`lrm:${name}`, 'lrm', name, `${word}${watchdog}`, lrm.timestamp)]
    }),
  ]
}

/** The state of the whole stack's watchdogs (pve-ha.md 21). */
function fencingEntry({ disarm }: ManagerStatus, node: string, isIdle: boolean) {
  const common = { id: 'fencing', type: 'fencing', node }
  if (disarm === undefined) {
    const word = isIdle ? 'standby' : 'armed'
    return {
      ...common,
      'armed-state': word,
      status: isIdle ? 'standby (CRM watchdog standby)' : 'armed (CRM watchdog active)',
    }
  }
  const { mode, state } = disarm
  const watchdog = state === 'disarmed' ? 'released' : 'active'
  return {
    ...common,
    'armed-state': state,
    resource_mode: mode,
    status: `${state}, resource mode: ${mode} (CRM watchdog ${watchdog})`,
  }
}

function lrmWatchdog({ disarm }: ManagerStatus, state: string): string {
  if (state === 'active') return 'active'
  return disarm === undefined ? 'standby' : 'released'
}

function serviceEntry(lab: ServedLab, status: ManagerStatus, sid: string, service: ServiceConfig) {
  const tracked = status.serviceStatus[sid]
  const state = shownState(tracked, service, status)
  const node = tracked?.node ?? service.node
  return {
    id: `service:${sid}`,
    type: 'service',
    sid,
    node,
    state,
    status: `${sid} (${node}, ${state})`,
    request_state: service.state,
    max_restart: service.maxRestart,
    max_relocate: service.maxRelocate,
    ...(lab.isSince('9.0') ? { failback: Number(service.failback) } : {}),
    ...(tracked === undefined ? {} : { crm_state: tracked.state }),
    ...(service.group === undefined ? {} : { group: service.group }),
  }
}

/** The word a user sees (pve-ha.md 21). */
function shownState(
  tracked: ManagerStatus['serviceStatus'][string] | undefined,
  service: ServiceConfig,
  { disarm }: ManagerStatus,
): string {
  if (service.state === 'ignored') return 'ignored'
  if (tracked === undefined) return 'queued'
  const { state } = tracked
  if (state === 'stopped' && service.state === 'started') return 'starting'
  if (state === 'stopped' && service.state === 'disabled') return 'disabled'
  if (state === 'started' && tracked.running !== true) return 'starting'
  if (state === 'started' && service.state !== 'started') return 'stopping'
  if (state === 'error' && service.state === 'disabled') return 'clearing error flag'
  return disarm?.mode === 'ignore' ? 'ignore' : state
}

function managerStatus(call: Call) {
  const { lab, node } = call
  const status = readManagerStatus(lab.world.shared, node)
  const quorum = { node, quorate: String(Number(lab.world.shared.isQuorate(node))) }
  if (status.masterNode === undefined) return { manager_status: { node_status: {} }, quorum }
  const services = Object.entries(status.serviceStatus).map(([sid, { state, node: home, uid, ...rest }]) => [
    sid,
    {
      state,
      node: home,
      uid,
      ...(rest.running === undefined ? {} : { running: Number(rest.running) }),
      ...(rest.target === undefined ? {} : { target: rest.target }),
      ...(rest.failedNodes === undefined ? {} : { failed_nodes: rest.failedNodes }),
      ...(rest.maintenanceNode === undefined ? {} : { maintenance_node: rest.maintenanceNode }),
    },
  ])
  return {
    manager_status: {
      master_node: status.masterNode,
      timestamp: lab.wallTime.secondsAt((status.timestamp ?? 0) * 1000),
      node_status: status.nodeStatus,
      service_status: Object.fromEntries(services),
      ...(Object.keys(status.nodeRequest).length === 0 ? {} : { node_request: status.nodeRequest }),
      ...(status.disarm === undefined ? {} : { disarm: status.disarm }),
    },
    lrm_status: lrmStatuses(lab, node),
    quorum,
  }
}

function lrmStatuses(lab: ServedLab, viewer: string) {
  const { world, wallTime } = lab
  const entries = lab.members(viewer).flatMap((name) => {
    const lrm = readLrmStatus(world.shared, viewer, name)
    if (lrm === undefined) return []
    const results = [...lrm.results].map(([uid, { sid, action, exitCode }]) => [
      uid,
      { sid, state: action, exit_code: exitCode },
    ])
    const timestamp = wallTime.secondsAt(lrm.timestamp * 1000)
    return [[name, { mode: lrm.mode, state: lrm.state, timestamp, results: Object.fromEntries(results) }]]
  })
  return Object.fromEntries(entries)
}
