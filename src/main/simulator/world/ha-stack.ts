import type { Random } from '../../contracts/random.ts'
import type { ManagerStatus } from '../ha/cluster-data.ts'
import { createCrm } from '../ha/crm.ts'
import type { ResourceAgents, UsageSource } from '../ha/environment.ts'
import { agentLockName, type Crm, type DaemonStep, type Lrm, managerLockName } from '../ha/environment.ts'
import { createLrm } from '../ha/lrm.ts'
import type { ClusterFileSystem } from './cluster-file-system.ts'
import type { ClusterMembership } from './cluster-membership.ts'
import type { Corosync } from './corosync.ts'
import { type Asking, type DaemonKind, daemonPlace, heardWhile } from './daemon-place.ts'
import { crmEnvironment, lrmEnvironment } from './ha-environment.ts'
import type { NodeMachine } from './node-machine.ts'
import { millisecondsIn, type WorldParameters } from './parameters.ts'
import { readManagerStatus, readServices } from './shared-files.ts'
import type { NodeWatchdog } from './watchdog.ts'

interface Surroundings {
  readonly membership: ClusterMembership
  readonly shared: ClusterFileSystem
  readonly corosync: Corosync
  readonly random: Random
  readonly parameters: WorldParameters
  readonly pveVersion: string
  readonly usage: UsageSource
  nowMs(): number
  log(node: string, source: string, level: string, message: string): void
  agentsOf(node: NodeMachine): ResourceAgents
  watchdogOf(node: string): NodeWatchdog
}

/** From there on a daemon says that its round took too long (pve-ha-manager). */
const longestRoundSeconds = 30

/** A daemon with its next iteration. */
interface Runner extends Asking {
  readonly kind: DaemonKind
  readonly machine: NodeMachine
  daemon: Crm | Lrm
  /** Who asked it to end, if anybody did, and hears when it has. */
  readonly endings: (() => void)[]
  /** Somebody asked for it while it was asked to end. */
  startsAgain: boolean
  lastRoundMs: number
  cancelNext?: () => void
  /** A write that has begun cannot go on until a new ring is formed. */
  blocked: boolean
  /** It could not renew its lock and tries again for some seconds. */
  retrying: boolean
}

/** Wakes the HA daemons of all nodes by the clock, in the rounds and retries of the real ones. */
export class HaStack {
  readonly #with: Surroundings
  readonly #runners = new Map<string, Runner>()
  /** Daemons that ended though nobody had asked for it. */
  readonly #gone = new Set<string>()
  /** Part of a second by which the nodes' clocks differ from the lab's: they count whole seconds. */
  readonly #clockOffsetMs: number
  #uids = 0

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.#clockOffsetMs = surroundings.random.int(1000)
  }

  /** Nothing happens to a daemon that runs; one that is asked to end starts again when it has. */
  startCrm(machine: NodeMachine): void {
    this.#start('crm', machine)
  }

  startLrm(machine: NodeMachine): void {
    this.#start('lrm', machine)
  }

  /** `done` follows when the guests are stopped and the daemon is gone, or at once when there is none. */
  stopLrm(machine: NodeMachine, done: () => void): void {
    const runner = this.#runners.get(keyOf('lrm', machine.name))
    if (runner === undefined) {
      done()
      return
    }
    this.#askToEnd(runner, done)
  }

  stopCrm(machine: NodeMachine, done: () => void): void {
    const runner = this.#runners.get(keyOf('crm', machine.name))
    if (runner === undefined) {
      done()
      return
    }
    this.#askToEnd(runner, done)
    this.#iterateAfter(runner, millisecondsIn(this.#with.parameters.crmExit, this.#with.random))
  }

  #askToEnd(runner: Runner, done: () => void): void {
    runner.endings.push(done)
    runner.startsAgain = false
    runner.daemon.requestShutdown()
  }

  /** It was asked to end and has not ended, maybe never does. */
  isEnding(kind: DaemonKind, node: string): boolean {
    return (this.#runners.get(keyOf(kind, node))?.endings.length ?? 0) > 0
  }

  /** It ended by itself, and nobody has started it again: an LRM in maintenance that cannot read the master's status. */
  hasGone(kind: DaemonKind, node: string): boolean {
    return this.#gone.has(keyOf(kind, node))
  }

  /** Power is gone, and with it the node's daemons. */
  halted(node: string): void {
    for (const kind of ['crm', 'lrm'] as const) {
      this.#forget(kind, node)
      this.#gone.delete(keyOf(kind, node))
    }
  }

  /** A daemon is gone without a word: its lock runs out, and its watchdog is left open. */
  kill(kind: DaemonKind, node: string): void {
    const runner = this.#runners.get(keyOf(kind, node))
    if (runner === undefined) return
    this.#forget(kind, node)
    for (const id of runner.watchdogClients) this.#with.watchdogOf(node).abandon(id)
    this.#hasEnded(runner)
  }

  #hasEnded(runner: Runner): void {
    for (const ended of runner.endings) ended()
    if (runner.startsAgain) this.#start(runner.kind, runner.machine)
  }

  #forget(kind: DaemonKind, node: string): void {
    this.#runners.get(keyOf(kind, node))?.cancelNext?.()
    this.#runners.delete(keyOf(kind, node))
  }

  /** Messages are delivered again, in a new ring or the healed old one: what waited for that goes on. */
  deliveryResumed(node: string): void {
    const [least, most] = this.#with.parameters.pmxcfsResume
    for (const kind of ['crm', 'lrm'] as const) {
      const runner = this.#runners.get(keyOf(kind, node))
      if (!runner?.blocked) continue
      runner.blocked = false
      this.#iterateAfter(runner, Math.round(this.#with.random.between(least, most)))
    }
  }

  /** Slaves try every second, so one of them gets a lock given back within that time. */
  lockReleased(name: string): void {
    if (name !== managerLockName) return
    for (const runner of this.#runners.values())
      if (runner.daemon.state === 'slave' && !runner.blocked)
        this.#iterateAfter(runner, 1 + this.#with.random.int(this.#attemptMs))
  }

  /** The node swapped while its daemons were in their rounds. */
  stalled(node: string, seconds: number): void {
    if (seconds <= longestRoundSeconds) return
    for (const kind of ['crm', 'lrm'] as const)
      if (this.#runners.has(keyOf(kind, node)))
        this.#with.log(node, `pve-ha-${kind}`, 'warning', `loop took too long (${seconds} seconds)`)
  }

  crmState(node: string): Crm['state'] | undefined {
    return this.#runners.get(keyOf('crm', node))?.daemon.state as Crm['state'] | undefined
  }

  lrmState(node: string): Lrm['state'] | undefined {
    return this.#runners.get(keyOf('lrm', node))?.daemon.state as Lrm['state'] | undefined
  }

  /** The node's LRM has a watchdog that would reset the node if its guests had to be recovered elsewhere. */
  isGuarded(node: string): boolean {
    const clients = this.#runners.get(keyOf('lrm', node))?.watchdogClients ?? []
    return [...clients].some((id) => this.#with.watchdogOf(node).guards(id))
  }

  nowSeconds(): number {
    return Math.floor((this.#with.nowMs() + this.#clockOffsetMs) / 1000)
  }

  #start(kind: DaemonKind, machine: NodeMachine): void {
    const running = this.#runners.get(keyOf(kind, machine.name))
    if (running !== undefined) {
      running.startsAgain = running.endings.length > 0
      return
    }
    const runner: Omit<Runner, 'daemon'> & { daemon?: Crm | Lrm } = {
      kind,
      machine,
      lastRoundMs: this.#with.nowMs(),
      blocked: false,
      retrying: false,
      endings: [],
      startsAgain: false,
      lockRequested: false,
      process: '',
      watchdogClients: new Set(),
    }
    this.#gone.delete(keyOf(kind, machine.name))
    const started = Object.assign(runner, { daemon: this.#create(kind, machine, runner) })
    this.#runners.set(keyOf(kind, machine.name), started)
    this.#iterate(started)
  }

  #create(kind: DaemonKind, machine: NodeMachine, asking: Asking): Crm | Lrm {
    const process = `${keyOf(kind, machine.name)} ${this.#createUid()}`
    asking.process = process
    const surroundings = { ...this.#with, nowSeconds: () => this.nowSeconds() }
    const place = daemonPlace(surroundings, kind, machine.name, asking)
    if (kind === 'crm') return createCrm(crmEnvironment(place, () => this.#createUid()))
    const isRunning = () => this.#runners.get(keyOf(kind, machine.name))?.process === process
    const agents = heardWhile(isRunning, this.#with.agentsOf(machine))
    const { lrmMaxWorkers } = this.#with.parameters
    return createLrm(lrmEnvironment(place, agents, lrmMaxWorkers, () => machine.stoppingAs))
  }

  #iterate(runner: Runner): void {
    const { corosync } = this.#with
    const node = runner.machine.name
    if (corosync.isForming(node)) {
      runner.blocked = true
      return
    }
    if (this.#retriesFirst(runner)) return
    runner.lastRoundMs = this.#with.nowMs()
    runner.lockRequested = false
    const step = this.#stepOf(runner)
    if (step.next === 'exit') {
      this.#runners.delete(keyOf(runner.kind, node))
      if (runner.endings.length === 0) this.#gone.add(keyOf(runner.kind, node))
      this.#with.log(node, `pve-ha-${runner.kind}`, 'info', 'server stopped')
      this.#hasEnded(runner)
      return
    }
    this.#iterateAfter(runner, this.#delayMs(runner, step.inSeconds))
  }

  /** Before it gives up, an LRM asks several times for the lock it lost, a CRM for the one another master has. */
  #retriesFirst(runner: Runner): boolean {
    const { shared, parameters, nowMs } = this.#with
    const node = runner.machine.name
    const isQuorate = shared.isQuorate(node)
    const loses = runner.daemon.state === 'active' && !isQuorate
    const waits =
      runner.daemon.state === 'wait_for_quorum' &&
      isQuorate &&
      Object.keys(readServices(shared, node)).length > 0 &&
      shared.lockFreeAtMs(node, managerLockName, runner.process) > nowMs() &&
      !isFenced(readManagerStatus(shared, node), node)
    if (!(loses || waits) || runner.retrying) {
      runner.retrying = false
      return false
    }
    runner.retrying = true
    if (waits) {
      this.#iterateAfter(runner, parameters.haLockAttempts * this.#attemptMs)
      return true
    }
    const text = `lost lock '${agentLockName(node)} - cfs lock update failed - Device or resource busy`
    this.#with.log(node, 'pve-ha-lrm', 'err', text)
    this.#iterateAfter(runner, millisecondsIn(parameters.lockRetry, this.#with.random))
    return true
  }

  #stepOf(runner: Runner): DaemonStep {
    try {
      return runner.daemon.iterate()
    } catch (error) {
      // What leaves the iteration ends the real daemon, and systemd starts it again.
      const reason = error instanceof Error ? error.message : String(error)
      this.#with.log(runner.machine.name, `pve-ha-${runner.kind}`, 'err', `ERROR: ${reason}`)
      runner.daemon = this.#create(runner.kind, runner.machine, runner)
      return { next: 'iterate', inSeconds: 5 }
    }
  }

  #delayMs(runner: Runner, inSeconds: number): number {
    const { parameters, random, shared, nowMs } = this.#with
    // An LRM that is asked to end looks at its workers every second.
    if (runner.kind === 'lrm' && runner.endings.length > 0) return 1000
    if (runner.lockRequested && runner.daemon.state !== 'master') return this.#attemptMs
    const [least, most] = parameters.haRoundOverrun
    const roundMs = inSeconds * 1000 + Math.round(random.between(least, most))
    if (runner.daemon.state !== 'slave') return roundMs
    const freeInMs = shared.lockFreeAtMs(runner.machine.name, managerLockName, runner.process) - nowMs()
    const attempts = Math.max(1, Math.ceil((freeInMs + 1) / this.#attemptMs))
    return Math.min(roundMs, attempts * this.#attemptMs)
  }

  get #attemptMs(): number {
    return this.#with.parameters.haSlaveAttempt * 1000
  }

  #iterateAfter(runner: Runner, delayMs: number): void {
    runner.cancelNext?.()
    runner.cancelNext = runner.machine.scope.after(delayMs, () => this.#iterate(runner))
  }

  #createUid(): string {
    this.#uids += 1
    return String(this.#uids)
  }
}

function keyOf(kind: DaemonKind, node: string): string {
  return `${kind}/${node}`
}

/** Such a node takes no part in electing the master. */
function isFenced({ serviceStatus }: ManagerStatus, node: string): boolean {
  return Object.values(serviceStatus).some((service) => service.node === node && service.state === 'fence')
}
