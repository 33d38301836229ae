import type { Random } from '../../contracts/random.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { NodeMachine } from './node-machine.ts'
import { millisecondsIn, type Range, type WorldParameters } from './parameters.ts'
import { advance, beginPreCopy, type MovingMemory, type PreCopy, secondsToStep } from './pre-copy.ts'

/** What the one who asked for a migration hears of it. */
export type MigrationEvent =
  | { readonly kind: 'target-starts' | 'tunnel-starts' }
  | { readonly kind: 'copying-starts' | 'limit-raised'; readonly limitSeconds: number }
  | {
      readonly kind: 'copied'
      readonly seconds: number
      readonly stoppedSeconds: number
      readonly sentMiB: number
    }

/** How far the copy of memory is. */
export interface MigrationProgress {
  readonly sentMiB: number
  readonly bandwidthMiBPerSecond: number
  /** All is copied; what is left is to resume the guest and to tidy up. */
  readonly isComplete: boolean
}

export interface MigrationRequest {
  readonly guest: GuestMachine
  readonly source: NodeMachine
  readonly target: NodeMachine
  /** As it is now: how fast the guest writes to it depends on what its services have to do. */
  memory(): MovingMemory
  /** Copying its disk, which comes first; 0 where the storage is shared. */
  readonly diskSeconds: number
  heard(event: MigrationEvent): void
  /** Called once, with what went wrong if something did. Never when the source itself dies. */
  done(error?: string): void
}

interface Surroundings {
  readonly parameters: WorldParameters
  readonly random: Random
  isConnected(source: string, target: string): boolean
  bandwidthMiBPerSecond(migration: LiveMigration): number
  /** Why the target cannot take the guest; asked when its process is to be started there. */
  refusal(guest: GuestMachine, target: NodeMachine): string | undefined
  /** The configuration can be moved, which the cluster file system must allow. */
  canTakeOver(source: NodeMachine): boolean
  takeOver(guest: GuestMachine, target: NodeMachine): void
  /** It begins or ends to take part in sharing the network. */
  shareChanged(): void
  ended(): void
}

/**
 * One virtual machine on its way to another node: a process is started at the target, a tunnel opened, memory
 * copied, the guest resumed there, the source tidied up. The guest runs at the source until it is resumed. While
 * the nodes do not reach each other everything waits, as long as TCP does; a target that has booted meanwhile
 * knows nothing of it and resets the connection.
 */
export class LiveMigration {
  readonly request: MigrationRequest
  readonly #with: Surroundings
  readonly #targetBootMs: number | undefined
  /** What is under way: the copy of memory, or something that takes its time. */
  #memory: PreCopy | undefined
  #leg: { leftSeconds: number; readonly next: () => void } | undefined
  #rate = 0
  #accountedMs: number
  #isConnected = false
  #hasMoved = false
  #isOver = false
  #cancelStep: (() => void) | undefined
  #cancelPatience: (() => void) | undefined

  constructor(request: MigrationRequest, surroundings: Surroundings) {
    this.request = request
    this.#with = surroundings
    this.#targetBootMs = request.target.upSinceMs
    this.#accountedMs = request.source.scope.nowMs()
  }

  /** Memory of the guest is held at the target already. */
  get isArriving(): boolean {
    return this.#memory !== undefined && !this.#hasMoved
  }

  /** It takes part in sharing the network. */
  get isCopying(): boolean {
    return this.#memory !== undefined && this.#memory.phase !== 'complete'
  }

  /** Undefined before the copy of memory begins. */
  get progress(): MigrationProgress | undefined {
    if (this.#memory === undefined) return undefined
    const { sentMiB } = advance(this.#memory, this.#secondsSinceAccount, this.#rate)
    return { sentMiB, bandwidthMiBPerSecond: this.#rate, isComplete: !this.isCopying }
  }

  start(): void {
    const { migrationPrepare, migrationTunnel } = this.#with.parameters
    this.request.heard({ kind: 'target-starts' })
    this.#take(this.#draw(migrationPrepare), () => {
      const refusal = this.#with.refusal(this.request.guest, this.request.target)
      if (refusal !== undefined) {
        this.#abort(refusal)
        return
      }
      this.#isConnected = true
      this.request.heard({ kind: 'tunnel-starts' })
      this.#take(this.#draw(migrationTunnel) + this.request.diskSeconds, () => this.#copyMemory())
    })
  }

  /** Ways, shares of the network or the guest itself may be other than before. */
  reconsider(): void {
    if (this.#isOver) return
    this.#account()
    if (!this.#isOver) this.#goOn()
  }

  /** The source is gone, and everything with it. */
  vanish(): void {
    this.#isOver = true
    this.#cancelStep?.()
    this.#cancelPatience?.()
  }

  #copyMemory(): void {
    const { migrationDowntimeLimit, migrationPatience, migrationRaise, migrationDeviceState } =
      this.#with.parameters
    this.#memory = beginPreCopy(this.request.memory(), {
      downtimeLimitSeconds: migrationDowntimeLimit,
      patienceSeconds: migrationPatience,
      raiseFactor: migrationRaise,
      deviceStateMiB: migrationDeviceState,
    })
    this.request.heard({ kind: 'copying-starts', limitSeconds: migrationDowntimeLimit })
    this.#with.shareChanged()
  }

  #memoryMoved(before: PreCopy, after: PreCopy): void {
    const { guest, heard } = this.request
    const { limitSeconds, phase, totalSeconds, stoppedSeconds, sentMiB } = after
    if (limitSeconds > before.limitSeconds) heard({ kind: 'limit-raised', limitSeconds })
    if (phase === before.phase) return
    if (phase === 'stopped') {
      guest.setInHandover(true)
      return
    }
    heard({ kind: 'copied', seconds: totalSeconds, stoppedSeconds, sentMiB })
    this.#take(this.#draw(this.#with.parameters.migrationResume), () => this.#takeOver())
    this.#with.shareChanged()
  }

  #takeOver(): void {
    const { guest, source, target } = this.request
    if (!this.#with.canTakeOver(source)) {
      this.#abort('cluster not ready - no quorum?')
      return
    }
    this.#hasMoved = true
    this.#with.takeOver(guest, target)
    this.#take(this.#draw(this.#with.parameters.migrationFinish), () => this.#end())
  }

  #take(seconds: number, next: () => void): void {
    this.#leg = { leftSeconds: seconds, next }
    this.#goOn()
  }

  #draw(seconds: Range): number {
    return millisecondsIn(seconds, this.#with.random) / 1000
  }

  get #secondsSinceAccount(): number {
    return (this.request.source.scope.nowMs() - this.#accountedMs) / 1000
  }

  /** Counts what has happened since the last look, and takes the step that was due. */
  #account(): void {
    const seconds = this.#secondsSinceAccount
    this.#accountedMs = this.request.source.scope.nowMs()
    if (this.#leg !== undefined) {
      this.#leg.leftSeconds -= seconds * this.#rate
      if (this.#leg.leftSeconds > 1e-9) return
      const { next } = this.#leg
      this.#leg = undefined
      next()
    } else if (this.#memory !== undefined) {
      const before = this.#memory
      const after = advance(before, seconds, this.#rate)
      this.#memory = { ...after, memory: this.request.memory() }
      this.#memoryMoved(before, this.#memory)
    }
  }

  /** Plans the next step by what the nodes and the network are now. */
  #goOn(): void {
    const { guest, source, target } = this.request
    this.#cancelStep?.()
    const isThere = this.#hasMoved || (guest.host === source.name && guest.isRunning)
    if (!isThere) {
      this.#abort(`${guest.id} is not running any more`)
      return
    }
    const isConnected = this.#with.isConnected(source.name, target.name)
    if (isConnected && target.upSinceMs !== this.#targetBootMs) {
      this.#abort('connection reset by peer')
      return
    }
    this.#wait(!isConnected)
    const isTimed = this.#leg !== undefined
    this.#rate = isConnected ? (isTimed ? 1 : this.#with.bandwidthMiBPerSecond(this)) : 0
    if (this.#rate === 0) return
    const seconds =
      this.#leg?.leftSeconds ?? (this.#memory === undefined ? 0 : secondsToStep(this.#memory, this.#rate))
    if (seconds === Number.POSITIVE_INFINITY) return
    // A remainder too small for the clock must not plan itself anew for this very moment.
    const stepMs = seconds > 0 ? Math.max(1, Math.ceil(seconds * 1000 - 1e-6)) : 0
    this.#cancelStep = source.scope.after(stepMs, () => this.reconsider())
  }

  /** A peer that does not answer is given up soon while there is no connection, and late once there is one. */
  #wait(isSilent: boolean): void {
    if (isSilent === (this.#cancelPatience !== undefined)) return
    this.#cancelPatience?.()
    this.#cancelPatience = undefined
    if (!isSilent) return
    const { migrationUnreachable, migrationSilence } = this.#with.parameters
    const [seconds, reason] = this.#isConnected
      ? [migrationSilence, 'connection timed out']
      : [migrationUnreachable, 'no route to host']
    this.#cancelPatience = this.request.source.scope.after(seconds * 1000, () => this.#abort(reason))
  }

  #abort(reason: string): void {
    if (!this.#hasMoved) this.request.guest.setInHandover(false)
    // Once the guest has moved, only the source's tidying up is cut short.
    this.#end(this.#hasMoved ? undefined : reason)
  }

  #end(error?: string): void {
    if (this.#isOver) return
    this.vanish()
    this.#with.ended()
    this.request.done(error)
  }
}
