import { agentLockName, managerLockName } from '../ha/environment.ts'
import { lockLifetimeSeconds } from '../ha/locks.ts'
import type { Invariant, InvariantPlace } from './invariant.ts'

interface Holder {
  readonly node: string
  readonly process: string
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
  const daemonOf = (name: string): string | undefined =>
    world.nodes.map((node) => node.name).find((node) => name === agentLockName(node))
  return {
    lockReleased: (name) => holders.delete(name),
    lockAsked(name, node, process, outcome) {
      if (outcome !== 'acquired' && outcome !== 'renewed') return
      const nowMs = world.scheduler.nowMs()
      const holder = holders.get(name)
      holders.set(name, { node, process, renewedAtMs: nowMs })
      if (holder === undefined || (holder.node === node && holder.process === process)) return
      const ageMs = nowMs - holder.renewedAtMs
      if (ageMs < lifetimeMs) report(name, `taken by ${node} ${ageMs} ms after ${holder.node} renewed it`)
      const user = daemonOf(name) ?? holder.node
      // One whose processors stand still does nothing, and is reset before it could.
      if (user !== node && !world.node(user).isFrozen && livesOn(user)[name])
        report(name, `taken by ${node} while the daemon on ${user} still acts on it`)
    },
  }
}
