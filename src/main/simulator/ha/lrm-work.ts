/**
 * The work queue of an LRM: at most one waiting action per service, a limited number under way, results
 * by uid. Stop jobs come from a node shutdown and carry no uid: nobody asks for their result.
 */
import type { ActionResult, ServiceConfig, ServiceId, ServiceStatus } from './cluster-data.ts'
import type { LrmEnvironment } from './environment.ts'
import { exitCodes } from './exit-codes.ts'
import { executeAction, type LrmAction } from './lrm-actions.ts'
import type { ManagerView } from './lrm-view.ts'
import { compareText } from './rule-checks.ts'

interface Job extends LrmAction {
  readonly uid?: string
  /** How often no worker was free for it; who waits longer goes first. */
  readonly passedOver: number
}

export class LrmWork {
  readonly #env: LrmEnvironment
  readonly #view: ManagerView
  readonly #onSettled: () => void
  readonly #waiting = new Map<ServiceId, Job>()
  readonly #underWay = new Map<ServiceId, Job>()
  readonly #restartTries = new Map<ServiceId, number>()
  readonly #results = new Map<string, ActionResult>()
  /** A copy of the results that nobody changes, until they are others. */
  #published: ReadonlyMap<string, ActionResult> | undefined
  #stopErrors = 0

  /** `onSettled` follows every ended action. */
  constructor(env: LrmEnvironment, view: ManagerView, onSettled: () => void) {
    this.#env = env
    this.#view = view
    this.#onSettled = onSettled
  }

  /** Waiting and running actions. */
  get pendingCount(): number {
    return this.#waiting.size + this.#underWay.size
  }

  /** Stop jobs that failed. */
  get stopErrors(): number {
    return this.#stopErrors
  }

  results(): ReadonlyMap<string, ActionResult> {
    this.#published ??= new Map(this.#results)
    return this.#published
  }

  /** Queues what the state of a service asks for. Each uid is executed once, `stopped` again and again. */
  enqueue(sid: ServiceId, { uid, state, target, timeoutSeconds }: ServiceStatus): void {
    if (this.#underWay.has(sid) || (state !== 'stopped' && this.#results.has(uid))) return
    this.#put({
      sid,
      uid,
      name: state,
      ...(target === undefined ? {} : { target }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    })
  }

  enqueueStop(sid: ServiceId): void {
    this.#put({ sid, name: 'request_stop' })
  }

  /** Starts as many waiting actions as there are free workers. Throws when the config is unreadable. */
  run(): void {
    const config = this.#env.readServiceConfig()
    if (this.#waiting.size === 0) return
    const ready = [...this.#waiting.values()].sort(
      (a, b) => b.passedOver - a.passedOver || compareText(a.sid, b.sid),
    )
    for (const job of ready) {
      if (this.#underWay.has(job.sid)) continue
      if (this.#underWay.size >= this.#env.maxWorkers) {
        this.#waiting.set(job.sid, { ...job, passedOver: job.passedOver + 1 })
        continue
      }
      this.#waiting.delete(job.sid)
      this.#underWay.set(job.sid, job)
      const service = config[job.sid]
      executeAction(this.#env, job, service, (exitCode) => this.#finish(job, exitCode, service))
    }
  }

  /** Forgets restart tries of services that are no longer tracked. */
  forgetUntracked(services: Readonly<Record<ServiceId, ServiceStatus>>): void {
    for (const sid of this.#restartTries.keys())
      if (!Object.hasOwn(services, sid)) this.#restartTries.delete(sid)
  }

  #put(job: Omit<Job, 'passedOver'>): void {
    this.#waiting.set(job.sid, { ...job, passedOver: this.#waiting.get(job.sid)?.passedOver ?? 0 })
  }

  #finish(job: Job, exitCode: number, config: ServiceConfig | undefined): void {
    this.#underWay.delete(job.sid)
    if (job.uid === undefined) {
      if (exitCode !== exitCodes.success) this.#stopErrors += 1
    } else {
      const reported = this.#judge(job, exitCode, config)
      if (reported !== exitCodes.tryAgain) this.#store(job.uid, job, reported)
    }
    this.#onSettled()
  }

  /** Applies the restart policy; the exit code to report, or `tryAgain`. */
  #judge({ sid, name }: Job, exitCode: number, config: ServiceConfig | undefined): number {
    if (name !== 'started') return exitCode
    if (exitCode === exitCodes.success) this.#restartTries.delete(sid)
    if (exitCode !== exitCodes.error) return exitCode
    const tries = this.#restartTries.get(sid) ?? 0
    if (tries >= (config?.maxRestart ?? 1)) {
      this.#env.log('err', `unable to start service ${sid} on local node after ${tries} retries`)
      this.#restartTries.delete(sid)
      return exitCodes.error
    }
    this.#restartTries.set(sid, tries + 1)
    this.#env.log('warning', `restart policy: retry number ${tries + 1} for service '${sid}'`)
    return exitCodes.tryAgain
  }

  /** Results of states that are over are of no use to anybody and are dropped. */
  #store(uid: string, { sid, name }: Job, exitCode: number): void {
    const current = this.#view.currentUids()
    this.#results.set(uid, { sid, action: name, exitCode })
    for (const known of this.#results.keys()) if (!current.has(known)) this.#results.delete(known)
    this.#published = undefined
  }
}
