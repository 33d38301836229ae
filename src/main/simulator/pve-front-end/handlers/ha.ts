import type { ServiceConfig } from '../../ha/cluster-data.ts'
import { compileRules } from '../../ha/rules.ts'
import {
  changeService,
  putService,
  queueCrmCommand,
  readManagerStatus,
  readRules,
  readServices,
  removeGroup,
  removeService,
  writeRules,
} from '../../world/shared-files.ts'
import { refuse } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { vmidOf } from '../served-lab.ts'
import { haGroupHandlers } from './ha-groups.ts'
import { digestOf, givenOptions, haLock, keepGiven, requireDigest } from './ha-options.ts'
import { haRuleHandlers } from './ha-rules.ts'
import { haStatusHandlers } from './ha-status.ts'

export const haHandlers: Handlers = {
  ...haGroupHandlers,
  ...haRuleHandlers,
  ...haStatusHandlers,
  'GET /cluster/ha': (call) =>
    index('id', `status resources groups${call.lab.isSince('9.0') ? ' rules' : ''}`)(call),
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

function servicesOf({ lab, node }: Call) {
  return readServices(lab.world.shared, node)
}

/** `vm:100`; a bare id stands for whatever guest has it. */
function sidOf({ lab, node, parameters }: Call): string {
  const given = parameters.required('sid')
  if (given.includes(':')) return given
  const guest = lab.guestsOf(node).find((candidate) => vmidOf(candidate) === given)
  return guest?.id ?? refuse(`unable do detect SID from VMID - VM/CT ${given} does not exist`)
}

function resourceEntry(call: Call, sid: string, service: ServiceConfig) {
  const { given, comment } = givenOptions(call, sid)
  const shown = (name: string, isUsual: boolean) => !isUsual || given.includes(name)
  return {
    sid,
    type: sid.slice(0, 2),
    ...(shown('state', service.state === 'started') ? { state: service.state } : {}),
    ...(shown('max_restart', service.maxRestart === 1) ? { max_restart: service.maxRestart } : {}),
    ...(shown('max_relocate', service.maxRelocate === 1) ? { max_relocate: service.maxRelocate } : {}),
    ...(call.lab.isSince('9.0') && shown('failback', service.failback)
      ? { failback: Number(service.failback) }
      : {}),
    ...(service.group === undefined ? {} : { group: service.group }),
    ...(comment === undefined ? {} : { comment }),
    digest: digestOf(servicesOf(call)),
  }
}

/** `enabled` is the old word for `started`. */
function requestedState(word: string): string {
  return word === 'enabled' ? 'started' : word
}

/** What a client said of a resource, as the manager reads it. */
function optionsFrom({ lab, parameters }: Call): Partial<ServiceConfig> {
  const state = parameters.text('state')
  const group = parameters.text('group')
  if (group !== undefined && lab.isSince('9.0'))
    refuse("invalid parameter 'group': ha groups have been migrated to rules")
  const maxRestart = parameters.integer('max_restart')
  const maxRelocate = parameters.integer('max_relocate')
  return {
    ...(state === undefined ? {} : { state: requestedState(state) }),
    ...(maxRestart === undefined ? {} : { maxRestart }),
    ...(maxRelocate === undefined ? {} : { maxRelocate }),
    ...(parameters.text('failback') === undefined ? {} : { failback: parameters.flag('failback') }),
    ...(group === undefined ? {} : { group }),
  }
}

const notOptions = new Set(['sid', 'type', 'comment', 'digest', 'delete'])

async function addResource(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const sid = sidOf(call)
  const type = sid.split(':')[0] ?? ''
  if (type !== 'vm' && type !== 'ct') refuse(`unknown section type '${type}'`)
  const guest = lab.guestsOf(node).find(({ id }) => id === sid)
  if (guest === undefined) return refuse(`resource '${sid}' does not exist in cluster`)
  const options = optionsFrom(call)
  await lab.requireLock(node, haLock, 'create resource failed: ')
  if (servicesOf(call)[sid] !== undefined)
    refuse(`create resource failed: resource ID '${sid}' already defined`)
  putService(lab.world.shared, node, sid, {
    node: lab.world.configuredNode(guest, node),
    state: 'started',
    failback: true,
    maxRestart: 1,
    maxRelocate: 1,
    ...options,
  })
  const comment = parameters.text('comment')
  keepGiven(call, sid, {
    given: parameters.names.filter((name) => !notOptions.has(name)),
    ...(comment === undefined ? {} : { comment }),
  })
  return null
}

async function updateResource(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'update resources config failed: '
  const sid = sidOf(call)
  const options = optionsFrom(call)
  await lab.requireLock(node, haLock, what)
  if (servicesOf(call)[sid] === undefined) refuse(`${what}no such resource '${sid}'`)
  requireDigest(parameters.text('digest'), digestOf(servicesOf(call)), what)
  const deleted = listOf(parameters.text('delete'))
  if (deleted.includes('group')) removeGroup(lab.world.shared, node, sid)
  changeService(lab.world.shared, node, sid, { ...defaultsOf(deleted), ...options })
  const { given, comment: former } = givenOptions(call, sid)
  const comment = parameters.text('comment') ?? (deleted.includes('comment') ? undefined : former)
  const names = parameters.names.filter((name) => !notOptions.has(name))
  keepGiven(call, sid, {
    given: [...new Set([...given.filter((name) => !deleted.includes(name)), ...names])],
    ...(comment === undefined ? {} : { comment }),
  })
  return null
}

/** What deleted options are again. */
function defaultsOf(deleted: readonly string[]): Partial<ServiceConfig> {
  return {
    ...(deleted.includes('state') ? { state: 'started' } : {}),
    ...(deleted.includes('max_restart') ? { maxRestart: 1 } : {}),
    ...(deleted.includes('max_relocate') ? { maxRelocate: 1 } : {}),
    ...(deleted.includes('failback') ? { failback: true } : {}),
  }
}

async function deleteResource(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const { shared } = lab.world
  const sid = sidOf(call)
  await lab.requireLock(node, haLock, 'delete resource failed: ')
  const service = servicesOf(call)[sid] ?? refuse(`cannot delete service '${sid}', not HA managed!`)
  removeService(shared, node, sid, service)
  keepGiven(call, sid, undefined)
  // From 9.1 on rules lose the resource too, unless the client says otherwise.
  if (lab.isSince('9.1') && (parameters.text('purge') === undefined || parameters.flag('purge')))
    writeRules(
      shared,
      node,
      readRules(shared, node)
        .map((rule) => ({ ...rule, resources: rule.resources.filter((other) => other !== sid) }))
        .filter(({ resources }) => resources.length > 0),
    )
  return null
}

async function move(call: Call, verb: 'migrate' | 'relocate'): Promise<unknown> {
  const { lab, node, parameters } = call
  const { shared } = lab.world
  const sid = sidOf(call)
  const target = parameters.required('node')
  const status = readManagerStatus(shared, node)
  const service = servicesOf(call)[sid]
  const isIgnored = service?.state === 'ignored' || status.disarm?.mode === 'ignore'
  if (service === undefined || isIgnored) refuse(`resource '${sid}' is not HA managed`)
  if (status.serviceStatus[sid]?.state === 'error')
    refuse(`service '${sid}' in error state, must be disabled and fixed first`)
  await lab.requireLock(node, haLock)
  queueCrmCommand(shared, node, `${verb} ${sid} ${target}`)
  return lab.isSince('9.0') ? companionsOf(call, sid, target) : null
}

/** Who goes along, and who stands in the way, by the rules. */
function companionsOf(call: Call, sid: string, target: string) {
  const { lab, node } = call
  const { compiled } = compileRules(readRules(lab.world.shared, node), lab.members(node))
  const services = servicesOf(call)
  const blocking = [...(compiled.negative.get(sid) ?? [])].filter((other) => services[other]?.node === target)
  return {
    sid,
    'requested-node': target,
    'comigrated-resources': [...(compiled.positive.get(sid) ?? [])],
    'blocking-resources': blocking.map((other) => ({ sid: other, cause: 'resource-affinity' })),
  }
}
