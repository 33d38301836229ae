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
      pause: command(({ name }) => world.freeze(name)),
      resume: command(({ name }) => world.thaw(name)),
    },
    links: simulatedLinks(world, carryOut),
  }
}

function simulatedLinks({ network }: World, carryOut: (signal: AbortSignal) => Promise<void>): VmLinks {
  return {
    async setLink(name, networkName, connected, signal) {
      await carryOut(signal)
      network.setLink(name, networkName, connected)
    },
    async isLinkUp(name, networkName, signal) {
      await carryOut(signal)
      return network.isLinkUp(name, networkName)
    },
    async partition(networkName, side, signal) {
      await carryOut(signal)
      network.partition(networkName, [side])
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
