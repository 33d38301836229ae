/** What is written of the firewall of a cluster, a node or a guest; no packet of a lab is looked at. */
import { refuse } from './api-error.ts'
import type { Call } from './handler.ts'
import { digestOf } from './handlers/ha-options.ts'

export type Fields = Readonly<Record<string, string | number>>

export interface AddressSet {
  readonly comment?: string
  readonly entries: readonly Fields[]
}

export interface RuleGroup {
  readonly comment?: string
  readonly rules: readonly Fields[]
}

export interface FirewallFile {
  readonly options: Fields
  readonly rules: readonly Fields[]
  readonly aliases: Readonly<Record<string, Fields>>
  readonly ipsets: Readonly<Record<string, AddressSet>>
  readonly groups: Readonly<Record<string, RuleGroup>>
}

const empty: FirewallFile = { options: {}, rules: [], aliases: {}, ipsets: {}, groups: {} }

/** `cluster.fw`, `host.fw` of a node, `100.fw`. */
export type FirewallScope = 'cluster' | 'node' | 'guest'

function fileOf({ node, parameters }: Call, scope: FirewallScope): string {
  if (scope === 'cluster') return 'firewall/cluster.fw'
  return scope === 'node' ? `nodes/${node}/host.fw` : `firewall/${parameters.required('vmid')}.fw`
}

export function readFirewall(call: Call, scope: FirewallScope): FirewallFile {
  return (
    (call.lab.world.shared.read(call.node, fileOf(call, scope)) as FirewallFile | null | undefined) ?? empty
  )
}

/** Throws where the client knows an older state than that of the part it changes. */
export function changeFirewall(
  call: Call,
  scope: FirewallScope,
  part: unknown,
  change: Partial<FirewallFile>,
): null {
  const { lab, node, parameters } = call
  const digest = parameters.text('digest')
  if (digest !== undefined && digest !== digestOf(part))
    refuse('detected modified configuration - file changed by other user? Try again.')
  lab.requireQuorum(node)
  lab.world.shared.write(node, fileOf(call, scope), { ...readFirewall(call, scope), ...change })
  return null
}

const flags = new Set(
  'dhcp ebtables ipfilter log_nf_conntrack macfilter ndp nosmurfs nomatch radv tcpflags'.split(' '),
)
const counts = new Set(['enable', 'nf_conntrack_max'])
const notFields = new Set(['node', 'vmid', 'digest', 'delete', 'pos', 'moveto', 'rename', 'group', 'force'])

/** As they stand in the file: numbers and flags as numbers. */
export function fieldsGiven({ parameters }: Call): Fields {
  const names = parameters.names.filter((name) => !notFields.has(name))
  return Object.fromEntries(
    names.map((name) => {
      if (flags.has(name)) return [name, Number(parameters.flag(name))]
      const text = parameters.required(name)
      return [name, counts.has(name) ? Number(parameters.flag(name) || text) : text]
    }),
  )
}

export function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}
