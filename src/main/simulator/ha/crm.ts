/** The cluster resource manager daemon: one per node, one of them master. */
import type { CrmState, ManagerStatus } from './cluster-data.ts'
import { type Crm, type CrmEnvironment, type DaemonStep, managerLockName } from './environment.ts'
import { Manager } from './manager.ts'
import { messageOf } from './message-of.ts'
import { ProtectedLock } from './protected-lock.ts'

/** Rounds without any service after which a master lets go. */
const idleRoundsLimit = 90

/** Seconds between the beginnings of two rounds of a master, and of a daemon that waits. */
const masterSeconds = 10
const waitingSeconds = 5

export function createCrm(env: CrmEnvironment): Crm {
  return new ClusterResourceManager(env)
}

class ClusterResourceManager implements Crm {
  readonly #env: CrmEnvironment
  readonly #lock: ProtectedLock
  #state: CrmState = 'wait_for_quorum'
  /** Present in state `master` only. */
  #manager: Manager | undefined
  #shutdownRequested = false
  #idleRounds = 0
  #knowsDisarmed = false
  #refreshed = true

  constructor(env: CrmEnvironment) {
    this.#env = env
    this.#lock = new ProtectedLock(env, managerLockName)
    env.log('info', `status change startup => ${this.#state}`)
  }

  get state(): CrmState {
    return this.#state
  }

  requestShutdown(): void {
    if (!this.#shutdownRequested) this.#env.log('info', 'server received shutdown request')
    this.#shutdownRequested = true
  }

  iterate(): DaemonStep {
    this.#refreshed = this.#env.refresh()
    this.#transition()
    if (this.#work()) return { next: 'exit' }
    return { next: 'iterate', inSeconds: this.#state === 'master' ? masterSeconds : waitingSeconds }
  }

  #enter(next: CrmState): void {
    if (next === this.#state) return
    this.#env.log('info', `status change ${this.#state} => ${next}`)
    this.#state = next
    this.#manager = next === 'master' ? new Manager(this.#env) : undefined
  }

  #transition(): void {
    switch (this.#state) {
      case 'wait_for_quorum':
        if (this.#canGetActive(false)) this.#enter(this.#takeLock() ? 'master' : 'slave')
        return
      case 'slave':
        if (!this.#canGetActive(false)) this.#enter('wait_for_quorum')
        else if (this.#takeLock()) this.#enter('master')
        return
      case 'lost_manager_lock':
        if (this.#canGetActive(true) && this.#takeLock()) this.#enter('master')
        return
      case 'master':
        if (this.#takeLock()) this.#countIdleRound()
        else this.#enter('lost_manager_lock')
    }
  }

  /** The manager status if this node may take part in decisions. */
  #readWhenHealthy(): ManagerStatus | undefined {
    const env = this.#env
    const status = attempt(env, 'could not read manager status', () => env.readManagerStatus())
    if (status === undefined || !env.isQuorate() || !this.#refreshed) return undefined
    const isFenced = Object.values(status.serviceStatus).some(
      (service) => service.node === env.node && service.state === 'fence',
    )
    return isFenced ? undefined : status
  }

  #canGetActive(allowEmpty: boolean): boolean {
    const env = this.#env
    const status = this.#readWhenHealthy()
    if (status === undefined) return false
    if (allowEmpty) return true
    const config = attempt(env, 'could not read service config', () => env.readServiceConfig())
    if (config === undefined) return false
    return Object.keys(config).length > 0 || hasLeftOverWork(env, status)
  }

  #mayGoIdle(): boolean {
    const env = this.#env
    const status = this.#readWhenHealthy()
    if (status === undefined || status.disarm !== undefined) return false
    if (Object.keys(status.serviceStatus).length > 0) return false
    const config = attempt(env, 'could not read service config', () => env.readServiceConfig())
    return config !== undefined && Object.keys(config).length === 0
  }

  #takeLock(): boolean {
    return this.#lock.acquire(() => this.#mayOpenWatchdog())
  }

  /** No watchdog guards a master whose stack is disarmed. */
  #mayOpenWatchdog(): boolean {
    if (this.#knowsDisarmed) return false
    if (this.#env.readManagerStatus().disarm?.state !== 'disarmed') return true
    this.#env.log('info', 'taking over as disarmed master, skipping watchdog')
    this.#knowsDisarmed = true
    return false
  }

  #countIdleRound(): void {
    this.#idleRounds = this.#mayGoIdle() ? this.#idleRounds + 1 : 0
    if (this.#idleRounds <= idleRoundsLimit) return
    this.#idleRounds = 0
    this.#env.log('info', `cluster had no service configured for ${idleRoundsLimit} rounds, going idle.`)
    this.#lock.release()
    this.#lock.closeWatchdog()
    this.#enter('wait_for_quorum')
  }

  /** True when the daemon ends. */
  #work(): boolean {
    if (this.#state === 'lost_manager_lock') {
      this.#lock.closeWatchdog()
      if (!this.#shutdownRequested) this.#enter('wait_for_quorum')
      return this.#shutdownRequested
    }
    if (this.#manager === undefined) return this.#shutdownRequested
    try {
      if (this.#shutdownRequested) this.#resign()
      else this.#runRound(this.#manager)
    } catch (error) {
      this.#env.log('err', `got unexpected error - ${messageOf(error)}`)
    }
    return this.#shutdownRequested
  }

  #resign(): void {
    this.#lock.closeWatchdog()
    this.#env.log('info', 'voluntary release CRM lock')
    if (!this.#lock.release()) this.#env.log('notice', 'CRM lock release failed, let the lock timeout')
  }

  #runRound(manager: Manager): void {
    if (!this.#refreshed) {
      this.#env.log('notice', 'temporary inconsistent cluster state (cfs restart?), skip round')
      return
    }
    manager.manage()
    if (manager.isDisarmed && !this.#knowsDisarmed) {
      this.#env.log('info', 'HA stack fully disarmed, releasing CRM watchdog')
      this.#lock.closeWatchdog()
      this.#knowsDisarmed = true
    } else if (!manager.isDisarmed && this.#knowsDisarmed) {
      this.#env.log('info', 're-arming HA stack')
      this.#knowsDisarmed = false
    }
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

/** The value, or undefined after logging why it could not be had. */
function attempt<Value>(env: CrmEnvironment, complaint: string, read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    env.log('err', `${complaint}: ${messageOf(error)}`)
    return undefined
  }
}
