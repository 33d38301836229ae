/**
 * The work queue of an LRM: at most one waiting action per service, a limited number under way, results
 * by uid. Stop jobs come from a node shutdown and carry no uid: nobody asks for their result.
 */
import type { ActionResult, ServiceConfig, ServiceId, ServiceStatus } from './cluster-data.ts'
import type { LrmEnvironment } from './environment.ts'
import { exitCodes } from './exit-codes.ts'
import { executeAction, type LrmAction } from './lrm-actions.ts'
import { compareText } from './rule-checks.ts'

interface Job extends LrmAction {
  readonly uid?: string
  /** How often no worker was free for it; who waits longer goes first. */
  readonly passedOver: number
}

export interface LrmWork {
  /** Queues what the state of a service asks for. Each uid is executed once, `stopped` again and again. */
  enqueue(sid: ServiceId, service: ServiceStatus): void
  enqueueStop(sid: ServiceId): void
  /** Starts as many waiting actions as there are free workers. Throws when the config is unreadable. */
  run(): void
  /** Waiting and running actions. */
  readonly pendingCount: number
  /** Stop jobs that failed. */
  readonly stopErrors: number
  results(): Readonly<Record<string, ActionResult>>
  /** Forgets restart tries of services that are no longer tracked. */
  forgetUntracked(services: Readonly<Record<ServiceId, ServiceStatus>>): void
}

/** `currentServices` answers the last manager status seen; `onSettled` follows every ended action. */
export function createLrmWork(
  env: LrmEnvironment,
  currentServices: () => Readonly<Record<ServiceId, ServiceStatus>>,
  onSettled: () => void,
): LrmWork {
  const waiting = new Map<ServiceId, Job>()
  const underWay = new Map<ServiceId, Job>()
  const restartTries = new Map<ServiceId, number>()
  let results = new Map<string, ActionResult>()
  let stopErrors = 0

  const put = (job: Omit<Job, 'passedOver'>) => {
    waiting.set(job.sid, { ...job, passedOver: waiting.get(job.sid)?.passedOver ?? 0 })
  }

  /** Applies the restart policy; the exit code to report, or `tryAgain`. */
  const judge = ({ sid, name }: Job, exitCode: number, config: ServiceConfig | undefined): number => {
    if (name !== 'started') return exitCode
    if (exitCode === exitCodes.success) restartTries.delete(sid)
    if (exitCode !== exitCodes.error) return exitCode
    const tries = restartTries.get(sid) ?? 0
    if (tries >= (config?.maxRestart ?? 1)) {
      env.log('err', `unable to start service ${sid} on local node after ${tries} retries`)
      restartTries.delete(sid)
      return exitCodes.error
    }
    restartTries.set(sid, tries + 1)
    env.log('warning', `restart policy: retry number ${tries + 1} for service '${sid}'`)
    return exitCodes.tryAgain
  }

  const finish = (job: Job, exitCode: number, config: ServiceConfig | undefined) => {
    underWay.delete(job.sid)
    if (job.uid === undefined) {
      if (exitCode !== exitCodes.success) stopErrors += 1
    } else {
      const reported = judge(job, exitCode, config)
      if (reported !== exitCodes.tryAgain) store(job.uid, job, reported)
    }
    onSettled()
  }

  const store = (uid: string, { sid, name }: Job, exitCode: number) => {
    const current = new Set(Object.values(currentServices()).map((service) => service.uid))
    results.set(uid, { sid, action: name, exitCode })
    results = new Map([...results].filter(([known]) => current.has(known)))
  }

  return {
    enqueue(sid, service) {
      const { uid, state, target, timeoutSeconds } = service
      if (underWay.has(sid) || (state !== 'stopped' && results.has(uid))) return
      put({
        sid,
        uid,
        name: state,
        ...(target === undefined ? {} : { target }),
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      })
    },
    enqueueStop(sid) {
      put({ sid, name: 'request_stop' })
    },
    run() {
      const config = env.readServiceConfig()
      const ready = [...waiting.values()].sort(
        (a, b) => b.passedOver - a.passedOver || compareText(a.sid, b.sid),
      )
      for (const job of ready) {
        if (underWay.has(job.sid)) continue
        if (underWay.size >= env.maxWorkers) {
          waiting.set(job.sid, { ...job, passedOver: job.passedOver + 1 })
          continue
        }
        waiting.delete(job.sid)
        underWay.set(job.sid, job)
        executeAction(env, job, config[job.sid], (exitCode) => finish(job, exitCode, config[job.sid]))
      }
    },
    get pendingCount() {
      return waiting.size + underWay.size
    },
    get stopErrors() {
      return stopErrors
    },
    results: () => Object.fromEntries(results),
    forgetUntracked(services) {
      for (const sid of restartTries.keys()) if (!Object.hasOwn(services, sid)) restartTries.delete(sid)
    },
  }
}
