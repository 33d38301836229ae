import { ClusterDataError } from '../../ha/environment.ts'
import { ApiError } from '../../pve-front-end/api-error.ts'
import { findEndpoint } from '../../pve-front-end/api-facts.ts'
import { queueCrmCommand, readServices } from '../../world/shared-files.ts'
import type { Program, ProgramCall } from '../program.ts'
import { answerText } from '../pve-command/answer-text.ts'
import { prettyJson } from '../pve-command/json-text.ts'
import { callLocally } from '../pve-command/local-call.ts'
import { type LocalSubcommand, type PveCommand, pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

interface StatusEntry {
  readonly type: string
  readonly status: string
}

const resources = '/cluster/ha/resources'
const move = (verb: 'migrate' | 'relocate'): Subcommand => ({
  usage: '<sid> <node>',
  positional: ['sid', 'node'],
  method: 'POST',
  path: `${resources}/{sid}/${verb}`,
})

const status: Subcommand = {
  usage: ' [OPTIONS]',
  method: 'GET',
  path: '/cluster/ha/status/current',
  own: { verbose: 'flag' },
  async print(data, { call, own }) {
    const lines = (data as StatusEntry[]).map((entry) => `${entry.type} ${entry.status}\n`).join('')
    if (own.verbose !== '1') return lines
    const full = await callLocally(call, 'GET', '/cluster/ha/status/manager_status', {})
    return `${lines}full cluster state:\n${prettyJson(full)}`
  },
}

/** One section for each resource: its settings in the order of their names. */
function sections(data: unknown): string {
  return (data as Record<string, unknown>[])
    .map(({ sid, type: _type, digest: _digest, ...settings }) => {
      const lines = Object.entries(settings).sort(([first], [second]) => (first < second ? -1 : 1))
      return `${sid}\n${lines.map(([name, value]) => `\t${name} ${value}\n`).join('')}\n`
    })
    .join('')
}

const groups = '/cluster/ha/groups'
const rules = '/cluster/ha/rules'

/** Groups as they stand in their file. */
function groupSections(data: unknown): string {
  return (data as Record<string, unknown>[])
    .map(({ group, type: _type, digest: _digest, ...settings }) => {
      const lines = Object.entries(settings).sort(([first], [second]) => (first < second ? -1 : 1))
      return `group: ${group}\n${lines.map(([name, value]) => `\t${name} ${value}\n`).join('')}\n`
    })
    .join('')
}

const maintenance = (verb: 'enable' | 'disable'): LocalSubcommand => ({
  usage: '<node>',
  async run(call, [node]) {
    if (node === undefined) return misuse(call, `crm-command node-maintenance ${verb} <node>`)
    if (!call.lab.members(call.node).includes(node)) return refused(call, `no such cluster node '${node}'`)
    return queue(call, `${verb}-node-maintenance ${node}`)
  },
})

const stop: LocalSubcommand = {
  usage: '<sid> <timeout>',
  async run(call, [given, seconds]) {
    if (given === undefined || seconds === undefined) return misuse(call, 'crm-command stop <sid> <timeout>')
    const sid = call.lab.world.guests.find(({ id }) => id === given || id.slice(3) === given)?.id ?? given
    if (readServices(call.lab.world.shared, call.node)[sid] === undefined)
      return refused(call, `resource '${sid}' is not HA managed`)
    return queue(call, `stop ${sid} ${seconds}`)
  },
}

function misuse(call: ProgramCall, usage: string): number {
  call.stderr(`400 not enough arguments\nha-manager ${usage}\n`)
  return 255
}

function refused(call: ProgramCall, sentence: string): number {
  call.stderr(`${sentence}\n`)
  return 255
}

/** Leaves a line for the master, under the lock of HA's files. */
async function queue(call: ProgramCall, line: string): Promise<number> {
  const { lab, node } = call
  try {
    await lab.requireLock(node, 'domain-ha')
    queueCrmCommand(lab.world.shared, node, line)
    return 0
  } catch (error) {
    if (error instanceof ApiError || error instanceof ClusterDataError)
      return refused(call, error.message.trim())
    throw error
  }
}

const call = (
  method: string,
  path: string,
  usage: string,
  positional: readonly string[],
  print?: Subcommand['print'],
): Subcommand => ({ usage, positional, method, path, ...(print === undefined ? {} : { print }) })

const command: PveCommand = {
  name: 'ha-manager',
  startMs: 400,
  subcommands: {
    add: {
      usage: '<sid> [OPTIONS]',
      positional: ['sid'],
      method: 'POST',
      path: resources,
      refusalCode: (message) => (message.endsWith('does not exist in cluster') ? 17 : 255),
    },
    config: { usage: ' [OPTIONS]', method: 'GET', path: resources, print: sections },
    'crm-command arm-ha': call('POST', '/cluster/ha/status/arm-ha', '', []),
    'crm-command disarm-ha': call('POST', '/cluster/ha/status/disarm-ha', '<resource-mode>', [
      'resource-mode',
    ]),
    'crm-command node-maintenance disable': maintenance('disable'),
    'crm-command node-maintenance enable': maintenance('enable'),
    'crm-command migrate': move('migrate'),
    'crm-command relocate': move('relocate'),
    'crm-command stop': stop,
    groupadd: call('POST', groups, '<group> --nodes <string> [OPTIONS]', ['group']),
    groupconfig: call('GET', groups, '', [], groupSections),
    groupremove: call('DELETE', `${groups}/{group}`, '<group>', ['group']),
    groupset: call('PUT', `${groups}/{group}`, '<group> [OPTIONS]', ['group']),
    migrate: { ...move('migrate'), isAlias: true },
    relocate: { ...move('relocate'), isAlias: true },
    remove: call('DELETE', `${resources}/{sid}`, '<sid>', ['sid']),
    'rules add': call('POST', rules, '<type> <rule> --resources <string> [OPTIONS]', ['type', 'rule']),
    'rules config': call('GET', rules, ' [OPTIONS] [FORMAT_OPTIONS]', [], (data, invocation) => {
      const { release } = invocation.call.lab
      return answerText(data, 'text', findEndpoint('GET', rules, release)?.endpoint.returns ?? {})
    }),
    'rules remove': call('DELETE', `${rules}/{rule}`, '<rule>', ['rule']),
    'rules set': call('PUT', `${rules}/{rule}`, '<type> <rule> [OPTIONS]', ['type', 'rule']),
    set: call('PUT', `${resources}/{sid}`, '<sid> [OPTIONS]', ['sid']),
    status,
  },
}

export const haManager: Program = pveCommand(command)
