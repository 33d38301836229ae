import { type GuestKind, guestKindOf, type LabGuest } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import type { EventScope } from './event-scope.ts'
import { millisecondsIn, type Range, type WorldParameters } from './parameters.ts'
import type { DiskEnd, GuestDisk } from './storage/guest-storage.ts'

/**
 * What a probe from the laptop meets. `silent`: nothing answers; `kernel`: the system answers, its web server
 * does not run; `serving`: all well; `stalled`: connections are accepted, but the disk does not answer.
 */
export type Reach = 'silent' | 'kernel' | 'serving' | 'stalled'

/** How far a guest's process has come. */
type Stage = 'task' | 'kernel' | 'service' | 'serving' | 'stopping'

/** The node a guest runs on, as far as the guest can tell. */
export interface GuestHost {
  readonly name: string
  /** Ends with the node's boot, and everything of the guest with it. */
  readonly scope: EventScope
  slowdown(): number
}

interface Process {
  host: GuestHost
  stage: Stage
  webServerUp: boolean
  networkUp: boolean
  isPaused: boolean
  readonly sinceMs: number
  /** Who started or stops it and has not heard of the end. */
  waiting?: (error?: string) => void
  /** Work under way that needs the disk: what is left of it, and since when it goes on. */
  work?: { remainingMs: number; readonly finish: () => void; sinceMs?: number; cancel?: () => void }
}

interface Surroundings {
  readonly random: Random
  readonly parameters: WorldParameters
  readonly disk: GuestDisk
  isReachedFromLaptop(node: string): boolean
  /** Called before what probes meet changes to `next`. */
  reachChanges(guest: GuestMachine, next: Reach): void
  /** It writes to its disk from now on, or no longer. */
  writingChanged(guest: GuestMachine, writes: boolean): void
  /** The process is there, or gone, or moved. */
  processChanged(guest: GuestMachine): void
}

/**
 * A guest: at most one process in the whole lab. Booting needs the disk, so it stands still while that does
 * not answer; a running guest keeps answering echo and connects meanwhile.
 */
export class GuestMachine {
  readonly spec: LabGuest
  readonly kind: GuestKind
  readonly disk: GuestDisk
  readonly #with: Surroundings
  #process: Process | undefined
  #reach: Reach = 'silent'

  constructor(spec: LabGuest, surroundings: Surroundings) {
    this.spec = spec
    this.kind = guestKindOf(spec.id)
    this.disk = surroundings.disk
    this.#with = surroundings
  }

  get id(): string {
    return this.spec.id
  }

  /** The node its process is on. */
  get host(): string | undefined {
    return this.#process?.host.name
  }

  get reach(): Reach {
    return this.#reach
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
    const { parameters, random } = this.#with
    const isVm = this.kind === 'vm'
    const process: Process = {
      host,
      stage: 'task',
      webServerUp: false,
      networkUp: false,
      isPaused: false,
      sinceMs: host.scope.nowMs(),
      waiting: settled,
    }
    this.#process = process
    this.#with.processChanged(this)
    this.#work(isVm ? parameters.vmStartTask : parameters.ctStartTask, () => {
      const refusal = this.disk.startRefusal(host.name)
      if (refusal !== undefined) {
        this.losePower()
        settled(refusal)
        return
      }
      this.disk.open(host.name)
      this.#enter('kernel')
      delete process.waiting
      settled()
      if (this.#process !== process || process.stage !== 'kernel') return
      this.#work(isVm ? parameters.vmKernel : parameters.ctKernel, () => {
        const relearnMs = Math.round(random.between(...parameters.addressRelearn))
        process.host.scope.after(relearnMs, () => this.#answerNetwork(process))
      })
    })
  }

  /** Asks the guest to shut down; after `timeoutSeconds` it is stopped hard, which `timedOut` hears of first. */
  shutdown(timeoutSeconds: number, timedOut: () => void, done: () => void): void {
    const process = this.#process
    if (process === undefined) {
      done()
      return
    }
    process.waiting = done
    if (timeoutSeconds === 0) {
      this.#terminate()
      return
    }
    const { parameters, random } = this.#with
    const { scope } = process.host
    this.#enter('stopping')
    scope.after(millisecondsIn(parameters.guestServiceStop, random), () => {
      process.webServerUp = false
      this.refreshReach()
    })
    scope.after(timeoutSeconds * 1000, () => {
      if (this.#process !== process) return
      timedOut()
      this.#terminate()
    })
    this.#work(this.kind === 'vm' ? parameters.vmShutdown : parameters.ctShutdown, () => this.#terminate())
  }

  /** Stops its processors, or lets them go on. */
  setPaused(isPaused: boolean): void {
    if (this.#process === undefined) return
    this.#process.isPaused = isPaused
    this.refreshDisk()
  }

  /** The process is gone at once and can do nothing about it. */
  kill(): void {
    this.#end('lost')
  }

  /** Its node is gone, and with it whoever waited for the guest. */
  losePower(): void {
    this.#vanish('lost')
  }

  /** The process is told to end, and closes its disk if that answers. */
  #terminate(): void {
    const host = this.host
    this.#end(host !== undefined && this.disk.answers(host) ? 'orderly' : 'lost')
  }

  #end(end: DiskEnd): void {
    const waiting = this.#process?.waiting
    this.#vanish(end)
    waiting?.()
  }

  #vanish(end: DiskEnd): void {
    const process = this.#process
    if (process === undefined) return
    process.work?.cancel?.()
    this.#process = undefined
    this.refreshReach()
    if (process.stage !== 'task') this.disk.close(process.host.name, end)
    this.#with.processChanged(this)
  }

  /** Live migration: the running process goes on at another node. False when it is not in full service. */
  moveTo(host: GuestHost): boolean {
    const process = this.#process
    if (process?.stage !== 'serving') return false
    const from = process.host.name
    process.host = host
    this.disk.move(from, host.name)
    this.#with.processChanged(this)
    this.refreshReach()
    return true
  }

  /** The disk may have begun or ceased to answer. */
  refreshDisk(): void {
    this.#pauseOrProceed()
    this.refreshReach()
  }

  refreshReach(): void {
    this.#with.writingChanged(this, this.#writes)
    const reach = this.#currentReach()
    if (reach === this.#reach) return
    this.#with.reachChanges(this, reach)
    this.#reach = reach
  }

  #answerNetwork(process: Process): void {
    if (this.#process !== process || process.stage === 'stopping') return
    process.networkUp = true
    this.#enter('service')
    this.#work(this.#with.parameters.guestService, () => {
      process.webServerUp = true
      this.#enter('serving')
    })
  }

  /** Its service works and its disk answers. */
  get #writes(): boolean {
    const process = this.#process
    return process?.webServerUp === true && !process.isPaused && this.disk.answers(process.host.name)
  }

  #currentReach(): Reach {
    const process = this.#process
    if (process === undefined || !process.networkUp || process.isPaused) return 'silent'
    if (!this.#with.isReachedFromLaptop(process.host.name)) return 'silent'
    if (!process.webServerUp) return 'kernel'
    return this.disk.answers(process.host.name) ? 'serving' : 'stalled'
  }

  #enter(stage: Stage): void {
    const process = this.#process
    if (process === undefined) return
    process.stage = stage
    this.#with.processChanged(this)
    this.refreshReach()
  }

  /** Work of a drawn length that goes on only while the disk answers. Replaces work under way. */
  #work(seconds: Range, finish: () => void): void {
    const process = this.#process
    if (process === undefined) return
    process.work?.cancel?.()
    const lengthMs = millisecondsIn(seconds, this.#with.random) * process.host.slowdown()
    process.work = { remainingMs: Math.round(lengthMs), finish }
    this.#pauseOrProceed()
  }

  #pauseOrProceed(): void {
    const process = this.#process
    const work = process?.work
    if (process === undefined || work === undefined) return
    const { scope, name } = process.host
    const diskWorks = process.stage === 'task' ? this.disk.opens(name) : this.disk.answers(name)
    const goesOn = diskWorks && !process.isPaused
    if (goesOn && work.sinceMs === undefined) {
      work.sinceMs = scope.nowMs()
      work.cancel = scope.after(work.remainingMs, () => {
        delete process.work
        work.finish()
      })
    } else if (!goesOn && work.sinceMs !== undefined) {
      work.cancel?.()
      work.remainingMs -= scope.nowMs() - work.sinceMs
      delete work.sinceMs
    }
  }
}
