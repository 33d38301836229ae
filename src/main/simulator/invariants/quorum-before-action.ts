import { readServices } from '../world/shared-files.ts'
import type { Invariant, InvariantPlace } from './invariant.ts'

/**
 * Longest time a node may act on what it knew before it lost its quorum: the ring needs token and consensus time-outs to
 * notice, and what an LRM has begun in a round goes on until the next, 10 s later.
 */
const roundMs = 10_000

/**
 * Nothing is written to the cluster file system, and so nothing decided by an HA master, unless a majority of the
 * nodes reach each other at that moment; and no LRM starts a guest on a node that has been without that majority
 * for longer than it can take to notice.
 *
 * Who tells a ring to expect fewer votes takes it upon himself that the others are dead: it may act with those votes as
 * long as no daemon runs that it does not reach. Two rings with quorum stay a violation.
 */
export function quorumBeforeAction({ world, report }: InvariantPlace): Invariant {
  const names = world.nodes.map(({ name }) => name)
  const majority = Math.floor(names.length / 2) + 1
  const lostAtMs = new Map<string, number>()
  const links = world.lab.networks?.corosyncLinks ?? ['cluster']
  const isHeard = (node: string, name: string) =>
    world.corosync.isRunning(name) && links.some((link) => world.network.reaches(node, name, link))
  const heardBy = (node: string) => names.filter((name) => isHeard(node, name))
  /** Where single pairs are cut, others pass on what is said. */
  const reached = (node: string): readonly string[] => {
    let heard = heardBy(node)
    while (heard.length < majority) {
      const more = names.filter(
        (name) => heard.includes(name) || heardBy(name).some((by) => heard.includes(by)),
      )
      if (more.length === heard.length) break
      heard = more
    }
    return heard
  }
  /** Nodes whose daemons were told to expect fewer votes since they were started. */
  const told = new Set<string>()
  const hasMajority = (node: string) => {
    let votes = 0
    for (const name of names) {
      if (isHeard(node, name)) votes += 1
      if (votes === majority) return true
    }
    const ends = reached(node)
    if (ends.length >= majority) return true
    return told.has(node) && names.every((name) => ends.includes(name) || !world.corosync.isRunning(name))
  }
  /** What was found since power, paths or daemons last changed. */
  const found = new Map<string, boolean>()
  const isInMajority = (node: string) => {
    const isIn = found.get(node) ?? hasMajority(node)
    found.set(node, isIn)
    return isIn
  }
  const noticeMs = world.corosync.tokenMs + world.corosync.consensusMs + roundMs
  return {
    votesExpected(nodes, votes) {
      for (const node of nodes)
        if (votes < names.length) told.add(node)
        else told.delete(node)
      found.clear()
    },
    written(node, file) {
      if (isInMajority(node)) return
      report(node, `wrote ${file} while it reaches only ${reached(node).join(', ')}`)
    },
    guestStarts(guest, node) {
      const sinceMs = lostAtMs.get(node)
      if (
        sinceMs === undefined ||
        hasMajority(node) ||
        readServices(world.shared, node)[guest.id] === undefined
      )
        return
      const lostForMs = world.scheduler.nowMs() - sinceMs
      if (lostForMs > noticeMs) report(guest.id, `started on ${node}, without quorum for ${lostForMs} ms`)
    },
    pathsChanged() {
      found.clear()
    },
    stateChanged({ places }) {
      if (!places) return
      found.clear()
      for (const name of told) if (!world.corosync.isRunning(name)) told.delete(name)
      for (const name of names)
        if (isInMajority(name)) lostAtMs.delete(name)
        else if (!lostAtMs.has(name)) lostAtMs.set(name, world.scheduler.nowMs())
    },
  }
}
