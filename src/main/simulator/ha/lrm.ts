/** The local resource manager daemon: acts on the guests of its node as the master's status asks. */
import type { LrmMode, LrmState, NodeState, ServiceId, ServiceState, ServiceStatus } from './cluster-data.ts'
import {
  agentLockName,
  type DaemonStep,
  type Lrm,
  type LrmEnvironment,
  type StartUpGate,
} from './environment.ts'
import { countActive } from './lrm-view.ts'
import { createLrmWork } from './lrm-work.ts'
import { createProtectedLock } from './protected-lock.ts'
import { planShutdown } from './shutdown-policy.ts'

/** Rounds without any service on the node after which the LRM lets its lock go. */
export const lrmIdleRounds = 60
/** Seconds after which a restart no longer waits for a lost lock. */
export const lostLockPatienceSeconds = 90

/** Seconds between the beginnings of two rounds of an active LRM, and of one that waits. */
const activeSeconds = 10
const waitingSeconds = 5

/** States in which the service is not the LRM's business. */
const leftAlone: ReadonlySet<ServiceState> = new Set(['recovery', 'freeze', 'request_start'])

export function createLrm(env: LrmEnvironment, gate: StartUpGate = { open: false }): Lrm {
  let state: LrmState = 'wait_for_agent_lock'
  let mode: LrmMode = 'active'
  let stateSince = env.now()
  let services: Readonly<Record<ServiceId, ServiceStatus>> = {}
  let ownNodeState: NodeState = 'unknown'
  let shutdownRequested = false
  let idleRounds = 0
  let refreshed = true
  /** An iteration, or the handling of an ended action, is going on. */
  let busy = false
  const lock = createProtectedLock(env, agentLockName(env.node))
  const work = createLrmWork(
    env,
    () => services,
    () => afterAction(),
  )
  env.log('info', `status change startup => ${state}`)

  const enter = (next: LrmState) => {
    if (next === state) return
    env.log('info', `status change ${state} => ${next}`)
    state = next
    stateSince = env.now()
  }

  const publish = (): boolean => {
    if (!env.isQuorate()) return false
    try {
      env.writeLrmStatus({ state, mode, results: work.results(), timestamp: env.now() })
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
  const afterAction = () => {
    if (busy || (state !== 'active' && state !== 'maintenance')) return
    busy = true
    try {
      work.run()
    } catch {
      // The service config is not readable now; the next iteration says so.
    } finally {
      busy = false
    }
    publish()
  }

  const readManager = (): boolean => {
    try {
      const status = env.readManagerStatus()
      services = status.serviceStatus
      ownNodeState = status.nodeStatus[env.node] ?? 'unknown'
      if (shutdownRequested) return true
      if (status.nodeRequest[env.node]?.maintenance === true) mode = 'maintenance'
      else if (status.disarm !== undefined) mode = 'disarm'
      else if (mode === 'maintenance' || mode === 'disarm') mode = 'active'
      return true
    } catch (error) {
      env.log('err', `updating service status from manager failed: ${messageOf(error)}`)
      return false
    }
  }

  const activeCount = () => countActive(services, env.node)
  const ownServices = () => Object.keys(services).filter((sid) => services[sid]?.node === env.node)
  const fenceRequested = () =>
    ownNodeState === 'fence' || ownServices().some((sid) => services[sid]?.state === 'fence')

  const letGo = () => {
    lock.release()
    lock.closeWatchdog()
  }

  const hasWorkAfterRun = (): boolean => {
    work.run()
    return work.pendingCount > 0
  }

  const transition = (mustFence: boolean) => {
    switch (state) {
      case 'wait_for_agent_lock':
        if (mode === 'disarm' || mustFence || activeCount() === 0 || !env.isQuorate()) return
        if (lock.acquire()) enter('active')
        return
      case 'lost_agent_lock':
        if (!mustFence && env.isQuorate() && lock.acquire()) enter('active')
        return
      case 'active':
        leaveActive(mustFence)
        return
      case 'maintenance':
        leaveMaintenance(mustFence)
    }
  }

  const leaveActive = (mustFence: boolean) => {
    if (mustFence) {
      env.log('err', 'node needs to be fenced - releasing agent_lock')
      enter('lost_agent_lock')
    } else if (!lock.acquire()) {
      enter('lost_agent_lock')
    } else if (mode === 'maintenance') {
      enter('maintenance')
    } else if (mode === 'disarm' && !hasWorkAfterRun()) {
      env.log('info', 'HA disarm requested, releasing agent lock and watchdog')
      letGo()
      enter('wait_for_agent_lock')
    } else {
      countIdleRound()
    }
  }

  const countIdleRound = () => {
    idleRounds = ownServices().length === 0 && !hasWorkAfterRun() ? idleRounds + 1 : 0
    if (idleRounds <= lrmIdleRounds) return
    env.log('info', `node had no service configured for ${lrmIdleRounds} rounds, going idle.`)
    letGo()
    enter('wait_for_agent_lock')
    idleRounds = 0
  }

  const leaveMaintenance = (mustFence: boolean) => {
    const isEmpty = activeCount() === 0 && work.pendingCount === 0
    if (mustFence) {
      env.log('err', 'node needs to be fenced during maintenance mode - releasing agent_lock')
      enter('lost_agent_lock')
    } else if (mode === 'disarm' && isEmpty) {
      env.log('info', 'HA disarm requested during maintenance, releasing agent lock and watchdog')
      letGo()
      enter('wait_for_agent_lock')
    } else if (!isEmpty) {
      if (!lock.acquire()) enter('lost_agent_lock')
    } else if (mode !== 'maintenance') {
      enter(lock.acquire() ? 'active' : 'lost_agent_lock')
    }
  }

  const manageResources = () => {
    work.forgetUntracked(services)
    for (const sid of ownServices().sort()) {
      const service = services[sid]
      if (service !== undefined && !leftAlone.has(service.state)) work.enqueue(sid, service)
    }
    work.run()
  }

  /** True when everything that must be over before the daemon ends is over. */
  const finishShutdown = (): boolean => {
    const isDone = !hasWorkAfterRun() && (mode !== 'restart' || activeCount() === 0)
    if (isDone && (mode === 'restart' || work.stopErrors === 0)) {
      lock.closeWatchdog()
      lock.release()
    }
    return isDone
  }

  const workActive = (): boolean => {
    let ended = false
    try {
      if (readManager()) {
        if (shutdownRequested) ended = finishShutdown()
        else if (refreshed) manageResources()
        else env.log('notice', 'temporary inconsistent cluster state (cfs restart?), skip round')
      }
    } catch (error) {
      env.log('err', `got unexpected error - ${messageOf(error)}`)
    }
    publish()
    return ended
  }

  const workWithoutLock = (): boolean => {
    if (!shutdownRequested) return false
    const running = activeCount()
    if (running === 0) {
      lock.closeWatchdog()
      return true
    }
    env.log('err', `got shutdown request in state 'lost_agent_lock' - detected ${running} running services`)
    if (mode !== 'restart' || env.now() - stateSince <= lostLockPatienceSeconds) return false
    env.log(
      'err',
      `lost agent lock and restart request for over ${lostLockPatienceSeconds} seconds - giving up!`,
    )
    return true
  }

  const workInMaintenance = (): boolean => {
    if (!readManager()) return true
    const isEmpty = activeCount() === 0 && work.pendingCount === 0
    if (isEmpty) {
      lock.closeWatchdog()
      lock.release()
    }
    const ended = isEmpty && shutdownRequested
    if (!ended) manageResources()
    publish()
    return ended
  }

  /** True when the daemon ends. */
  const workByState = (): boolean => {
    switch (state) {
      case 'wait_for_agent_lock':
        if (!shutdownRequested) publish()
        return shutdownRequested
      case 'active':
        return workActive()
      case 'lost_agent_lock':
        return workWithoutLock()
      case 'maintenance':
        return workInMaintenance()
    }
  }

  const runIteration = (): boolean => {
    refreshed = env.refresh()
    if (!gate.open) {
      gate.open = publish()
      if (!gate.open) return shutdownRequested
    }
    readManager()
    transition(fenceRequested())
    return workByState()
  }

  return {
    get state() {
      return state
    },
    get mode() {
      return mode
    },
    requestShutdown() {
      if (shutdownRequested) return
      const plan = planShutdown(env.shutdownKind(), env.readDatacenter().shutdownPolicy, mode)
      for (const { level, message } of plan.log) env.log(level, message)
      if (plan.stopsGuests) for (const sid of ownServices().sort()) work.enqueueStop(sid)
      mode = plan.mode
      shutdownRequested = true
      if (!publish()) env.log('err', 'unable to update lrm status file - not quorate?')
    },
    iterate(): DaemonStep {
      busy = true
      try {
        if (runIteration()) return { next: 'exit' }
      } finally {
        busy = false
      }
      return { next: 'iterate', inSeconds: state === 'active' ? activeSeconds : waitingSeconds }
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
