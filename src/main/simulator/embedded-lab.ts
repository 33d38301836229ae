import type { Lab } from '../../shared/domain/lab.ts'
import type { Group } from '../../shared/domain/recipe.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { Clock, EventScheduler } from '../contracts/clock.ts'
import type { LabSession } from '../contracts/lab-session.ts'
import type { Random } from '../contracts/random.ts'
import type { Violation } from './invariants/invariant.ts'
import { watchedWorld } from './invariants/invariant-monitor.ts'
import { simulatedDaemonControl } from './world/daemon-control.ts'
import { simulatedDriver } from './world/driver.ts'
import { simulatedGuestControl } from './world/guest-control.ts'
import { simulatedObserver } from './world/observer.ts'
import type { WorldParameters } from './world/parameters.ts'
import { SimulatedProbes } from './world/probing.ts'
import { World } from './world/world.ts'

export interface EmbeddedLabOptions {
  readonly lab: Lab
  /** `treatment`: guests are HA resources. `control`: they are not, and start with their node. */
  readonly group: Group
  readonly clock: Clock & EventScheduler
  readonly random: Random
  /** Instead of the documented values. */
  readonly parameters?: Partial<WorldParameters>
  /** Has every invariant checked, and hears of what is violated. The course of the lab is the same. */
  readonly violated?: (violation: Violation) => void
}

/**
 * Opens a simulated lab: built, switched on this moment, and not ready before its nodes have booted. The same
 * seed and the same commands at the same moments give the same course.
 */
export function openEmbeddedLab(options: EmbeddedLabOptions): LabSession {
  const { lab, clock, random, violated } = options
  const worldOptions = { ...options, scheduler: clock, random: random.fork('world') }
  const world = violated === undefined ? new World(worldOptions) : watchedWorld(worldOptions, violated).world
  world.switchOn()
  return {
    lab,
    driver: simulatedDriver(world, clock, random.fork('driver')),
    guestControl: simulatedGuestControl(world, clock, random.fork('guest control')),
    daemonControl: simulatedDaemonControl(world, clock, random.fork('daemon control')),
    observer: simulatedObserver(world, clock, random.fork('observer')),
    probes: new SimulatedProbes(world, clock, random.fork('probes')),
    addressOf(subject, kind) {
      const address = addressOf(lab, subject)
      if (kind === 'icmp') return address
      const port = portOf(lab, subject)
      if (kind === 'tcp') return `${address}:${port}`
      return port === ports.web ? `http://${address}/` : `http://${address}:${port}/`
    },
    onLog: (listener) => world.onLog(listener),
    resumption: 'replay',
    async close() {
      for (const machine of [...world.nodes, ...world.storages.servers]) machine.cutPower()
    },
  }
}

/** Where services of each kind are asked: HTTP, PostgreSQL, MQTT, SMB. */
const ports = { web: 80, database: 5432, broker: 1883, file: 445 } as const

function portOf(lab: Lab, subject: string): number {
  const services = lab.guests.find((guest) => guest.id === subject)?.services
  return ports[services?.[0]?.kind ?? 'web']
}

/** Guests follow the nodes in a network reserved for documentation (RFC 5737); the first address is the control. */
function addressOf(lab: Lab, subject: string): string {
  if (subject === 'control') return '192.0.2.1'
  const index = lab.guests.findIndex((guest) => guest.id === subject)
  return index < 0
    ? throwProblem('plan.guest-unknown', { guest: subject, field: 'guests' })
    : `192.0.2.${index + 20}`
}
