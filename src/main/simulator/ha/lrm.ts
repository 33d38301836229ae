/** The local resource manager daemon: acts on the guests of its node as the master's status asks. */
import type { LrmMode, LrmState, ServiceState } from './cluster-data.ts'
import {
  agentLockName,
  type DaemonStep,
  type Lrm,
  type LrmEnvironment,
  type StartUpGate,
} from './environment.ts'
import { ManagerView } from './lrm-view.ts'
import { LrmWork } from './lrm-work.ts'
import { messageOf } from './message-of.ts'
import { ProtectedLock } from './protected-lock.ts'
import { planShutdown } from './shutdown-policy.ts'

/** Rounds without any service on the node after which the LRM lets its lock go. */
const idleRoundsLimit = 60
/** Seconds after which a restart no longer waits for a lost lock. */
const lostLockPatienceSeconds = 90

/** Seconds between the beginnings of two rounds of an active LRM, and of one that waits. */
const activeSeconds = 10
const waitingSeconds = 5

/** States in which the service is not the LRM's business. */
const leftAlone: ReadonlySet<ServiceState> = new Set(['recovery', 'freeze', 'request_start'])

/** `gate` is given by the harness only: there one process plays the LRMs of all nodes. */
export function createLrm(env: LrmEnvironment, gate: StartUpGate = { open: false }): Lrm {
  return new LocalResourceManager(env, gate)
}

class LocalResourceManager implements Lrm {
  readonly #env: LrmEnvironment
  readonly #gate: StartUpGate
  readonly #lock: ProtectedLock
  readonly #view: ManagerView
  readonly #work: LrmWork
  #state: LrmState = 'wait_for_agent_lock'
  #mode: LrmMode = 'active'
  #stateSince: number
  #shutdownRequested = false
  #idleRounds = 0
  #refreshed = true
  /** An iteration, or the handling of an ended action, is going on. */
  #busy = false

  constructor(env: LrmEnvironment, gate: StartUpGate) {
    this.#env = env
    this.#gate = gate
    this.#lock = new ProtectedLock(env, agentLockName(env.node))
    this.#view = new ManagerView(env.node, env.release)
    this.#work = new LrmWork(env, this.#view, () => this.#afterAction())
    this.#stateSince = env.now()
    env.log('info', `status change startup => ${this.#state}`)
  }

  get state(): LrmState {
    return this.#state
  }

  get mode(): LrmMode {
    return this.#mode
  }

  /** Published at once, so that the master can act on it in its next round. */
  requestShutdown(): void {
    if (this.#shutdownRequested) return
    const env = this.#env
    const plan = planShutdown(env.shutdownKind(), env.readDatacenter().shutdownPolicy, this.#mode)
    for (const { level, message } of plan.log) env.log(level, message)
    if (plan.stopsGuests) for (const sid of this.#view.ownServices()) this.#work.enqueueStop(sid)
    this.#mode = plan.mode
    this.#shutdownRequested = true
    if (!this.#publish()) env.log('err', 'unable to update lrm status file - not quorate?')
  }

  iterate(): DaemonStep {
    this.#busy = true
    try {
      if (this.#runIteration()) return { next: 'exit' }
    } finally {
      this.#busy = false
    }
    return { next: 'iterate', inSeconds: this.#state === 'active' ? activeSeconds : waitingSeconds }
  }

  /** True when the daemon ends. */
  #runIteration(): boolean {
    this.#refreshed = this.#env.refresh()
    if (!this.#gate.open) {
      this.#gate.open = this.#publish()
      if (!this.#gate.open) return this.#shutdownRequested
    }
    this.#readManager()
    this.#transition(this.#view.isFenceRequested())
    switch (this.#state) {
      case 'wait_for_agent_lock':
        if (!this.#shutdownRequested) this.#publish()
        return this.#shutdownRequested
      case 'active':
        return this.#workActive()
      case 'lost_agent_lock':
        return this.#workWithoutLock()
      case 'maintenance':
        return this.#workInMaintenance()
    }
  }

  #enter(next: LrmState): void {
    if (next === this.#state) return
    this.#env.log('info', `status change ${this.#state} => ${next}`)
    this.#state = next
    this.#stateSince = this.#env.now()
  }

  #publish(): boolean {
    const env = this.#env
    if (!env.isQuorate()) return false
    const results = this.#work.results()
    try {
      env.writeLrmStatus({ state: this.#state, mode: this.#mode, results, timestamp: env.now() })
      return true
    } catch (error) {
      env.log('err', `unable to write lrm status file - ${messageOf(error)}`)
      return false
    }
  }

  /**
   * An action that ends between iterations frees a worker and is news for the master. The real daemon
   * polls its workers during most of its round; this is the same without the polling.
   */
  #afterAction(): void {
    if (this.#busy || (this.#state !== 'active' && this.#state !== 'maintenance')) return
    this.#busy = true
    try {
      this.#work.run()
    } catch {
      // The service config is not readable now; the next iteration says so.
    } finally {
      this.#busy = false
    }
    this.#publish()
  }

  /** False, with a word, when the status cannot be read; what was seen last stays. */
  #readManager(): boolean {
    try {
      this.#view.update(this.#env.readManagerStatus())
    } catch (error) {
      this.#env.log('err', `updating service status from manager failed: ${messageOf(error)}`)
      return false
    }
    if (this.#shutdownRequested) return true
    if (this.#view.isMaintenanceRequested()) this.#mode = 'maintenance'
    else if (this.#view.isDisarmRequested()) this.#mode = 'disarm'
    else if (this.#mode === 'maintenance' || this.#mode === 'disarm') this.#mode = 'active'
    return true
  }

  #transition(mustFence: boolean): void {
    const isQuorate = this.#env.isQuorate()
    switch (this.#state) {
      case 'wait_for_agent_lock':
        if (this.#mode === 'disarm' || mustFence || this.#view.activeCount() === 0 || !isQuorate) return
        if (this.#lock.acquire()) this.#enter('active')
        return
      case 'lost_agent_lock':
        if (!mustFence && isQuorate && this.#lock.acquire()) this.#enter('active')
        return
      case 'active':
        this.#leaveActive(mustFence)
        return
      case 'maintenance':
        this.#leaveMaintenance(mustFence)
    }
  }

  #leaveActive(mustFence: boolean): void {
    if (mustFence) {
      this.#env.log('err', 'node needs to be fenced - releasing agent_lock')
      this.#enter('lost_agent_lock')
    } else if (!this.#lock.acquire()) {
      this.#enter('lost_agent_lock')
    } else if (this.#mode === 'maintenance') {
      this.#enter('maintenance')
    } else if (this.#mode === 'disarm' && !this.#hasWorkAfterRun()) {
      this.#letGo('HA disarm requested, releasing agent lock and watchdog')
    } else {
      this.#countIdleRound()
    }
  }

  #leaveMaintenance(mustFence: boolean): void {
    if (mustFence) {
      this.#env.log('err', 'node needs to be fenced during maintenance mode - releasing agent_lock')
      this.#enter('lost_agent_lock')
    } else if (this.#mode === 'disarm' && this.#isEmpty()) {
      this.#letGo('HA disarm requested during maintenance, releasing agent lock and watchdog')
    } else if (!this.#isEmpty()) {
      if (!this.#lock.acquire()) this.#enter('lost_agent_lock')
    } else if (this.#mode !== 'maintenance') {
      this.#enter(this.#lock.acquire() ? 'active' : 'lost_agent_lock')
    }
  }

  #countIdleRound(): void {
    const isIdle = this.#view.ownServices().length === 0 && !this.#hasWorkAfterRun()
    this.#idleRounds = isIdle ? this.#idleRounds + 1 : 0
    if (this.#idleRounds <= idleRoundsLimit) return
    this.#letGo(`node had no service configured for ${idleRoundsLimit} rounds, going idle.`)
    this.#idleRounds = 0
  }

  #letGo(reason: string): void {
    this.#env.log('info', reason)
    this.#lock.release()
    this.#lock.closeWatchdog()
    this.#enter('wait_for_agent_lock')
  }

  #hasWorkAfterRun(): boolean {
    this.#work.run()
    return this.#work.pendingCount > 0
  }

  #isEmpty(): boolean {
    return this.#view.activeCount() === 0 && this.#work.pendingCount === 0
  }

  #manageResources(): void {
    const { services } = this.#view
    this.#work.forgetUntracked(services)
    for (const sid of this.#view.ownServices()) {
      const service = services[sid]
      // Without a uid, as in a status written by hand, a result could not be told apart from an older one.
      if (service !== undefined && service.uid !== '' && !leftAlone.has(service.state))
        this.#work.enqueue(sid, service)
    }
    this.#work.run()
  }

  #workActive(): boolean {
    let ended = false
    try {
      if (this.#readManager()) {
        if (this.#shutdownRequested) ended = this.#finishShutdown()
        else if (this.#refreshed) this.#manageResources()
        else this.#env.log('notice', 'temporary inconsistent cluster state (cfs restart?), skip round')
      }
    } catch (error) {
      this.#env.log('err', `got unexpected error - ${messageOf(error)}`)
    }
    this.#publish()
    return ended
  }

  /** True when everything that must be over before the daemon ends is over. */
  #finishShutdown(): boolean {
    const isRestart = this.#mode === 'restart'
    const isDone = !this.#hasWorkAfterRun() && (!isRestart || this.#view.activeCount() === 0)
    if (isDone && (isRestart || this.#work.stopErrors === 0)) {
      this.#lock.closeWatchdog()
      this.#lock.release()
    }
    return isDone
  }

  /** Nothing is published and no resource is touched without the lock. */
  #workWithoutLock(): boolean {
    if (!this.#shutdownRequested) return false
    const env = this.#env
    const running = this.#view.activeCount()
    if (running === 0) {
      this.#lock.closeWatchdog()
      return true
    }
    const found = `detected ${running} running services`
    env.log('err', `got shutdown request in state 'lost_agent_lock' - ${found}`)
    if (this.#mode !== 'restart' || env.now() - this.#stateSince <= lostLockPatienceSeconds) return false
    const patience = `over ${lostLockPatienceSeconds} seconds`
    env.log('err', `lost agent lock and restart request for ${patience} - giving up!`)
    return true
  }

  #workInMaintenance(): boolean {
    if (!this.#readManager()) return true
    const isEmpty = this.#isEmpty()
    if (isEmpty) {
      this.#lock.closeWatchdog()
      this.#lock.release()
    }
    const ended = isEmpty && this.#shutdownRequested
    if (!ended) this.#manageResources()
    this.#publish()
    return ended
  }
}
