import { isCephFault, isGuestFault, partitionSide } from '../../shared/domain/fault-scope.ts'
import type { FaultTarget } from '../../shared/domain/journal.ts'
import { type Lab, type LabGuest, storageOfGuest } from '../../shared/domain/lab.ts'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { FaultKind, TargetRule } from '../../shared/domain/plan.ts'
import type { Random } from '../contracts/random.ts'

export interface AimOptions {
  readonly kind: FaultKind
  readonly lab: Lab
  /** Position of the fault in the plan. */
  readonly index: number
  /** A source of this fault's own. */
  readonly random: Random
  /** The cluster at the moment of aiming. */
  readonly observation: ClusterObservation
}

/** The node a rule means now, with the guests that are hit; undefined when there is none to hit. */
export function aim(rule: TargetRule, options: AimOptions): FaultTarget | undefined {
  const { observation, kind, lab } = options
  if (kind === 'nas-power-off') return aimAtServer(rule, options)
  const node = nodeOf(rule, options)
  if (node === undefined || !observation.nodes.some(({ name }) => name === node)) return undefined
  if (isCephFault(kind) && !lab.nodes.some(({ name, cephDiskGB }) => name === node && cephDiskGB > 0))
    return undefined
  const places =
    kind === 'network-partition'
      ? partitionSide(
          lab.nodes.map(({ name }) => name),
          node,
        )
      : [node]
  const followsOne = isGuestFault(kind) && rule.rule === 'hosting-guest'
  const guests = observation.guests
    .filter((guest) => guest.running && places.includes(guest.node))
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

/** The server a rule means: the one a followed guest's disk is on, the fixed one, or any of the lab's. */
function aimAtServer(
  rule: TargetRule,
  { lab, observation, index, random }: AimOptions,
): FaultTarget | undefined {
  const exports = (lab.storages ?? []).filter((storage) => storage.kind === 'nfs')
  const servers = [...new Set(exports.map(({ server }) => server))]
  const serverOf = (guest: LabGuest | undefined) => {
    const storage = guest === undefined ? undefined : storageOfGuest(lab, guest)
    return storage?.kind === 'nfs' ? storage.server : undefined
  }
  const meant = {
    fixed: () => servers.find((server) => rule.rule === 'fixed' && server === rule.node),
    'hosting-guest': () =>
      serverOf(lab.guests.find(({ id }) => rule.rule === 'hosting-guest' && id === rule.guest)),
    'crm-master': () => undefined,
    'round-robin': () => servers[index % servers.length],
    random: () => servers[random.int(Math.max(1, servers.length))],
  }[rule.rule]()
  if (meant === undefined) return undefined
  const guests = observation.guests
    .filter(({ id, running }) => running && serverOf(lab.guests.find((guest) => guest.id === id)) === meant)
    .map(({ id }) => id)
  return { node: meant, rule: rule.rule, guests, wasCrmMaster: false }
}

function nodeOf(rule: TargetRule, { lab, index, random, observation }: AimOptions): string | undefined {
  const nodes = lab.nodes.map(({ name }) => name)
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
