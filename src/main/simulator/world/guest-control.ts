import { throwProblem } from '../../../shared/problems/problem.ts'
import type { Clock } from '../../contracts/clock.ts'
import type { GuestControl } from '../../contracts/guest-control.ts'
import type { Random } from '../../contracts/random.ts'
import { commandDelay } from './command-delay.ts'
import type { GuestMachine } from './guest-machine.ts'
import { readServices } from './shared-files.ts'
import type { World } from './world.ts'

/** Hold of the embedded lab's guests, each command after the small delay that a command has. */
export function simulatedGuestControl(world: World, clock: Clock, random: Random): GuestControl {
  const find = (id: string): GuestMachine =>
    world.guests.find((guest) => guest.id === id) ??
    throwProblem('plan.guest-unknown', { guest: id, field: 'guests' })
  const command = (act: (guest: GuestMachine) => void) => async (id: string, signal: AbortSignal) => {
    const guest = find(id)
    await commandDelay(world, clock, random, signal)
    act(guest)
  }
  return {
    kill: command((guest) => guest.kill()),
    start: command((guest) => start(world, guest)),
    stopService: command(({ services }) => services?.stop(services.front.name)),
    startService: command(({ services }) => services?.start(services.front.name)),
    async serviceState(id) {
      const { services, reach } = find(id)
      if (services === undefined || reach === 'silent') return 'absent'
      return services.isFrontServing ? 'running' : 'stopped'
    },
  }
}

/** On the node where its configuration lies, if that can start guests now. */
function start(world: World, guest: GuestMachine): void {
  const viewer = world.nodes.find(({ name }) => world.shared.canWrite(name))
  if (viewer === undefined || guest.host !== undefined) return
  if (readServices(world.shared, viewer.name)[guest.id] !== undefined) return
  const node = world.node(world.configuredNode(guest, viewer.name))
  if (world.shared.canWrite(node.name)) world.agents.start(guest, node, 'pvedaemon', () => {})
}
