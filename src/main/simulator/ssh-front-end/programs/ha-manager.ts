import type { Program } from '../program.ts'
import { prettyJson } from '../pve-command/json-text.ts'
import { callLocally } from '../pve-command/local-call.ts'
import { type PveCommand, pveCommand } from '../pve-command/pve-command.ts'
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
    'crm-command migrate': move('migrate'),
    'crm-command relocate': move('relocate'),
    migrate: move('migrate'),
    relocate: move('relocate'),
    remove: { usage: '<sid>', positional: ['sid'], method: 'DELETE', path: `${resources}/{sid}` },
    set: { usage: '<sid> [OPTIONS]', positional: ['sid'], method: 'PUT', path: `${resources}/{sid}` },
    status,
  },
}

export const haManager: Program = pveCommand(command)
