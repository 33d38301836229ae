import { type GuestKind, guestKindOf, type LabGuest } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import type { EventScope } from './event-scope.ts'
import { millisecondsIn, type Range, type WorldParameters } from './parameters.ts'

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
  waiting?: () => void
  /** Work under way that needs the disk: what is left of it, and since when it goes on. */
  work?: { remainingMs: number; readonly finish: () => void; sinceMs?: number; cancel?: () => void }
}

interface Surroundings {
  readonly random: Random
  readonly parameters: WorldParameters
  /** The disk answers reads and writes from that node. */
  diskAnswers(node: string): boolean
  /** A disk can be opened anew from that node; this also needs the monitors. */
  diskOpens(node: string): boolean
  isReachedFromLaptop(node: string): boolean
  /** Called before what probes meet changes to `next`. */
  reachChanges(guest: GuestMachine, next: Reach): void
  /** The process is there, or gone, or moved. */
  processChanged(guest: GuestMachine): void
}

/**
 * A guest: at most one process in the whole lab. Booting needs the disk, so it stands still while Ceph does
 * not answer; a running guest keeps answering echo and connects meanwhile.
 */
export class GuestMachine {
  readonly spec: LabGuest
  readonly kind: GuestKind
  readonly #with: Surroundings
  #process: Process | undefined
  #reach: Reach = 'silent'

  constructor(spec: LabGuest, surroundings: Surroundings) {
    this.spec = spec
    this.kind = guestKindOf(spec.id)
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

  /** `settled` is called when the start task is over, well or not; the guest's own boot goes on. */
  start(host: GuestHost, settled: () => void): void {
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
      this.kill()
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
      this.kill()
    })
    this.#work(this.kind === 'vm' ? parameters.vmShutdown : parameters.ctShutdown, () => this.kill())
  }

  /** Stops its processors, or lets them go on. */
  setPaused(isPaused: boolean): void {
    if (this.#process === undefined) return
    this.#process.isPaused = isPaused
    this.refreshDisk()
  }

  /** The process is gone at once. */
  kill(): void {
    const waiting = this.#process?.waiting
    this.losePower()
    waiting?.()
  }

  /** Its node is gone, and with it whoever waited for the guest. */
  losePower(): void {
    const process = this.#process
    if (process === undefined) return
    process.work?.cancel?.()
    this.#process = undefined
    this.refreshReach()
    this.#with.processChanged(this)
  }

  /** Live migration: the running process goes on at another node. False when it is not in full service. */
  moveTo(host: GuestHost): boolean {
    const process = this.#process
    if (process?.stage !== 'serving') return false
    process.host = host
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

  #currentReach(): Reach {
    const process = this.#process
    if (process === undefined || !process.networkUp || process.isPaused) return 'silent'
    if (!this.#with.isReachedFromLaptop(process.host.name)) return 'silent'
    if (!process.webServerUp) return 'kernel'
    return this.#with.diskAnswers(process.host.name) ? 'serving' : 'stalled'
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
    const diskWorks = process.stage === 'task' ? this.#with.diskOpens(name) : this.#with.diskAnswers(name)
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
