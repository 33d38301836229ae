import type { Random } from '../../contracts/random.ts'
import type { GuestMachine } from './guest-machine.ts'
import { LiveMigration, type MigrationProgress, type MigrationRequest } from './live-migration.ts'
import type { Path } from './network.ts'
import type { NodeMachine } from './node-machine.ts'
import type { WorldParameters } from './parameters.ts'

interface Surroundings {
  readonly parameters: WorldParameters
  readonly random: Random
  /** Both nodes answer each other over the network that migrations use. */
  isConnected(source: string, target: string): boolean
  path(source: string, target: string): Path
  slowdown(node: NodeMachine): number
  refusal(guest: GuestMachine, target: NodeMachine): string | undefined
  canTakeOver(source: NodeMachine): boolean
  takeOver(guest: GuestMachine, source: NodeMachine, target: NodeMachine): void
}

/** All virtual machines that are on their way to another node, and how they share the network. */
export class LiveMigrations {
  readonly #with: Surroundings
  readonly #all = new Map<string, LiveMigration>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  begin(request: MigrationRequest): void {
    const { guest, source } = request
    const migration = new LiveMigration(request, {
      parameters: this.#with.parameters,
      random: this.#with.random,
      isConnected: this.#with.isConnected,
      bandwidthMiBPerSecond: (one) => this.#bandwidthMiBPerSecond(one),
      refusal: this.#with.refusal,
      canTakeOver: this.#with.canTakeOver,
      takeOver: (moved, target) => this.#with.takeOver(moved, source, target),
      shareChanged: () => this.reconsider(),
      ended: () => {
        this.#all.delete(guest.id)
        this.reconsider()
      },
    })
    this.#all.set(guest.id, migration)
    migration.start()
  }

  isMoving(guest: GuestMachine): boolean {
    return this.#all.has(guest.id)
  }

  /** Undefined before the copy of its memory begins, and when it does not move. */
  progressOf(guest: GuestMachine): MigrationProgress | undefined {
    return this.#all.get(guest.id)?.progress
  }

  /** The node that holds its memory beside the one it runs on. */
  arrivalOf(guest: string): string | undefined {
    const migration = this.#all.get(guest)
    return migration?.isArriving === true ? migration.request.target.name : undefined
  }

  /** Ways, nodes or guests may be other than before. */
  reconsider(): void {
    for (const migration of this.#all.values()) migration.reconsider()
  }

  guestChanged(guest: GuestMachine): void {
    this.#all.get(guest.id)?.reconsider()
  }

  /** Its guests are gone with it; those on their way to it wait. */
  nodeHalted(node: string): void {
    for (const [guest, migration] of this.#all) {
      if (migration.request.source.name !== node) continue
      migration.vanish()
      this.#all.delete(guest)
    }
  }

  /** One encrypted stream, as fast as its source can and the way allows; all streams of a node share both. */
  #bandwidthMiBPerSecond(migration: LiveMigration): number {
    const { source, target } = migration.request
    const copying = [...this.#all.values()].filter(({ isCopying }) => isCopying)
    const at = (node: NodeMachine) =>
      copying.filter(({ request }) => request.source === node || request.target === node).length
    const sharers = Math.max(1, at(source), at(target))
    const stream = this.#with.parameters.migrationRate / this.#with.slowdown(source)
    return Math.min(stream / sharers, tcpMiBPerSecond(this.#with.path(source.name, target.name), sharers))
  }
}

const mebibyte = 2 ** 20
const segmentBytes = 1460
/** Round trip of a way without latency of its own. */
const leastRoundTripSeconds = 0.0003

/**
 * What one TCP connection carries: its share of the narrowest part, and with loss no more than
 * MSS / RTT * sqrt(3 / 2p) (Mathis et al. 1997).
 */
function tcpMiBPerSecond({ bandwidthMbps, latencyMs, loss }: Path, sharers: number): number {
  const share = (bandwidthMbps * 1e6) / 8 / mebibyte / sharers
  if (loss === 0) return share
  const roundTripSeconds = leastRoundTripSeconds + (2 * latencyMs) / 1000
  return Math.min(share, ((segmentBytes / roundTripSeconds) * Math.sqrt(1.5 / loss)) / mebibyte)
}
