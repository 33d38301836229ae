import { throwProblem } from '../../../shared/problems/problem.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { HypervisorDriver, VmLinks, VmState } from '../../contracts/hypervisor-driver.ts'
import type { Random } from '../../contracts/random.ts'
import { commandDelay } from './command-delay.ts'
import type { NodeMachine } from './node-machine.ts'
import type { NasServer } from './storage/nas-server.ts'
import type { World } from './world.ts'

type Machine = NodeMachine | NasServer

/** The hypervisor of the embedded lab: power over its node VMs and NAS, each command after a small delay. */
export function simulatedDriver(world: World, clock: Clock, random: Random): HypervisorDriver {
  const carryOut = (signal: AbortSignal) => commandDelay(world, clock, random, signal)
  const machines: readonly Machine[] = [...world.nodes, ...world.storages.servers]
  const find = (name: string): Machine =>
    machines.find((machine) => machine.name === name) ??
    throwProblem('plan.node-unknown', { node: name, field: 'node' })
  const command = (act: (machine: Machine) => void) => async (name: string, signal: AbortSignal) => {
    const node = find(name)
    await carryOut(signal)
    act(node)
  }
  return {
    id: 'embedded',
    async listVms(signal) {
      await carryOut(signal)
      return machines.map(stateOf)
    },
    async inspectVm(name, signal) {
      const node = find(name)
      await carryOut(signal)
      return stateOf(node)
    },
    startVm: command((node) => node.powerOn()),
    shutDownVm: command((node) => node.pressPowerButton()),
    cutPower: command((node) => node.cutPower()),
    pausing: {
      pause: command(({ name }) => world.freeze(nodeNamed(world, name))),
      resume: command(({ name }) => world.thaw(nodeNamed(world, name))),
    },
    links: simulatedLinks(world, carryOut),
  }
}

/** A NAS can be switched on and off, but not paused or unplugged. */
function nodeNamed({ nodes }: World, name: string): string {
  const isNode = nodes.some((node) => node.name === name)
  return isNode ? name : throwProblem('plan.node-unknown', { node: name, field: 'node' })
}

function simulatedLinks(world: World, carryOut: (signal: AbortSignal) => Promise<void>): VmLinks {
  const { network } = world
  return {
    async setLink(name, networkName, connected, signal) {
      const node = nodeNamed(world, name)
      await carryOut(signal)
      network.setLink(node, networkName, connected)
    },
    async isLinkUp(name, networkName, signal) {
      const node = nodeNamed(world, name)
      await carryOut(signal)
      return network.isLinkUp(node, networkName)
    },
    async partition(networkName, side, signal) {
      const nodes = side.map((name) => nodeNamed(world, name))
      await carryOut(signal)
      network.partition(networkName, [nodes])
    },
    async join(networkName, signal) {
      await carryOut(signal)
      network.join(networkName)
    },
  }
}

function stateOf(machine: Machine): VmState {
  const isFrozen = 'isFrozen' in machine && machine.isFrozen
  return { name: machine.name, power: isFrozen ? 'paused' : machine.power }
}
