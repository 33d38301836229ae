import type { ClusterObservation, GuestObservation } from '../../../shared/domain/observation.ts'
import { throwProblem } from '../../../shared/problems/problem.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { ClusterObserver } from '../../contracts/lab-session.ts'
import type { Random } from '../../contracts/random.ts'
import { whenAwake } from './command-delay.ts'
import { questionDelayMs } from './lossy-exchange.ts'
import { laptopEnd } from './network.ts'
import type { NodeMachine } from './node-machine.ts'
import { readLrmStatus, readManagerStatus } from './shared-files.ts'
import type { World } from './world.ts'

/** Status older than this counts as that of a dead daemon (`old timestamp - dead?` in ha-manager status). */
const staleSeconds = 30

/** Asks the embedded cluster what a client of its management interface would be told. */
export function simulatedObserver(world: World, clock: Clock, random: Random): ClusterObserver {
  return {
    async observe(signal) {
      await clock.sleep(Math.round(random.between(...world.parameters.observerLatency)), signal)
      await whenAwake(world, clock, signal)
      const timeoutMs = world.parameters.observerTimeout * 1000
      const member = answeringMember(world)
      const path = member && world.network.path(laptopEnd, member.name, 'management')
      const delayMs =
        member === undefined || path === undefined
          ? timeoutMs
          : questionDelayMs(path, timeoutMs, () => random.fraction()) +
            world.load.apiDelayMs(member.spec, random)
      if (delayMs > 0) await clock.sleep(Math.round(Math.min(delayMs, timeoutMs)), signal)
      if (member?.apiUp && delayMs < timeoutMs) return observationOf(world, member.name)
      return throwProblem('lab.no-answer')
    },
  }
}

/** A member whose management interface answers the laptop; one with quorum if there is any. */
function answeringMember(world: World): NodeMachine | undefined {
  const answering = world.nodes.filter(
    (node) => node.apiUp && world.network.reaches(laptopEnd, node.name, 'management'),
  )
  return answering.find((node) => world.shared.isQuorate(node.name)) ?? answering[0]
}

export function observationOf(world: World, viewer: string): ClusterObservation {
  const status = readManagerStatus(world.shared, viewer)
  const quorate = world.shared.isQuorate(viewer)
  const masterSeconds = status.timestamp ?? Number.NEGATIVE_INFINITY
  const hasMaster = status.masterNode !== undefined && world.ha.nowSeconds() - masterSeconds <= staleSeconds
  const guests = world.guests.map((guest): GuestObservation => {
    const node = world.configuredNode(guest, viewer)
    const haState = status.serviceStatus[guest.id]?.state
    // Each node reports its own guests; nobody knows about those of a node that cannot report.
    const reports = node === viewer || world.shared.isOnline(viewer, node)
    const running = reports && guest.host === node && guest.isRunning
    return { id: guest.id, node, running, ...(haState === undefined ? {} : { haState }) }
  })
  return {
    quorate,
    votes: { present: world.corosync.membersSeenBy(viewer).length, expected: world.nodes.length },
    ...(hasMaster && status.masterNode !== undefined ? { crmMaster: status.masterNode } : {}),
    haArmed:
      world.group === 'control' ||
      (hasMaster && guests.every(({ node }) => isLrmActive(world, viewer, node))),
    nodes: world.nodes.map((node) => ({
      name: node.name,
      power: node.power,
      online: quorate && world.shared.isOnline(viewer, node.name),
    })),
    guests,
    ceph: world.ceph.summary(viewer),
  }
}

function isLrmActive(world: World, viewer: string, node: string): boolean {
  const lrm = readLrmStatus(world.shared, viewer, node)
  return lrm?.state === 'active' && world.ha.nowSeconds() - lrm.timestamp <= staleSeconds
}
