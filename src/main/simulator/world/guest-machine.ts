import { type GuestKind, guestKindOf, type LabGuest } from '../../../shared/domain/lab.ts'
import { GuestLoad } from './guest-load.ts'
import { type GuestHost, GuestProcess, type GuestSurroundings, type Reach } from './guest-process.ts'
import type { GuestServices } from './guest-services.ts'
import { millisecondsIn } from './parameters.ts'
import type { DiskEnd, GuestDisk } from './storage/guest-storage.ts'

/** As Proxmox VE and QEMU call it. `suspended`: its memory lies on disk, no process runs. */
export type GuestState =
  | 'stopped'
  | 'starting'
  | 'running'
  | 'paused'
  | 'suspending'
  | 'suspended'
  | 'stopping'
  | 'rebooting'

interface Surroundings extends GuestSurroundings {
  /** Those it needs, and those that need it. */
  guest(id: string): GuestMachine
  readonly dependents: readonly string[]
  /** Called before what probes meet changes to `next`. */
  reachChanges(guest: GuestMachine, next: Reach): void
  /** It writes to its disk from now on, or no longer. */
  writingChanged(guest: GuestMachine, writes: boolean): void
  /** The process is there, or gone, or moved. */
  processChanged(guest: GuestMachine): void
}

/** Who waits for a guest and is told once. */
interface Waiting {
  readonly started: ((error?: string) => void)[]
  readonly gone: (() => void)[]
}

/** A guest: at most one process in the whole lab, or none. */
export class GuestMachine {
  readonly kind: GuestKind
  readonly load: GuestLoad
  #spec: LabGuest
  readonly #with: Surroundings
  #process: GuestProcess | undefined
  #waiting: Waiting = { started: [], gone: [] }
  #reach: Reach = 'silent'
  /** Its memory lies on disk, with these services at work, and is loaded at the next start. */
  #suspended: readonly string[] | undefined
  #isRebooting = false

  constructor(spec: LabGuest, surroundings: Surroundings) {
    this.#spec = spec
    this.kind = guestKindOf(spec.id)
    this.#with = surroundings
    this.load = new GuestLoad({
      guest: this,
      parameters: surroundings.parameters,
      process: () => this.#process,
      guestOf: (id) => surroundings.guest(id),
      dependents: surroundings.dependents,
    })
  }

  get spec(): LabGuest {
    return this.#spec
  }

  get disk(): GuestDisk {
    return this.#with.disk
  }

  /** Its disk was copied to where the description says now; a process goes over to the copy. */
  adoptDisk(spec: LabGuest, disk: GuestDisk): void {
    const { host } = this
    const old = this.disk
    this.#spec = spec
    this.#with.disk = disk
    if (host === undefined) return
    old.close(host, 'orderly')
    disk.open(host)
    this.refreshDisk()
  }

  get id(): string {
    return this.spec.id
  }

  /** The node its process is on. While it moves live, that is the source until the target takes over. */
  get host(): string | undefined {
    return this.#process?.host.name
  }

  get reach(): Reach {
    return this.#reach
  }

  get state(): GuestState {
    const process = this.#process
    if (this.#isRebooting) return 'rebooting'
    if (process === undefined) return this.#suspended === undefined ? 'stopped' : 'suspended'
    if (process.stage === 'task') return 'starting'
    if (process.stage === 'suspending') return 'suspending'
    if (process.isPaused) return 'paused'
    return process.isAskedToStop ? 'stopping' : 'running'
  }

  /** The process runs: its start task is over. */
  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.stage !== 'task'
  }

  get isPaused(): boolean {
    return this.#process?.isPaused === true
  }

  /** When its process was started, by the lab's clock. */
  get processSinceMs(): number | undefined {
    return this.#process?.sinceMs
  }

  /** `settled` is called when the start task is over, with its error if it failed; the guest's own boot goes on. */
  start(host: GuestHost, settled: (error?: string) => void): void {
    if (this.#process !== undefined) throw new Error(`${this.id} already has a process on ${this.host}`)
    const process = new GuestProcess({
      spec: this.spec,
      kind: this.kind,
      host,
      surroundings: this.#with,
      changed: () => this.#with.processChanged(this),
      reachMayChange: () => this.refreshReach(),
    })
    this.#process = process
    this.#waiting = { started: [settled], gone: [] }
    this.#with.processChanged(this)
    process.prepare((refusal) => {
      const started = this.#waiting.started.splice(0)
      this.#isRebooting = false
      if (refusal !== undefined) {
        this.kill()
        for (const each of started) each(refusal)
        return
      }
      const suspended = this.#suspended
      this.#suspended = undefined
      for (const each of started) each()
      if (this.#process !== process || process.stage !== 'kernel') return
      if (suspended === undefined) process.boot()
      else process.loadMemory(suspended)
    })
  }

  /** Called once, when the start task under way is over. */
  whenStartTaskEnds(then: () => void): void {
    this.#waiting.started.push(then)
  }

  /**
   * Asks the guest to shut down; one that does not heed that goes on. After `timeoutSeconds` it is stopped
   * hard, which `timedOut` hears of first.
   */
  shutdown(timeoutSeconds: number, timedOut: () => void, done: () => void): void {
    const process = this.#process
    this.#suspended = undefined
    if (process === undefined) {
      done()
      return
    }
    this.#waiting.gone.push(done)
    if (timeoutSeconds === 0) {
      this.#terminate()
      return
    }
    const { parameters, random } = this.#with
    const { scope } = process.host
    process.isAskedToStop = true
    if (process.heedsPowerButton) process.goDown(() => this.#terminate())
    scope.after(timeoutSeconds * 1000, () => {
      if (this.#process !== process) return
      timedOut()
      scope.after(millisecondsIn(parameters.guestTerminate, random), () => {
        if (this.#process === process) this.#terminate()
      })
    })
  }

  /** As `shutdown`, then it is started again on the same node; `done` is called when that has happened. */
  reboot(timeoutSeconds: number, timedOut: () => void, done: (error?: string) => void): void {
    const host = this.#process?.host
    if (host === undefined) {
      done()
      return
    }
    this.#isRebooting = true
    this.shutdown(timeoutSeconds, timedOut, () => this.start(host, done))
  }

  /** The reset button of a virtual machine. */
  reset(): void {
    if (this.isRunning) this.#process?.reset()
  }

  /** Writes its memory to disk and ends the process; the next start goes on from there. */
  suspend(done: () => void): void {
    if (this.#process === undefined) {
      done()
      return
    }
    const { activeNames } = this.#process.services
    this.#waiting.gone.push(done)
    this.#process.saveMemory(() => {
      this.#suspended = activeNames
      this.#terminate()
    })
  }

  /** Stops its processors, or lets them go on. */
  setPaused(isPaused: boolean): void {
    this.#process?.setPaused(isPaused)
  }

  /** The process is gone at once and can do nothing about it. */
  kill(): void {
    this.#end('lost')
  }

  /** Its node is gone, and with it whoever waited for the guest. */
  losePower(): void {
    this.#waiting = { started: [], gone: [] }
    this.#isRebooting = false
    this.#end('lost')
  }

  /** Live migration: its processors stand still while the last of its memory is copied, or go on. */
  setInHandover(isInHandover: boolean): void {
    this.#process?.setInHandover(isInHandover)
  }

  /** Live migration: the running process goes on at another node. False when it is not running any more. */
  moveTo(host: GuestHost): boolean {
    if (!this.isRunning) return false
    this.#process?.moveTo(host)
    return true
  }

  /** The disk may have begun or ceased to answer. */
  refreshDisk(): void {
    this.#process?.refreshDisk()
    this.refreshReach()
  }

  refreshReach(): void {
    this.#with.writingChanged(this, this.#process?.writes === true)
    const reach = this.#process?.reach ?? 'silent'
    if (reach !== this.#reach) {
      this.#with.reachChanges(this, reach)
      this.#reach = reach
    }
    for (const dependent of this.#with.dependents) this.#with.guest(dependent).refreshReach()
  }

  /** What another guest on that node meets. */
  reachFrom(viewer: string): Reach {
    return this.#process?.reachFrom(viewer) ?? 'silent'
  }

  /** Its services, while a process is there. */
  get services(): GuestServices | undefined {
    return this.#process?.services
  }

  /** The process is told to end, and closes its disk if that answers. */
  #terminate(): void {
    const { host } = this
    this.#end(host !== undefined && this.disk.answers(host) ? 'orderly' : 'lost')
  }

  #end(end: DiskEnd): void {
    const process = this.#process
    if (process === undefined) return
    const { started, gone } = this.#waiting
    this.#waiting = { started: [], gone: [] }
    this.#process = undefined
    process.end()
    this.refreshReach()
    process.closeDisk(end)
    this.#with.processChanged(this)
    for (const each of started) each()
    for (const each of gone) each()
  }
}
