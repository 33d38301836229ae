import { agentLockName, managerLockName } from '../ha/environment.ts'
import { lockLifetimeSeconds } from '../ha/locks.ts'
import type { Invariant, InvariantPlace } from './invariant.ts'

const roundMs = 10_000

interface Holder {
  readonly node: string
  readonly process: string
  /** When it was last renewed so that a majority knows it. */
  readonly renewedAtMs: number
}

/**
 * A lock changes hands only when its holder gave it back or has not renewed it for its whole life; and by then the
 * daemon that lived on it is gone, because its watchdog is quicker.
 */
export function oneHolderPerLock({ world, report }: InvariantPlace): Invariant {
  const holders = new Map<string, Holder>()
  const lifetimeMs = lockLifetimeSeconds * 1000
  const livesOn = (node: string): Readonly<Record<string, boolean>> => ({
    [agentLockName(node)]: ['active', 'maintenance'].includes(world.ha.lrmState(node) ?? ''),
    [managerLockName]: world.ha.crmState(node) === 'master',
  })
  /**
   * One whose processors stand still does nothing; when they go on it is reset, or finds out in its first round if it
   * needs no watchdog (a disarmed master).
   */
  const hasNoRoundYet = (node: string): boolean => {
    const { isFrozen, wokeAtMs = Number.NEGATIVE_INFINITY } = world.node(node)
    return isFrozen || world.scheduler.nowMs() - wokeAtMs < roundMs
  }
  /**
   * Members who keep a copy are a majority. While a node boots its vote counts some seconds before its file system has
   * joined: what is written then may be lost with the writer.
   */
  const isKept = (node: string): boolean => {
    const keepers = world.corosync.membersSeenBy(node).filter((member) => world.shared.isQuorate(member))
    return keepers.length > world.corosync.expectedVotes(node) / 2
  }
  const daemonOf = (name: string): string | undefined =>
    world.nodes.map((node) => node.name).find((node) => name === agentLockName(node))
  return {
    lockReleased: (name) => holders.delete(name),
    lockAsked(name, node, process, outcome) {
      if (outcome !== 'acquired' && outcome !== 'renewed') return
      const nowMs = world.scheduler.nowMs()
      const holder = holders.get(name)
      const isSame = holder?.node === node && holder.process === process
      holders.set(name, { node, process, renewedAtMs: isSame && !isKept(node) ? holder.renewedAtMs : nowMs })
      if (holder === undefined || isSame) return
      const ageMs = nowMs - holder.renewedAtMs
      if (ageMs < lifetimeMs) report(name, `taken by ${node} ${ageMs} ms after ${holder.node} renewed it`)
      const user = daemonOf(name) ?? holder.node
      if (user !== node && livesOn(user)[name] && !hasNoRoundYet(user))
        report(name, `taken by ${node} while the daemon on ${user} still acts on it`)
    },
  }
}
