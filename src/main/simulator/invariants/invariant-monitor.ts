import type { EventScheduler } from '../../contracts/clock.ts'
import type { LockAttempt } from '../world/cluster-file-system.ts'
import type { GuestMachine } from '../world/guest-machine.ts'
import { World, type WorldOptions } from '../world/world.ts'
import type { WorldWitness } from '../world/world-witness.ts'
import type { Invariant, InvariantId, Violation } from './invariant.ts'
import { invariantCatalogue } from './invariant-catalogue.ts'
import { StateFingerprint } from './state-fingerprint.ts'

/** A world and what must hold in it. */
export interface WatchedWorld {
  readonly world: World
  readonly monitor: InvariantMonitor
}

/**
 * A world in which every invariant is checked after every event, hence in every simulated second. The course of the
 * world is the same as without.
 */
export function watchedWorld(
  options: WorldOptions,
  violated: (violation: Violation) => void = () => {},
): WatchedWorld {
  const monitor = new InvariantMonitor(violated)
  const world = new World({
    ...options,
    scheduler: watchedScheduler(options.scheduler, monitor),
    witness: monitor,
  })
  monitor.watch(world)
  return { world, monitor }
}

/** Events of a world, each followed by a look at what it did. */
function watchedScheduler(scheduler: EventScheduler, monitor: InvariantMonitor): EventScheduler {
  return {
    nowMs: () => scheduler.nowMs(),
    at: (atMs, action) =>
      scheduler.at(atMs, () => {
        action()
        monitor.look()
      }),
  }
}

/** Passes acts on to the invariants and lets them look at the state when it has changed. */
export class InvariantMonitor implements WorldWitness {
  readonly violations: Violation[] = []
  readonly #violated: (violation: Violation) => void
  readonly #reported = new Set<string>()
  #world: World | undefined
  #invariants: readonly Invariant[] = []
  #fingerprint: StateFingerprint | undefined
  #pathsChanged = true
  #nextSecondMs = 0

  constructor(violated: (violation: Violation) => void = () => {}) {
    this.#violated = violated
  }

  /** To be called once, before anything happens in that world. */
  watch(world: World): void {
    this.#world = world
    this.#fingerprint = new StateFingerprint(world)
    const ids = Object.keys(invariantCatalogue) as InvariantId[]
    this.#invariants = ids.map((id) =>
      invariantCatalogue[id]({
        world,
        report: (subject, observed) => this.#report(id, subject, observed),
      }),
    )
  }

  /** Compares the state with the last one seen, and has it checked if it is another. */
  look(): void {
    const world = this.#world
    if (world === undefined || this.#fingerprint === undefined) return
    const { places, guests } = this.#fingerprint.change()
    const change = { places: places || this.#pathsChanged, guests }
    this.#pathsChanged = false
    if (change.places || guests) for (const invariant of this.#invariants) invariant.stateChanged?.(change)
    const nowMs = world.scheduler.nowMs()
    if (nowMs < this.#nextSecondMs) return
    this.#nextSecondMs = nowMs + 1000
    for (const invariant of this.#invariants) invariant.timePassed?.()
  }

  lockAsked(name: string, node: string, process: string, outcome: LockAttempt): void {
    for (const invariant of this.#invariants) invariant.lockAsked?.(name, node, process, outcome)
  }

  lockReleased(name: string): void {
    for (const invariant of this.#invariants) invariant.lockReleased?.(name)
  }

  written(node: string, file: string): void {
    for (const invariant of this.#invariants) invariant.written?.(node, file)
  }

  guestStarts(guest: GuestMachine, node: string): void {
    for (const invariant of this.#invariants) invariant.guestStarts?.(guest, node)
  }

  votesExpected(nodes: readonly string[], votes: number): void {
    for (const invariant of this.#invariants) invariant.votesExpected?.(nodes, votes)
  }

  pathsChanged(): void {
    this.#pathsChanged = true
    for (const invariant of this.#invariants) invariant.pathsChanged?.()
  }

  #report(invariant: InvariantId, subject: string, observed: string): void {
    const key = `${invariant} ${subject}`
    if (this.#reported.has(key)) return
    this.#reported.add(key)
    const violation = { invariant, subject, observed, atMs: this.#world?.scheduler.nowMs() ?? 0 }
    this.violations.push(violation)
    this.#violated(violation)
  }
}
