import type { LabNode } from '../../../shared/domain/lab.ts'
import type { EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import { EventScope } from './event-scope.ts'
import { millisecondsIn, type Range, type WorldParameters } from './parameters.ts'

/** What runs on a node, started and stopped in the order systemd keeps on a real one. */
export interface NodeServices {
  /** The kernel and its network work; the watchdog starts. */
  kernelStarted(node: NodeMachine): void
  startCeph(node: NodeMachine): void
  startClusterFileSystem(node: NodeMachine): void
  startCorosync(node: NodeMachine): void
  /** Calls back once, when the node's file system is quorate, unless the boot ends before. */
  whenQuorate(node: NodeMachine, action: () => void): void
  startCrm(node: NodeMachine): void
  startLrm(node: NodeMachine): void
  /** Starts the guests of this node that the HA manager does not care for. */
  startLocalGuests(node: NodeMachine): void
  stopLocalGuests(node: NodeMachine, done: () => void): void
  stopLrm(node: NodeMachine, done: () => void): void
  stopCrm(node: NodeMachine, done: () => void): void
  stopCeph(node: NodeMachine): void
  leaveCluster(node: NodeMachine): void
  /** Power is gone, orderly or not: nothing runs any more. */
  halted(node: NodeMachine): void
  /** How many times slower than an idle machine of good size the node is now. */
  slowdown(node: NodeMachine): number
}

/** The daemons of the management interface; `frozen` keeps its port and does nothing. */
export type ManagementDaemon = 'pveproxy' | 'pvedaemon'
export type DaemonCondition = 'running' | 'stopped' | 'frozen'

/** A node VM: power, boot, orderly shutdown, reset. */
export class NodeMachine {
  readonly spec: LabNode
  readonly #random: Random
  readonly #parameters: WorldParameters
  readonly #services: NodeServices
  #power: 'on' | 'off' = 'off'
  #networkUp = false
  #apiUp = false
  #stopping: 'no' | 'shutdown' | 'reboot' = 'no'
  #upSinceMs: number | undefined
  #frozenAtMs: number | undefined
  #wokeAtMs: number | undefined
  readonly #faultyDaemons = new Map<ManagementDaemon, DaemonCondition>()
  /** Everything planned on this boot. */
  scope: EventScope
  /** Steps of starting up, which a shutdown cuts short. */
  #startUp: EventScope

  constructor(
    spec: LabNode,
    scheduler: EventScheduler,
    random: Random,
    parameters: WorldParameters,
    services: NodeServices,
  ) {
    this.spec = spec
    this.#random = random
    this.#parameters = parameters
    this.#services = services
    this.scope = new EventScope(scheduler)
    this.#startUp = new EventScope(scheduler)
  }

  get name(): string {
    return this.spec.name
  }

  /** As the hypervisor shows it: a node that resets stays on. */
  get power(): 'on' | 'off' {
    return this.#power
  }

  get networkUp(): boolean {
    return this.#networkUp
  }

  /** Its processors stand still: it has power, remembers everything and answers nobody. */
  get isFrozen(): boolean {
    return this.#frozenAtMs !== undefined
  }

  /** Since when its processors stand still, if they do. */
  get frozenAtMs(): number | undefined {
    return this.#frozenAtMs
  }

  /** When its processors last went on after standing still. */
  get wokeAtMs(): number | undefined {
    return this.#wokeAtMs
  }

  /** A network stack that works at this moment. */
  get answers(): boolean {
    return this.#networkUp && !this.isFrozen
  }

  /** The management interface answers. */
  get apiUp(): boolean {
    return this.#apiUp
  }

  get isStopping(): boolean {
    return this.#stopping !== 'no'
  }

  /** How the running system is going down, if it is. */
  get stoppingAs(): 'shutdown' | 'reboot' | undefined {
    return this.#stopping === 'no' ? undefined : this.#stopping
  }

  /** Since when its kernel runs, by the lab's clock. */
  get upSinceMs(): number | undefined {
    return this.#upSinceMs
  }

  /** As long as the management interface is up at all. */
  conditionOf(daemon: ManagementDaemon): DaemonCondition {
    return this.#faultyDaemons.get(daemon) ?? 'running'
  }

  /** Until told otherwise, or until the next boot. */
  setCondition(daemon: ManagementDaemon, condition: DaemonCondition): void {
    this.#faultyDaemons.set(daemon, condition)
  }

  powerOn(): void {
    if (this.#power === 'on') return
    this.#power = 'on'
    this.#boot(0)
  }

  cutPower(): void {
    if (this.#power === 'off') return
    this.#power = 'off'
    this.#halt()
  }

  /** False for one without power, or that is frozen already. */
  freeze(): boolean {
    if (this.#power === 'off' || this.isFrozen) return false
    this.#frozenAtMs = this.scope.nowMs()
    this.scope.standStill()
    this.#startUp.standStill()
    return true
  }

  /** Its processors go on. Returns for how long they stood still, in milliseconds, or nothing if they did not. */
  thaw(): number | undefined {
    if (this.#frozenAtMs === undefined) return undefined
    const frozenMs = this.scope.nowMs() - this.#frozenAtMs
    this.#frozenAtMs = undefined
    this.#wokeAtMs = this.scope.nowMs()
    this.scope.goOn('deadlines')
    this.#startUp.goOn('work')
    return frozenMs
  }

  /** The watchdog's work: the machine starts again by itself. */
  reset(): void {
    if (this.#power === 'off') return
    this.#halt()
    this.#boot(this.#parameters.nodeResetPause * 1000)
  }

  /** ACPI power button. A machine without a running system does not notice. */
  pressPowerButton(): void {
    this.#goDown('shutdown')
  }

  /** What `reboot` does: as the power button, and then the machine starts again. */
  restartOrderly(): void {
    this.#goDown('reboot')
  }

  #goDown(how: 'shutdown' | 'reboot'): void {
    if (!this.answers || this.isStopping) return
    this.#stopping = how
    this.#startUp.clear()
    const parameters = this.#parameters
    const services = this.#services
    this.#after(parameters.shutdownToStopGuests, () =>
      services.stopLocalGuests(this, () =>
        this.#after(parameters.stopGuestsToLrmStop, () =>
          services.stopLrm(this, () =>
            this.#after(parameters.lrmExitToCrmStop, () => {
              this.#apiUp = false
              services.stopCeph(this)
              services.stopCrm(this, () => this.#leave())
            }),
          ),
        ),
      ),
    )
  }

  #leave(): void {
    this.#after(this.#parameters.crmExitToCorosyncLeave, () => {
      this.#services.leaveCluster(this)
      this.#after(this.#parameters.corosyncLeaveToOff, () =>
        this.#stopping === 'reboot' ? this.reset() : this.cutPower(),
      )
    })
  }

  #halt(): void {
    this.#networkUp = false
    this.#apiUp = false
    this.#stopping = 'no'
    this.#upSinceMs = undefined
    this.#frozenAtMs = undefined
    this.#faultyDaemons.clear()
    this.scope.clear()
    this.#startUp.clear()
    this.#services.halted(this)
  }

  #boot(pauseMs: number): void {
    const parameters = this.#parameters
    const services = this.#services
    const firmwareMs = millisecondsIn(parameters.nodeFirmware, this.#random)
    this.#startUp.after(pauseMs + firmwareMs, () =>
      this.#step(parameters.nodeKernel, () => {
        this.#networkUp = true
        this.#upSinceMs = this.scope.nowMs()
        services.kernelStarted(this)
        this.#step(parameters.nodeEarlyServices, () => {
          services.startCeph(this)
          this.#startClustering()
        })
      }),
    )
  }

  #startClustering(): void {
    const parameters = this.#parameters
    const services = this.#services
    this.#step(parameters.pmxcfsStart, () => {
      services.startClusterFileSystem(this)
      this.#step(parameters.corosyncStart, () => {
        services.startCorosync(this)
        this.#startManagement()
      })
    })
  }

  /** pveproxy waits for quorum, the LRM for pveproxy or for systemd's patience with it. */
  #startManagement(): void {
    const parameters = this.#parameters
    const services = this.#services
    let lrmStarted = false
    const startLrm = () => {
      if (lrmStarted) return
      lrmStarted = true
      this.#step(parameters.lrmStart, () => {
        services.startLrm(this)
        services.whenQuorate(this, () =>
          this.#step(parameters.pveGuestsStart, () => services.startLocalGuests(this)),
        )
      })
    }
    this.#step(parameters.crmStart, () => services.startCrm(this))
    services.whenQuorate(this, () =>
      this.#step(parameters.pveproxyStart, () => {
        this.#apiUp = true
        startLrm()
      }),
    )
    this.#startUp.after(parameters.pveproxyStartTimeout * 1000, startLrm)
  }

  /** A step of starting up, slower on a slow machine. */
  #step(seconds: Range, action: () => void): void {
    const slowdown = this.#services.slowdown(this) * this.#processorSlowdown
    this.#startUp.after(Math.round(millisecondsIn(seconds, this.#random) * slowdown), () => {
      if (!this.isStopping) action()
    })
  }

  get #processorSlowdown(): number {
    return this.spec.cpus === 1 ? this.#parameters.bootSlowdownOneCpu : 1
  }

  #after(seconds: Range, action: () => void): void {
    this.scope.after(millisecondsIn(seconds, this.#random), action)
  }
}
