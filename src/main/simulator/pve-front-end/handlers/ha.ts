import { createHash } from 'node:crypto'
import type { ManagerStatus, ServiceConfig } from '../../ha/cluster-data.ts'
import {
  changeService,
  putService,
  queueCrmCommand,
  readLrmStatus,
  readManagerStatus,
  readServices,
  removeService,
} from '../../world/ha-environment.ts'
import { refuse } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'

export const haHandlers: Handlers = {
  'GET /cluster/ha': index('id', 'status resources groups'),
  'GET /cluster/ha/status': index('name', 'current manager_status'),
  'GET /cluster/ha/status/current': currentStatus,
  'GET /cluster/ha/status/manager_status': managerStatus,
  'GET /cluster/ha/groups': () => [],
  'GET /cluster/ha/groups/{group}': ({ parameters }) =>
    refuse(`no such ha group '${parameters.required('group')}'`),
  'GET /cluster/ha/resources': (call) => {
    const type = call.parameters.text('type')
    return Object.entries(servicesOf(call))
      .map(([sid, service]) => resourceEntry(call, sid, service))
      .filter((entry) => type === undefined || entry.type === type)
  },
  'POST /cluster/ha/resources': addResource,
  'GET /cluster/ha/resources/{sid}': (call) => {
    const sid = sidOf(call)
    return resourceEntry(call, sid, servicesOf(call)[sid] ?? refuse(`no such resource '${sid}'`))
  },
  'PUT /cluster/ha/resources/{sid}': updateResource,
  'DELETE /cluster/ha/resources/{sid}': deleteResource,
  'POST /cluster/ha/resources/{sid}/migrate': (call) => move(call, 'migrate'),
  'POST /cluster/ha/resources/{sid}/relocate': (call) => move(call, 'relocate'),
}

const haLock = 'domain-ha'
/** Older than this counts as that of a dead daemon (proxmox.md 8.6). */
const staleSeconds = 30

function servicesOf({ lab, node }: Call) {
  return readServices(lab.world.shared, node)
}

/** `vm:100`; a bare id stands for whatever guest has it. */
function sidOf({ lab, parameters }: Call): string {
  const given = parameters.required('sid')
  if (given.includes(':')) return given
  const guest = lab.world.guests.find((candidate) => vmidOf(candidate) === given)
  return guest?.id ?? refuse(`unable do detect SID from VMID - VM/CT ${given} does not exist`)
}

function resourceEntry({ lab, node }: Call, sid: string, service: ServiceConfig) {
  const content = JSON.stringify(readServices(lab.world.shared, node))
  return {
    sid,
    type: sid.slice(0, 2),
    state: service.state,
    ...(service.maxRestart === 1 ? {} : { max_restart: service.maxRestart }),
    ...(service.maxRelocate === 1 ? {} : { max_relocate: service.maxRelocate }),
    ...(service.group === undefined ? {} : { group: service.group }),
    digest: createHash('sha1').update(content).digest('hex'),
  }
}

/** `enabled` is the old word for `started`. */
function requestedState(word: string): string {
  return word === 'enabled' ? 'started' : word
}

async function addResource(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const sid = sidOf(call)
  const type = sid.split(':')[0] ?? ''
  if (type !== 'vm' && type !== 'ct') refuse(`unknown section type '${type}'`)
  const guest = lab.world.guests.find(({ id }) => id === sid)
  if (guest === undefined) return refuse(`resource '${sid}' does not exist in cluster`)
  await lab.requireLock(node, haLock, 'create resource failed: ')
  if (servicesOf(call)[sid] !== undefined)
    refuse(`create resource failed: resource ID '${sid}' already defined`)
  const group = parameters.text('group')
  putService(lab.world.shared, node, sid, {
    node: lab.world.configuredNode(guest, node),
    state: requestedState(parameters.text('state') ?? 'started'),
    failback: true,
    maxRestart: parameters.integer('max_restart') ?? 1,
    maxRelocate: parameters.integer('max_relocate') ?? 1,
    ...(group === undefined ? {} : { group }),
  })
  return null
}

async function updateResource(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const sid = sidOf(call)
  await lab.requireLock(node, haLock, 'update resources config failed: ')
  if (servicesOf(call)[sid] === undefined) refuse(`update resources config failed: no such resource '${sid}'`)
  const state = parameters.text('state')
  const maxRestart = parameters.integer('max_restart')
  const maxRelocate = parameters.integer('max_relocate')
  changeService(lab.world.shared, node, sid, {
    ...(state === undefined ? {} : { state: requestedState(state) }),
    ...(maxRestart === undefined ? {} : { maxRestart }),
    ...(maxRelocate === undefined ? {} : { maxRelocate }),
  })
  return null
}

async function deleteResource(call: Call): Promise<null> {
  const { lab, node } = call
  const sid = sidOf(call)
  await lab.requireLock(node, haLock, 'delete resource failed: ')
  const service = servicesOf(call)[sid] ?? refuse(`cannot delete service '${sid}', not HA managed!`)
  removeService(lab.world.shared, node, sid, service)
  return null
}

async function move(call: Call, verb: 'migrate' | 'relocate'): Promise<null> {
  const { lab, node, parameters } = call
  const sid = sidOf(call)
  const service = servicesOf(call)[sid]
  if (service === undefined || service.state === 'ignored') refuse(`resource '${sid}' is not HA managed`)
  if (readManagerStatus(lab.world.shared, node).serviceStatus[sid]?.state === 'error')
    refuse(`service '${sid}' in error state, must be disabled and fixed first`)
  await lab.requireLock(node, haLock)
  queueCrmCommand(lab.world.shared, node, `${verb} ${sid} ${parameters.required('node')}`)
  return null
}

function currentStatus(call: Call): unknown[] {
  const { lab, node } = call
  const { world } = lab
  const isQuorate = world.shared.isQuorate(node)
  const status = readManagerStatus(world.shared, node)
  const services = Object.entries(servicesOf(call))
  return [
    {
      id: 'quorum',
      type: 'quorum',
      node,
      quorate: Number(isQuorate),
      status: isQuorate ? 'OK' : `No quorum on node '${node}'!`,
    },
    ...(status.masterNode === undefined ? [] : daemonEntries(call, status, status.masterNode)),
    ...services.map(([sid, service]) => serviceEntry(status, sid, service)),
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
  return [
    entry('master', 'master', master, isIdle ? 'idle' : 'active', status.timestamp ?? 0),
    ...world.nodes.flatMap(({ name }) => {
      const lrm = readLrmStatus(world.shared, node, name)
      if (lrm === undefined) return []
      const hasServices = services.some((service) => service.node === name)
      const state = lrm.state === 'wait_for_agent_lock' && !hasServices ? 'idle' : lrm.state
      const word = lrm.mode === 'active' ? state : `${lrm.mode} mode`
      return [entry(`lrm:${name}`, 'lrm', name, word, lrm.timestamp)]
    }),
  ]
}

function serviceEntry(status: ManagerStatus, sid: string, service: ServiceConfig) {
  const tracked = status.serviceStatus[sid]
  const state = shownState(tracked, service)
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
    ...(tracked === undefined ? {} : { crm_state: tracked.state }),
    ...(service.group === undefined ? {} : { group: service.group }),
  }
}

/** The word a user sees (pve-ha.md 21). */
function shownState(
  tracked: ManagerStatus['serviceStatus'][string] | undefined,
  service: ServiceConfig,
): string {
  if (service.state === 'ignored') return 'ignored'
  if (tracked === undefined) return 'queued'
  const { state } = tracked
  if (state === 'stopped' && service.state === 'started') return 'starting'
  if (state === 'stopped' && service.state === 'disabled') return 'disabled'
  if (state === 'started' && tracked.running !== true) return 'starting'
  if (state === 'started' && service.state !== 'started') return 'stopping'
  if (state === 'error' && service.state === 'disabled') return 'clearing error flag'
  return state
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
    },
    lrm_status: lrmStatuses(lab, node),
    quorum,
  }
}

function lrmStatuses({ world, wallTime }: ServedLab, viewer: string) {
  const entries = world.nodes.flatMap(({ name }) => {
    const lrm = readLrmStatus(world.shared, viewer, name)
    if (lrm === undefined) return []
    const results = Object.entries(lrm.results).map(([uid, { sid, action, exitCode }]) => [
      uid,
      { sid, state: action, exit_code: exitCode },
    ])
    const timestamp = wallTime.secondsAt(lrm.timestamp * 1000)
    return [[name, { mode: lrm.mode, state: lrm.state, timestamp, results: Object.fromEntries(results) }]]
  })
  return Object.fromEntries(entries)
}
