import type { Lab, NetworkName } from '../../shared/domain/lab.ts'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { Group } from '../../shared/domain/recipe.ts'
import { outcomes, type Series, scheduledMsOf } from '../../shared/domain/sample.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { VirtualClock } from '../base/virtual-clock.ts'
import type { CephDaemon, DaemonControl } from '../contracts/daemon-control.ts'
import type { GuestControl } from '../contracts/guest-control.ts'
import type { HypervisorDriver } from '../contracts/hypervisor-driver.ts'
import type { LabLogLine, LabSession } from '../contracts/lab-session.ts'
import type { ProbeRunner, SampleSink } from '../contracts/probe-runner.ts'

const bootMs = 40_000
const shutdownMs = 60_000
const failOverMs = 130_000
const guestBootMs = 10_000
const storageRecoveryMs = 30_000

interface FakeNode {
  power: 'on' | 'off' | 'paused'
  online: boolean
}

/** What single faults have done to a node, beside its power. */
interface FakeHarm {
  readonly pulled: Set<NetworkName>
  readonly dead: Set<CephDaemon>
}

interface FakeGuest {
  node: string
  running: boolean
  serviceUp: boolean
}

export interface FakeLabOptions {
  readonly lab: Lab
  readonly group: Group
  readonly clock: VirtualClock
  readonly resumption: LabSession['resumption']
}

/**
 * The smallest lab the engine can be tested on: nodes boot in 40 s and are members at once, guests of a lost node
 * move after 130 s (treatment group) or wait for their node (control group), storage is clean 30 s after the last
 * member came. Everything happens by events of the virtual clock, so it goes on when the engine is gone.
 */
export class FakeLab implements LabSession {
  readonly lab: Lab
  readonly resumption: LabSession['resumption']
  readonly driver: HypervisorDriver
  readonly probes: ProbeRunner
  readonly guestControl: GuestControl
  readonly daemonControl: DaemonControl
  readonly observer = { observe: () => this.#observe() }
  readonly nodes: Map<string, FakeNode>
  readonly guests: Map<string, FakeGuest>
  readonly harms: ReadonlyMap<string, FakeHarm>
  /** Nodes cut off from the others by a partition. */
  side: readonly string[] = []
  /** Called before a command reaches a VM. */
  onCommand: (command: 'start' | 'shut-down' | 'cut-power', node: string) => void = () => {}
  /** Storage is not clean before this moment. */
  storageCleanFromMs = 0
  readonly #clock: VirtualClock
  readonly #group: Group
  readonly #listeners = new Set<(line: LabLogLine) => void>()
  #probesAlive: { alive: boolean } = { alive: true }

  constructor({ lab, group, clock, resumption }: FakeLabOptions) {
    this.lab = lab
    this.resumption = resumption
    this.#clock = clock
    this.#group = group
    this.nodes = new Map(lab.nodes.map(({ name }) => [name, { power: 'on', online: true }]))
    this.guests = new Map(lab.guests.map(({ id, node }) => [id, { node, running: true, serviceUp: true }]))
    this.harms = new Map(lab.nodes.map(({ name }) => [name, { pulled: new Set(), dead: new Set() }]))
    this.driver = this.#createDriver()
    this.daemonControl = this.#createDaemonControl()
    this.guestControl = this.#createGuestControl()
    this.probes = { start: (series, sink) => this.#startProbes(series, sink) }
  }

  addressOf(subject: string, kind: Series['kind']): string {
    return `${kind}://${subject}`
  }

  onLog(listener: (line: LabLogLine) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** The process that probed is gone: nobody sends probes or listens to logs any more. */
  loseObserver(): void {
    this.#probesAlive.alive = false
    this.#probesAlive = { alive: true }
    this.#listeners.clear()
  }

  #createDriver(): HypervisorDriver {
    const command = (kind: Parameters<FakeLab['onCommand']>[0], act: (node: string) => void) => {
      return async (name: string) => {
        this.onCommand(kind, name)
        await this.#clock.sleep(200)
        act(name)
      }
    }
    const stateOf = (name: string) => ({ name, power: this.#node(name).power })
    return {
      id: 'fake',
      listVms: async () => [...this.nodes.keys()].map(stateOf),
      inspectVm: async (name) => stateOf(name),
      startVm: command('start', (name) => this.#switchOn(name)),
      cutPower: command('cut-power', (name) => this.#goOff(name)),
      shutDownVm: command('shut-down', (name) => {
        this.#clock.at(this.#clock.nowMs() + shutdownMs, () => this.#goOff(name))
      }),
      pausing: {
        pause: async (name) => {
          if (this.#node(name).power === 'on') this.nodes.set(name, { power: 'paused', online: false })
        },
        resume: async (name) => {
          if (this.#node(name).power === 'paused') this.nodes.set(name, { power: 'on', online: true })
        },
      },
      links: {
        setLink: async (name, network, connected) => {
          const { pulled } = this.#harm(name)
          if (connected) pulled.delete(network)
          else pulled.add(network)
          this.#reconnect()
        },
        isLinkUp: async (name, network) => !this.#harm(name).pulled.has(network),
        partition: async (_network, side) => {
          this.side = side
          this.#reconnect()
        },
        join: async () => {
          this.side = []
          this.#reconnect()
        },
      },
    }
  }

  #createDaemonControl(): DaemonControl {
    return {
      kill: async (node, daemon) => {
        this.#harm(node).dead.add(daemon)
      },
      start: async (node, daemon) => {
        this.#after(2000, () => this.#harm(node).dead.delete(daemon))
      },
      isRunning: async (node, daemon) =>
        this.#node(node).power === 'on' && !this.#harm(node).dead.has(daemon),
    }
  }

  #harm(name: string): FakeHarm {
    return this.harms.get(name) ?? throwProblem('plan.node-unknown', { node: name, field: 'node' })
  }

  /** Whoever is cut off from the cluster network is no member until it is in again. */
  #reconnect(): void {
    for (const [name, node] of this.nodes)
      if (node.power === 'on')
        node.online = !this.#harm(name).pulled.has('cluster') && !this.side.includes(name)
  }

  #createGuestControl(): GuestControl {
    const command = (act: (guest: FakeGuest, id: string) => void) => async (id: string) => {
      await this.#clock.sleep(200)
      const guest = this.guests.get(id) ?? throwProblem('plan.guest-unknown', { guest: id, field: 'guests' })
      act(guest, id)
    }
    return {
      kill: command((guest) => {
        guest.running = false
      }),
      start: command((guest, id) => {
        if (!guest.running) this.#bootGuest(id, guest.node)
      }),
      stopService: command((guest) => {
        guest.serviceUp = false
      }),
      startService: command((guest) => {
        guest.serviceUp = true
      }),
      serviceState: async (id) => {
        const guest = this.guests.get(id)
        if (guest?.running !== true) return 'absent'
        return guest.serviceUp ? 'running' : 'stopped'
      },
    }
  }

  #node(name: string): FakeNode {
    return this.nodes.get(name) ?? throwProblem('plan.node-unknown', { node: name, field: 'node' })
  }

  #switchOn(name: string): void {
    const node = this.#node(name)
    if (node.power === 'on') return
    node.power = 'on'
    this.#after(bootMs, () => {
      if (node.power === 'off') return
      node.online = true
      this.storageCleanFromMs = this.#clock.nowMs() + storageRecoveryMs
      this.#say(name, 'joined')
      for (const [id, guest] of this.guests) if (guest.node === name) this.#bootGuest(id, name)
    })
  }

  #goOff(name: string): void {
    const node = this.#node(name)
    node.power = 'off'
    node.online = false
    this.#say(name, 'left')
    for (const [id, guest] of this.guests) {
      if (guest.node !== name) continue
      guest.running = false
      if (this.#group === 'treatment') this.#after(failOverMs, () => this.#failOver(id, name))
    }
  }

  #failOver(id: string, from: string): void {
    const guest = this.guests.get(id)
    const target = [...this.nodes].find(([, node]) => node.online)?.[0]
    if (guest?.node !== from || this.#node(from).online || target === undefined) return
    guest.node = target
    this.#say(target, `recover service '${id}' from '${from}'`)
    this.#bootGuest(id, target)
  }

  #bootGuest(id: string, node: string): void {
    this.#after(guestBootMs, () => {
      const guest = this.guests.get(id)
      if (guest?.node === node && this.#node(node).online) guest.running = true
    })
  }

  #after(durationMs: number, action: () => void): void {
    this.#clock.at(this.#clock.nowMs() + durationMs, action)
  }

  #say(node: string, message: string): void {
    for (const listener of this.#listeners) listener({ node, source: 'fake', level: 'info', message })
  }

  async #observe(): Promise<ClusterObservation> {
    await this.#clock.sleep(20)
    const present = [...this.nodes.values()].filter(({ online }) => online).length
    if (present === 0) throwProblem('probe.address-unresolved', { target: this.lab.name })
    const expected = this.nodes.size
    const clean = present === expected && this.#clock.nowMs() >= this.storageCleanFromMs
    return {
      quorate: present * 2 > expected,
      votes: { present, expected },
      ...(this.#group === 'treatment' && { crmMaster: [...this.nodes.keys()][0] ?? '' }),
      haArmed: present * 2 > expected,
      nodes: [...this.nodes].map(([name, { power, online }]) => ({
        name,
        power: power === 'off' ? ('off' as const) : ('on' as const),
        online,
      })),
      guests: [...this.guests].map(([id, { node, running }]) => ({ id, node, running })),
      ceph: {
        health: clean ? 'HEALTH_OK' : 'HEALTH_WARN',
        placementGroups: 32,
        activeClean: clean ? 32 : 20,
        osdsUp: present,
        osds: expected,
      },
    }
  }

  async #startProbes(series: readonly Series[], sink: SampleSink) {
    const process = this.#probesAlive
    let endMs = Number.POSITIVE_INFINITY
    const plan = (each: Series, tick: number) => {
      const dueMs = scheduledMsOf(each, tick)
      this.#clock.at(dueMs, () => {
        if (!process.alive || dueMs >= endMs) return
        const good = each.subject === 'control' || this.guests.get(each.subject)?.running
        const rttUs = good ? 400 + ((tick * 7919) % 100) : 0
        const outcome = good ? outcomes.ok : outcomes['bad:timeout']
        this.#clock.at(dueMs + (good ? rttUs / 1000 : each.deadlineMs), () => {
          if (process.alive) sink(each, { tick, latenessUs: 0, rttUs, outcome })
        })
        plan(each, tick + 1)
      })
    }
    for (const each of series) plan(each, 0)
    const longestDeadlineMs = Math.max(...series.map(({ deadlineMs }) => deadlineMs))
    return {
      stop: (atMs: number) => {
        endMs = atMs
        return this.#clock.sleepUntil(atMs + longestDeadlineMs)
      },
    }
  }
}
