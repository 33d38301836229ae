/** The cluster resource manager daemon: one per node, one of them master. */
import type { CrmState, ManagerStatus } from './cluster-data.ts'
import { type Crm, type CrmEnvironment, type DaemonStep, managerLockName } from './environment.ts'
import { createManager, type Manager } from './manager.ts'
import { createProtectedLock } from './protected-lock.ts'

/** Rounds without any service after which a master lets go. */
export const crmIdleRounds = 90

/** Seconds between the beginnings of two rounds of a master, and of a daemon that waits. */
const masterSeconds = 10
const waitingSeconds = 5

export function createCrm(env: CrmEnvironment): Crm {
  let state: CrmState = 'wait_for_quorum'
  let manager: Manager | undefined
  let shutdownRequested = false
  let idleRounds = 0
  let knowsDisarmed = false
  let refreshed = true
  const lock = createProtectedLock(env, managerLockName)
  env.log('info', `status change startup => ${state}`)

  const enter = (next: CrmState) => {
    if (next === state) return
    env.log('info', `status change ${state} => ${next}`)
    state = next
    manager = next === 'master' ? createManager(env) : undefined
  }

  /** The manager status if this node may take part in decisions. */
  const readWhenHealthy = (): ManagerStatus | undefined => {
    const status = attempt(env, 'could not read manager status', () => env.readManagerStatus())
    if (status === undefined || !env.isQuorate() || !refreshed) return undefined
    const isFenced = Object.values(status.serviceStatus).some(
      (service) => service.node === env.node && service.state === 'fence',
    )
    return isFenced ? undefined : status
  }

  const canGetActive = (allowEmpty: boolean): boolean => {
    const status = readWhenHealthy()
    if (status === undefined) return false
    if (allowEmpty) return true
    const config = attempt(env, 'could not read service config', () => env.readServiceConfig())
    if (config === undefined) return false
    return Object.keys(config).length > 0 || hasLeftOverWork(env, status)
  }

  const mayGoIdle = (): boolean => {
    const status = readWhenHealthy()
    if (status === undefined || status.disarm !== undefined) return false
    if (Object.keys(status.serviceStatus).length > 0) return false
    const config = attempt(env, 'could not read service config', () => env.readServiceConfig())
    return config !== undefined && Object.keys(config).length === 0
  }

  /** No watchdog guards a master whose stack is disarmed. */
  const mayOpenWatchdog = (): boolean => {
    if (knowsDisarmed) return false
    if (env.readManagerStatus().disarm?.state !== 'disarmed') return true
    env.log('info', 'taking over as disarmed master, skipping watchdog')
    knowsDisarmed = true
    return false
  }

  const takeLock = () => lock.acquire(mayOpenWatchdog)

  const countIdleRound = () => {
    idleRounds = mayGoIdle() ? idleRounds + 1 : 0
    if (idleRounds <= crmIdleRounds) return
    idleRounds = 0
    env.log('info', `cluster had no service configured for ${crmIdleRounds} rounds, going idle.`)
    lock.release()
    lock.closeWatchdog()
    enter('wait_for_quorum')
  }

  const transition = () => {
    switch (state) {
      case 'wait_for_quorum':
        if (canGetActive(false)) enter(takeLock() ? 'master' : 'slave')
        return
      case 'slave':
        if (!canGetActive(false)) enter('wait_for_quorum')
        else if (takeLock()) enter('master')
        return
      case 'lost_manager_lock':
        if (canGetActive(true) && takeLock()) enter('master')
        return
      case 'master':
        if (takeLock()) countIdleRound()
        else enter('lost_manager_lock')
    }
  }

  const runRound = (current: Manager) => {
    if (!refreshed) {
      env.log('notice', 'temporary inconsistent cluster state (cfs restart?), skip round')
      return
    }
    current.manage()
    if (current.isDisarmed && !knowsDisarmed) {
      env.log('info', 'HA stack fully disarmed, releasing CRM watchdog')
      lock.closeWatchdog()
      knowsDisarmed = true
    } else if (!current.isDisarmed && knowsDisarmed) {
      env.log('info', 're-arming HA stack')
      knowsDisarmed = false
    }
  }

  const resign = () => {
    lock.closeWatchdog()
    env.log('info', 'voluntary release CRM lock')
    if (!lock.release()) env.log('notice', 'CRM lock release failed, let the lock timeout')
  }

  /** True when the daemon ends. */
  const work = (): boolean => {
    if (state === 'lost_manager_lock') {
      lock.closeWatchdog()
      if (!shutdownRequested) enter('wait_for_quorum')
      return shutdownRequested
    }
    if (state !== 'master' || manager === undefined) return shutdownRequested
    try {
      if (shutdownRequested) resign()
      else runRound(manager)
    } catch (error) {
      env.log('err', `got unexpected error - ${messageOf(error)}`)
    }
    return shutdownRequested
  }

  return {
    get state() {
      return state
    },
    requestShutdown() {
      if (!shutdownRequested) env.log('info', 'server received shutdown request')
      shutdownRequested = true
    },
    iterate(): DaemonStep {
      refreshed = env.refresh()
      transition()
      if (work()) return { next: 'exit' }
      return { next: 'iterate', inSeconds: state === 'master' ? masterSeconds : waitingSeconds }
    },
  }
}

/** A cluster without services still needs a master when something of old times is left to finish. */
function hasLeftOverWork(env: CrmEnvironment, status: ManagerStatus): boolean {
  const { masterNode, nodeStatus, nodeRequest, serviceStatus, disarm } = status
  const isFree = masterNode === undefined || masterNode === env.node || nodeStatus[masterNode] !== 'online'
  if (!isFree) return false
  const endsMaintenance = Object.entries(nodeStatus).some(
    ([node, state]) => state === 'maintenance' && nodeRequest[node]?.maintenance !== true,
  )
  return (
    endsMaintenance || env.hasCrmCommands() || Object.keys(serviceStatus).length > 0 || disarm !== undefined
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The value, or undefined after logging why it could not be had. */
function attempt<Value>(env: CrmEnvironment, complaint: string, read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    env.log('err', `${complaint}: ${messageOf(error)}`)
    return undefined
  }
}
