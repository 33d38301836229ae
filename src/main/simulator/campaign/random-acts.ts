import type { Random } from '../../contracts/random.ts'
import type { Act, CampaignSite, TimedAct } from './campaign.ts'
import { cephFaults } from './ceph-faults.ts'
import { corosyncNetworks, type Fault } from './fault-maker.ts'
import { haFaults } from './ha-faults.ts'
import { machineFaults } from './machine-faults.ts'

/** A round of the master and one of an LRM after the command, with a second to spare each. */
const armingMs = 30_000

/** Mostly what labs are made for. */
const weightedFaults = [...machineFaults, ...cephFaults, ...haFaults]
const totalWeight = weightedFaults.reduce((sum, [weight]) => sum + weight, 0)

export interface RandomActs {
  readonly timed: readonly TimedAct[]
  /** What takes back all faults together, each act once. */
  readonly undo: readonly Act[]
}

/** Faults within a window of the lab's time, each taken back after a while, or left to those who tidy up. */
export function randomActs(site: CampaignSite, random: Random, fromMs: number, toMs: number): RandomActs {
  const timed: TimedAct[] = []
  const undone = new Map<string, Act>()
  const meanGapSeconds = 60 * 2 ** random.int(4)
  for (let atMs = fromMs; atMs < toMs; atMs += gapMs(random, meanGapSeconds)) {
    const { acts, undo } = randomFault(site, random)
    const undoMs = atMs + Math.round(random.between(5, 60) * 1000 * 2 ** random.int(6))
    for (const act of acts) if (!outlasts(act, toMs - atMs)) timed.push({ atMs, act })
    if (undoMs < toMs) for (const act of undo) timed.push({ atMs: undoMs, act })
    for (const act of undo) undone.set(JSON.stringify(act), act)
  }
  return {
    timed: withoutCutsWhileArming(site, timed).sort((a, b) => a.atMs - b.atMs),
    undo: [...undone.values()],
  }
}

/**
 * A disarmed node has neither watchdog nor lock. Were it cut off just when HA is armed, the manager of release 9
 * would take its free lock for the proof that it is dead. People are told to arm when the network is quiet again.
 */
function withoutCutsWhileArming(site: CampaignSite, timed: readonly TimedAct[]): TimedAct[] {
  const armedAtMs = timed.filter(({ act }) => act.kind === 'ha-command' && act.line === 'arm-ha')
  return timed.filter(
    (each) =>
      !cutsOff(site, each.act) || armedAtMs.every(({ atMs }) => Math.abs(atMs - each.atMs) > armingMs),
  )
}

/** Whether a node may be out of the cluster's reach through it, or without what fences it, while its guests run on. */
function cutsOff(site: CampaignSite, act: Act): boolean {
  if (act.kind === 'freeze' || act.kind === 'suspend') return true
  if (act.kind === 'stop-unit' || act.kind === 'kill-unit') return act.unit !== 'pve-ha-crm'
  return 'network' in act && corosyncNetworks(site).includes(act.network)
}

/** Who tidies up must not find the laptop asleep. */
function outlasts(act: Act, leftMs: number): boolean {
  return act.kind === 'suspend' && act.seconds * 1000 > leftMs
}

/** Several at once now and then, and long quiet between others. */
function gapMs(random: Random, meanSeconds: number): number {
  if (random.fraction() < 0.25) return random.int(15_000)
  return Math.round(-Math.log(1 - random.fraction()) * meanSeconds * 1000)
}

function randomFault(site: CampaignSite, random: Random): Fault {
  let left = random.int(totalWeight)
  for (const [weight, make] of weightedFaults) {
    left -= weight
    if (left < 0) return make(site, random)
  }
  throw new Error('weights of faults do not add up')
}
