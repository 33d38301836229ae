import type { Clock } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import type { World } from './world.ts'

/**
 * What passes before a command from the laptop has an effect: the small delay that each has, and the laptop's sleep, in
 * which this program would sleep as well. Rejects with the signal's reason.
 */
export async function commandDelay(
  world: World,
  clock: Clock,
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(Math.round(random.between(...world.parameters.driverLatency)), signal)
  await whenAwake(world, clock, signal)
}

/** Until the laptop is awake; at once if it is. */
export async function whenAwake(world: World, clock: Clock, signal: AbortSignal): Promise<void> {
  while (world.isSuspended) await clock.sleepUntil(world.resumesAtMs, signal)
}
