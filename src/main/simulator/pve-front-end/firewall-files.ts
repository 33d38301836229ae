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
