import type { GuestKind, LabGuest } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import type { EventScope } from './event-scope.ts'
import { GuestServices } from './guest-services.ts'
import { GuestWork, type Need } from './guest-work.ts'
import { millisecondsIn, type Range, type WorldParameters } from './parameters.ts'
import type { DiskEnd, GuestDisk } from './storage/guest-storage.ts'

/**
 * What a client meets. `silent`: nothing answers; `kernel`: the system answers, its first service does not run;
 * `serving`: all well; `stalled`: connections are accepted, but the disk or a guest that it needs does not answer;
 * `failing`: it answers at once that a guest it needs refuses it.
 */
export type Reach = 'silent' | 'kernel' | 'serving' | 'stalled' | 'failing'

/** How far a process has come. */
export type Stage = 'task' | 'kernel' | 'up' | 'suspending' | 'stopping'

/** The node a guest runs on, as far as the guest can tell. */
export interface GuestHost {
  readonly name: string
  /** Ends with the node's boot, and everything of the guest with it. */
  readonly scope: EventScope
  slowdown(): number
}

export interface GuestSurroundings {
  readonly random: Random
  readonly parameters: WorldParameters
  /** Memory really touched, in MiB. */
  residentMiB(): number
  /** Another one after it was moved to another storage. */
  disk: GuestDisk
  isReachedFromLaptop(node: string): boolean
  /** A guest on one node reaches one on the other. */
  isReachedFromGuest(viewer: string, node: string): boolean
  /** What a client on that node meets at another guest. */
  reachOf(guest: string, viewer: string): Reach
}

interface ProcessOptions {
  readonly spec: LabGuest
  readonly kind: GuestKind
  readonly host: GuestHost
  readonly surroundings: GuestSurroundings
  /** Its stage or node is another now. */
  changed(): void
  /** What probes meet may be another now. */
  reachMayChange(): void
}

/**
 * A guest's process and the system that runs in it. Booting needs the disk, so it stands still while the
 * storage does not answer; a running guest keeps answering echo and connects meanwhile.
 */
export class GuestProcess {
  readonly sinceMs: number
  readonly #options: ProcessOptions
  readonly #work: GuestWork
  readonly services: GuestServices
  #host: GuestHost
  #stage: Stage = 'task'
  #networkUp = false
  #isPaused = false
  #isInHandover = false
  /** Somebody waits for it to shut down. */
  isAskedToStop = false

  constructor(options: ProcessOptions) {
    const { host } = options
    this.#options = options
    this.#host = host
    this.sinceMs = host.scope.nowMs()
    this.#work = new GuestWork(host.scope, (need) => this.#has(need))
    this.services = new GuestServices({
      specs: options.spec.services,
      random: options.surroundings.random,
      parameters: options.surroundings.parameters,
      work: this.#work,
      slowdown: () => this.#host.slowdown(),
      changed: () => options.reachMayChange(),
    })
  }

  get host(): GuestHost {
    return this.#host
  }

  get stage(): Stage {
    return this.#stage
  }

  /** Its processors were stopped by command. */
  get isPaused(): boolean {
    return this.#isPaused
  }

  get reach(): Reach {
    return this.#reachBy(this.#options.surroundings.isReachedFromLaptop)
  }

  /** What another guest on that node meets. */
  reachFrom(viewer: string): Reach {
    return this.#reachBy((node) => this.#options.surroundings.isReachedFromGuest(viewer, node))
  }

  /** Its service works and its disk answers. */
  get writes(): boolean {
    return this.services.isFrontServing && !this.#standsStill && this.#has('disk')
  }

  /** The start task: the disk is opened, then the process runs, unless the disk refuses. */
  prepare(done: (refusal?: string) => void): void {
    const { disk, parameters } = this.#options.surroundings
    this.#begin(this.#isVm ? parameters.vmStartTask : parameters.ctStartTask, 'opening', () => {
      const refusal = disk.startRefusal(this.#host.name)
      if (refusal !== undefined) {
        done(refusal)
        return
      }
      disk.open(this.#host.name)
      this.#enter('kernel')
      done()
    })
  }

  /** From the kernel to services. */
  boot(): void {
    const { vmKernel, ctKernel } = this.#options.surroundings.parameters
    this.#begin(this.#isVm ? vmKernel : ctKernel, 'disk', () =>
      this.#announceAddress(() => {
        this.#enter('up')
        this.services.startAll()
      }),
    )
  }

  /** The reset button: the process stays, the system in it begins anew. */
  reset(): void {
    this.#work.clear()
    this.services.clear()
    this.#networkUp = false
    this.#enter('kernel')
    this.boot()
  }

  /** A container's init hears a signal at any time; a virtual machine needs a system that knows the button. */
  get heedsPowerButton(): boolean {
    if (this.#isPaused || this.#stage === 'stopping') return false
    return !this.#isVm || (this.#stage === 'up' && this.#options.spec.ignoresPowerButton !== true)
  }

  goDown(gone: () => void): void {
    const { vmShutdown, ctShutdown } = this.#options.surroundings.parameters
    this.#work.clear()
    this.#enter('stopping')
    this.services.stopAll()
    this.#begin(this.#isVm ? vmShutdown : ctShutdown, 'disk', gone)
  }

  /** Writes its memory to disk. */
  saveMemory(saved: () => void): void {
    this.#work.clear()
    this.#enter('suspending')
    this.#work.begin(this.#memoryTransferMs(), 'disk', saved)
  }

  /** Reads its memory from disk and goes on as it was, with those services. */
  loadMemory(activeServices: readonly string[]): void {
    this.#work.begin(this.#memoryTransferMs(), 'disk', () =>
      this.#announceAddress(() => {
        this.services.restore(activeServices)
        this.#enter('up')
      }),
    )
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.refreshDisk()
  }

  /** Live migration: its processors stand still while the last of its memory is copied, or go on. */
  setInHandover(isInHandover: boolean): void {
    this.#isInHandover = isInHandover
    this.refreshDisk()
  }

  /** Live migration: it goes on at another node, reachable once switches have learned that. */
  moveTo(host: GuestHost): void {
    this.#options.surroundings.disk.move(this.#host.name, host.name)
    this.#host = host
    this.#isInHandover = false
    this.#work.moveTo(host.scope)
    this.#options.changed()
    if (this.#networkUp) {
      this.#networkUp = false
      this.#announceAddress(() => this.#options.reachMayChange())
    }
    this.refreshDisk()
  }

  /** The disk may have begun or ceased to answer. */
  refreshDisk(): void {
    this.#work.reconsider()
    this.#options.reachMayChange()
  }

  /** Nothing of it goes on. */
  end(): void {
    this.#work.clear()
  }

  closeDisk(end: DiskEnd): void {
    if (this.#stage !== 'task') this.#options.surroundings.disk.close(this.#host.name, end)
  }

  get #standsStill(): boolean {
    return this.#processorsStandStill || this.#stage === 'suspending'
  }

  get #processorsStandStill(): boolean {
    return this.#isPaused || this.#isInHandover || this.#host.scope.standsStill
  }

  get #isVm(): boolean {
    return this.#options.kind === 'vm'
  }

  #reachBy(isReached: (node: string) => boolean): Reach {
    const { disk, reachOf } = this.#options.surroundings
    const { name } = this.#host
    if (!this.#networkUp || this.#standsStill || !isReached(name)) return 'silent'
    if (!this.services.isFrontServing) return 'kernel'
    const { usesDisk, needs = [] } = this.services.front
    if (usesDisk !== false && !disk.answers(name)) return 'stalled'
    for (const guest of needs) {
      const reach = reachOf(guest, name)
      if (reach === 'kernel' || reach === 'failing') return 'failing'
      if (reach !== 'serving') return 'stalled'
    }
    return 'serving'
  }

  #has(need: Need): boolean {
    const { disk } = this.#options.surroundings
    if (this.#processorsStandStill) return false
    if (need === 'processors') return true
    return need === 'disk' ? disk.answers(this.#host.name) : disk.opens(this.#host.name)
  }

  /** Switches learn from its first packet where it is now; from then on it is reached. */
  #announceAddress(then: () => void): void {
    const { parameters, random } = this.#options.surroundings
    this.#work.begin(random.between(...parameters.addressRelearn), 'processors', () => {
      this.#networkUp = true
      then()
    })
  }

  #memoryTransferMs(): number {
    const { parameters, residentMiB } = this.#options.surroundings
    return (residentMiB() / parameters.guestStateRate) * 1000
  }

  #enter(stage: Stage): void {
    this.#stage = stage
    this.#options.changed()
    this.#options.reachMayChange()
  }

  /** Work of a drawn length, longer on a slow node. */
  #begin(seconds: Range, need: Need, finish: () => void): void {
    const lengthMs = millisecondsIn(seconds, this.#options.surroundings.random) * this.#host.slowdown()
    this.#work.begin(lengthMs, need, finish)
  }
}
