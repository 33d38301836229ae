import type { Random } from '../../contracts/random.ts'
import type { NetworkName } from '../world/network.ts'
import type { Act, CampaignSite } from './campaign.ts'

/** A fault, and what takes it back. Empty lists where there is nothing to do, or nothing to undo. */
export interface Fault {
  readonly acts: readonly Act[]
  readonly undo: readonly Act[]
}

export type FaultMaker = (site: CampaignSite, random: Random) => Fault

/** How often the fault comes, relative to the others. */
export type WeightedFault = readonly [weight: number, make: FaultMaker]

/** In a lab that lacks what the fault hits. */
export const noFault: Fault = { acts: [], undo: [] }

export function single(act: Act, undo?: Act): Fault {
  return { acts: [act], undo: undo === undefined ? [] : [undo] }
}

export function anyNode({ lab }: CampaignSite, random: Random): number {
  return random.int(lab.nodes.length)
}

export function anyGuest({ lab }: CampaignSite, random: Random): number {
  return random.int(lab.guests.length)
}

/** Mostly one of those that corosync uses. */
export function anyNetwork(site: CampaignSite, random: Random): NetworkName {
  return random.fraction() < 0.7 ? oneOf(corosyncNetworks(site), random) : 'management'
}

export function corosyncNetworks({ lab }: CampaignSite): readonly NetworkName[] {
  return lab.networks?.corosyncLinks ?? ['cluster']
}

export function oneOf<Item>(items: readonly Item[], random: Random): Item {
  return items[random.int(items.length)] as Item
}

/** Some of them in the same order, at least one. */
export function someOf<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const always = random.int(items.length)
  return items.filter((_, index) => index === always || random.fraction() < 0.4)
}
