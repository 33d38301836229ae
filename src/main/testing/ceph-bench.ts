import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import { CephCluster } from '../simulator/world/ceph/ceph-cluster.ts'
import type { Thresholds } from '../simulator/world/ceph/cluster-settings.ts'
import { type CephAnswer, cephCommand } from '../simulator/world/ceph/commands/ceph-command.ts'
import { type WorldParameters, worldParameters } from '../simulator/world/parameters.ts'

export interface CephBenchOptions {
  readonly seed: number
  readonly osdsPerNode?: number
  readonly diskGiB?: number
  readonly parameters?: Partial<WorldParameters>
  readonly thresholds?: Partial<Thresholds>
  /** Node whose manager starts first and so becomes the active one. */
  readonly activeManager?: string
  readonly objects?: number
  readonly objectBytes?: number
  /** The first hosts have one; 3 if absent. */
  readonly managers?: number
  /** Monitors only: managers are started by hand. */
  readonly withoutManagers?: boolean
}

/** What a poll of the status told, in the words of the recordings' timelines. */
export interface TimelineRow {
  readonly t: number
  readonly quorum: readonly string[]
  readonly up: number
  readonly in: number
  readonly health: string
  readonly checks: Readonly<Record<string, string>>
  readonly pgs: Readonly<Record<string, number>>
  readonly mgr: boolean
  readonly deg: number
}

export interface Stall {
  /** Seconds since the fault. */
  readonly t: number
  readonly seconds: number
}

export const benchNodes = ['node1', 'node2', 'node3']
const settleSeconds = 400
const mebibyte = 1024 * 1024

/** Only the Ceph part of a lab, on three emulated hosts, polled twice a second by a client of its own. */
export class CephBench {
  readonly clock = new VirtualClock()
  readonly cluster: CephCluster
  readonly rows: TimelineRow[] = []
  readonly stalls: Stall[] = []
  /** What daemons said during the replay. */
  readonly log: string[] = []
  readonly #options: CephBenchOptions
  readonly #silent = new Set<string>()
  #zeroMs = 0
  #polling = false
  #isWriting = false
  #stalledMs: number | undefined

  constructor(options: CephBenchOptions) {
    this.#options = options
    const { diskGiB } = options
    this.cluster = new CephCluster({
      nodes: benchNodes,
      rules: { size: 3, minSize: 2 },
      guestCount: 0,
      scheduler: this.clock,
      random: seededRandom(options.seed),
      parameters: worldParameters(options.parameters),
      osdsPerNode: options.osdsPerNode ?? 1,
      ...(diskGiB === undefined ? {} : { diskGiB: () => diskGiB }),
      ...(options.thresholds === undefined ? {} : { thresholds: options.thresholds }),
      reaches: (from, to) => !this.#silent.has(from) && !this.#silent.has(to),
      log: (_node, _source, _level, message) => {
        if (this.#polling) this.log.push(message)
      },
      isUsed: () => this.#isWriting,
      clientLoad: (answersOn) =>
        this.#isWriting && answersOn('node1')
          ? { readBytes: 0, writeBytes: 34_806, readOperations: 0, writeOperations: 8 }
          : undefined,
      ioChanged: () => this.#noteIo(),
    })
  }

  /** Starts everything, waits until it rests, then runs the faults of `act` with its second zero. */
  async replay(act: (bench: this) => Promise<void>): Promise<this> {
    await this.clock.run(async () => {
      await this.#start()
      this.#zeroMs = this.clock.nowMs()
      this.#polling = true
      this.#poll()
      await act(this)
      this.#polling = false
    })
    return this
  }

  /** Asks a command at that second of the replay; it must be called before the replay begins its faults. */
  askAt(second: number, argv: readonly string[], answered: (answer: unknown) => void): void {
    this.clock.at(Math.max(this.#zeroMs, Math.round(this.#zeroMs + second * 1000)), () => {
      const answer = this.ask(...argv, '-f', 'json')
      if (answer.kind === 'answered') answered(JSON.parse(answer.stdout))
    })
  }

  async until(second: number): Promise<void> {
    await this.clock.sleepUntil(this.#zeroMs + second * 1000)
  }

  killHost(node: string): void {
    this.cluster.stop(node, 'killed')
  }

  freezeHost(node: string): void {
    this.#silent.add(node)
    this.cluster.stop(node, 'lost')
  }

  /** Fresh processes on a host, frozen before or not. */
  startHost(node: string): void {
    this.#silent.delete(node)
    this.cluster.start(node, 1)
    this.cluster.reconsider()
  }

  startOsd(id: number): void {
    this.cluster.osdMap.startOsd(id, 1)
    this.cluster.reconsider()
  }

  stopOsd(id: number, how: 'lost' | 'killed' | 'orderly'): void {
    this.cluster.osdMap.stopOsd(id, how)
    this.cluster.reconsider()
  }

  thawOsd(id: number): void {
    this.cluster.osdMap.thawOsd(id)
    this.cluster.reconsider()
  }

  write(objects: number, objectBytes: number): void {
    this.cluster.data.write(this.cluster.pools.guestPoolId ?? 0, objects, objectBytes)
  }

  /** Writes so many objects one by one from now on. */
  async writeUntil(second: number, objects: number, objectBytes: number): Promise<void> {
    const startMs = this.clock.nowMs()
    const endMs = this.#zeroMs + second * 1000
    for (let done = 0; done < objects; done += 1) {
      await this.clock.sleepUntil(startMs + ((endMs - startMs) * done) / objects)
      this.write(1, objectBytes)
    }
  }

  ask(...argv: string[]): CephAnswer {
    return cephCommand(this.cluster, 'client', argv)
  }

  text(...argv: string[]): string {
    const answer = this.ask(...argv)
    return answer.kind === 'answered' ? answer.stdout : ''
  }

  json(...argv: string[]): unknown {
    return JSON.parse(this.text(...argv, '-f', 'json'))
  }

  async #start(): Promise<void> {
    const { objects = 93, objectBytes = mebibyte, activeManager = 'node1' } = this.#options
    const { monitors, managers, osdMap } = this.cluster
    const withManagers = benchNodes.slice(0, this.#options.managers)
    for (const node of benchNodes) monitors.start(node, 1)
    if (!this.#options.withoutManagers) managers.start(activeManager)
    if (this.#options.osdsPerNode === 0) {
      await this.clock.sleep(1)
      return
    }
    await this.clock.sleep(5000)
    for (const node of benchNodes) {
      if (node !== activeManager && withManagers.includes(node)) managers.start(node)
      osdMap.start(node, 1)
    }
    this.write(objects, objectBytes)
    // Like the recorded writer: one request at a time, in one group.
    this.cluster.pools.limitUseTo(['2.5'])
    this.#isWriting = true
    await this.clock.sleep(settleSeconds * 1000)
  }

  #poll(): void {
    if (!this.#polling) return
    const row = this.#look()
    if (row !== undefined) this.rows.push(row)
    this.clock.at(this.clock.nowMs() + 500, () => this.#poll())
  }

  #look(): TimelineRow | undefined {
    const report = this.cluster.report('client')
    if (report === undefined) return undefined
    const { health, monitors, osds, groups, managers } = report
    return {
      t: this.#seconds(),
      quorum: monitors.quorum,
      up: osds.filter(({ up }) => up).length,
      in: osds.filter(({ reweight }) => reweight > 0).length,
      health: health.status,
      checks: Object.fromEntries(health.checks.map(({ code, summary }) => [code, summary])),
      pgs: Object.fromEntries(groups.states.map(({ name, count }) => [name, count])),
      mgr: managers.available,
      deg: groups.degradedCopies,
    }
  }

  #noteIo(): void {
    const answers = this.cluster.diskAnswers('client-host')
    const nowMs = this.clock.nowMs()
    if (!answers) this.#stalledMs ??= nowMs
    else if (this.#stalledMs !== undefined) {
      const t = (this.#stalledMs - this.#zeroMs) / 1000
      if (this.#polling) this.stalls.push({ t, seconds: (nowMs - this.#stalledMs) / 1000 })
      this.#stalledMs = undefined
    }
  }

  #seconds(): number {
    return (this.clock.nowMs() - this.#zeroMs) / 1000
  }
}
