import type { GuestKind, LabGuest } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import type { EventScope } from './event-scope.ts'
import { GuestWork, type Need } from './guest-work.ts'
import { millisecondsIn, type Range, type WorldParameters } from './parameters.ts'
import type { DiskEnd, GuestDisk } from './storage/guest-storage.ts'

/**
 * What a probe from the laptop meets. `silent`: nothing answers; `kernel`: the system answers, its web server
 * does not run; `serving`: all well; `stalled`: connections are accepted, but the disk does not answer.
 */
export type Reach = 'silent' | 'kernel' | 'serving' | 'stalled'

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
  readonly disk: GuestDisk
  isReachedFromLaptop(node: string): boolean
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
  #host: GuestHost
  #stage: Stage = 'task'
  #webServerUp = false
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
    const { disk, isReachedFromLaptop } = this.#options.surroundings
    const isAnswering = this.#networkUp && !this.#standsStill
    if (!isAnswering || !isReachedFromLaptop(this.#host.name)) return 'silent'
    if (!this.#webServerUp) return 'kernel'
    return disk.answers(this.#host.name) ? 'serving' : 'stalled'
  }

  /** Its service works and its disk answers. */
  get writes(): boolean {
    return this.#webServerUp && !this.#standsStill && this.#has('disk')
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
    const { vmKernel, ctKernel, guestService } = this.#options.surroundings.parameters
    this.#begin(this.#isVm ? vmKernel : ctKernel, 'disk', () =>
      this.#announceAddress(() => {
        this.#enter('up')
        this.#begin(guestService, 'disk', () => this.#setWebServer(true))
      }),
    )
  }

  /** The reset button: the process stays, the system in it begins anew. */
  reset(): void {
    this.#work.clear()
    this.#webServerUp = false
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
    const { guestServiceStop, vmShutdown, ctShutdown } = this.#options.surroundings.parameters
    this.#work.clear()
    this.#enter('stopping')
    const stopMs = millisecondsIn(guestServiceStop, this.#options.surroundings.random)
    this.#work.begin(stopMs, 'processors', () => this.#setWebServer(false))
    this.#begin(this.#isVm ? vmShutdown : ctShutdown, 'disk', gone)
  }

  /** Writes its memory to disk. */
  saveMemory(saved: () => void): void {
    this.#work.clear()
    this.#enter('suspending')
    this.#work.begin(this.#memoryTransferMs(), 'disk', saved)
  }

  /** Reads its memory from disk and goes on as it was. */
  loadMemory(): void {
    this.#work.begin(this.#memoryTransferMs(), 'disk', () =>
      this.#announceAddress(() => {
        this.#webServerUp = true
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

  #setWebServer(isUp: boolean): void {
    this.#webServerUp = isUp
    this.#options.reachMayChange()
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
