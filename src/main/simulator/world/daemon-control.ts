import { throwProblem } from '../../../shared/problems/problem.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { CephDaemon, DaemonControl } from '../../contracts/daemon-control.ts'
import type { Random } from '../../contracts/random.ts'
import { commandDelay } from './command-delay.ts'
import type { NodeMachine } from './node-machine.ts'
import type { World } from './world.ts'

/** Hold of the embedded lab's Ceph daemons, each command after the small delay that a command has. */
export function simulatedDaemonControl(world: World, clock: Clock, random: Random): DaemonControl {
  const { ceph } = world
  const find = (name: string): NodeMachine =>
    world.nodes.find((node) => node.name === name) ??
    throwProblem('plan.node-unknown', { node: name, field: 'node' })
  const command =
    (act: (node: NodeMachine, daemon: CephDaemon) => void) =>
    async (name: string, daemon: CephDaemon, signal: AbortSignal) => {
      const node = find(name)
      await commandDelay(world, clock, random, signal)
      if (!ceph.has(name) || !node.answers) return
      act(node, daemon)
      ceph.reconsider()
    }
  const deadOsdsOf = (node: string) => ceph.osdMap.osdsOn(node).filter((osd) => osd.process === 'none')
  return {
    kill: command(({ name }, daemon) => {
      if (daemon === 'osd') ceph.osdMap.stop(name, 'killed')
      else ceph.monitors.stop(name, false)
    }),
    start: command(({ name, spec, apiUp }, daemon) => {
      // While it boots they are started anyway.
      if (!apiUp) return
      const slowdown = world.load.slowdown(spec)
      if (daemon === 'osd') for (const { id } of deadOsdsOf(name)) ceph.osdMap.startOsd(id, slowdown)
      else if (!ceph.monitors.isRunning(name)) ceph.monitors.start(name, slowdown)
    }),
    async isRunning(name, daemon) {
      const node = find(name)
      if (!ceph.has(name)) return true
      if (!node.networkUp) return false
      return daemon === 'osd'
        ? ceph.osdMap.osdsOn(name).every((osd) => osd.process === 'serving')
        : ceph.monitors.isRunning(name)
    },
  }
}
