import { isGuestFault } from '../../shared/domain/guest-fault.ts'
import type { FaultTarget } from '../../shared/domain/journal.ts'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { FaultKind, TargetRule } from '../../shared/domain/plan.ts'
import type { Random } from '../contracts/random.ts'

export interface AimOptions {
  readonly kind: FaultKind
  /** Names of the lab's nodes, in the lab's order. */
  readonly nodes: readonly string[]
  /** Position of the fault in the plan. */
  readonly index: number
  /** A source of this fault's own. */
  readonly random: Random
  /** The cluster at the moment of aiming. */
  readonly observation: ClusterObservation
}

/** The node a rule means now, with the guests that are hit; undefined when there is none to hit. */
export function aim(rule: TargetRule, options: AimOptions): FaultTarget | undefined {
  const { observation, kind } = options
  const node = nodeOf(rule, options)
  if (node === undefined || !observation.nodes.some(({ name }) => name === node)) return undefined
  const followsOne = isGuestFault(kind) && rule.rule === 'hosting-guest'
  const guests = observation.guests
    .filter((guest) => guest.running && guest.node === node)
    .map(({ id }) => id)
    .filter((id) => !followsOne || id === rule.guest)
  if (isGuestFault(kind) && guests.length === 0) return undefined
  return {
    node,
    rule: rule.rule,
    guests,
    wasCrmMaster: observation.crmMaster === node,
  }
}

function nodeOf(rule: TargetRule, { nodes, index, random, observation }: AimOptions): string | undefined {
  switch (rule.rule) {
    case 'fixed':
      return rule.node
    case 'hosting-guest':
      return observation.guests.find(({ id }) => id === rule.guest)?.node
    case 'crm-master':
      return observation.crmMaster
    case 'round-robin':
      return nodes[index % nodes.length]
    case 'random':
      return nodes[random.int(nodes.length)]
  }
}
