import type { JournalEntry, RunOutcome } from '../../shared/domain/journal.ts'
import type { Lab } from '../../shared/domain/lab.ts'
import { type Plan, planSchema } from '../../shared/domain/plan.ts'
import { type RunSpec, runSpecSchema } from '../../shared/domain/run.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { Clock } from '../contracts/clock.ts'
import { createRun, type RunHandle } from '../engine/run.ts'
import { faultCatalogue } from '../faults/catalogue.ts'
import { FakeLab } from './fake-lab.ts'
import { MemoryRun } from './memory-run.ts'
import { MortalClock } from './mortal-clock.ts'

const node = { ramMiB: 4096, cpus: 2, systemDiskGB: 50, cephDiskGB: 25 }
const guest = { ramMiB: 1024, cpus: 1, diskGB: 4 }

/** Three faults of both kinds within 70 minutes. */
export const smallPlan: Plan = planSchema.parse({
  version: 1,
  id: 'small',
  phases: [
    { id: 'initial', durationSeconds: 600 },
    { id: 'main', durationSeconds: 3000 },
    { id: 'final', durationSeconds: 600 },
  ],
  faults: [
    {
      id: 'first',
      kind: 'node-power-off',
      atSeconds: 600,
      jitterSeconds: 10,
      target: { rule: 'hosting-guest', guest: 'vm:101' },
      healAfterSeconds: 300,
    },
    {
      id: 'second',
      kind: 'node-shutdown',
      atSeconds: 1600,
      jitterSeconds: 10,
      target: { rule: 'round-robin' },
      healAfterSeconds: 300,
    },
    {
      id: 'third',
      kind: 'node-power-off',
      atSeconds: 2600,
      jitterSeconds: 10,
      target: { rule: 'random' },
      healAfterSeconds: 300,
    },
  ],
  probes: [{ kind: 'tcp', intervalMs: 5000, deadlineMs: 900 }],
  gate: { probesOkSeconds: 60, timeoutSeconds: 900 },
})

export interface BenchOptions {
  /** Other than the usual three nodes with two guests in Ceph. */
  readonly lab?: Partial<Lab>
  readonly plan?: Partial<Plan>
  readonly group?: RunSpec['group']
  readonly seed?: number
  readonly resumption?: 'replay' | 'continue'
}

export function specOf({ lab, plan, group = 'treatment', seed = 1 }: BenchOptions): RunSpec {
  return runSpecSchema.parse({
    recipe: 'custom',
    recipeVersion: 0,
    trial: 'second',
    group,
    backend: 'simulated',
    seed,
    lab: {
      name: 'bench',
      laptop: { ramMiB: 24_576, threads: 12 },
      nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({ name, ...node })),
      guests: [
        { id: 'vm:101', name: 'web', node: 'pve1', ...guest },
        { id: 'ct:102', name: 'db', node: 'pve2', ...guest },
      ],
      ceph: { size: 3, minSize: 2 },
      ...lab,
    },
    plan: { ...smallPlan, ...plan },
  })
}

/** A fake lab, a run file in memory and a virtual clock, on which sessions of the engine are run. */
export class EngineBench {
  readonly clock = new VirtualClock()
  readonly spec: RunSpec
  readonly lab: FakeLab
  file: MemoryRun

  constructor(options: BenchOptions = {}, file = new MemoryRun()) {
    this.spec = specOf(options)
    const { resumption = 'replay' } = options
    this.lab = new FakeLab({ lab: this.spec.lab, group: this.spec.group, clock: this.clock, resumption })
    this.file = file
  }

  get types(): readonly string[] {
    return this.file.entries.map(({ event }) => event.type)
  }

  /** The entries of one type, in order. */
  events<T extends JournalEntry['event']['type']>(type: T) {
    return this.file.entries.flatMap(({ atMs, event }) =>
      event.type === type
        ? [{ atMs, event: event as Extract<JournalEntry['event'], { readonly type: T }> }]
        : [],
    )
  }

  /** A session that has not begun. What is on disk when this is called is its history. */
  prepare(clock: Clock = this.clock): RunHandle {
    const { spec, lab, file } = this
    return createRun({
      spec,
      lab,
      clock,
      random: seededRandom(spec.seed),
      writer: file,
      faults: faultCatalogue,
      history: [...file.entries],
      log: silentLogger,
      recordedTicks: (series) => file.samples.get(series.index)?.length ?? 0,
    })
  }

  /** Runs one session to its end; `script` sets up what happens beside it. */
  run(script: (run: RunHandle, clock: VirtualClock) => void = () => {}): Promise<RunOutcome> {
    const run = this.prepare()
    script(run, this.clock)
    return this.clock.run(() => run.start())
  }

  /** Gives a command when the virtual time has come, as the outside world would: between two events. */
  at(atMs: number, command: () => void): void {
    this.clock.at(atMs, command)
  }

  /** Starts a session that is killed just after entry number `seq` reached the disk. Resolves when it is dead. */
  runUntilKilled(seq: number, script?: (run: RunHandle) => void): Promise<void> {
    return this.#runUntil((kill) => {
      this.file.onDurable = (entry) => {
        if (entry.seq === seq) kill()
      }
    }, script)
  }

  /** Likewise, killed when the first entry of a type reached the disk. */
  runUntilKilledAt(type: JournalEntry['event']['type'], script?: (run: RunHandle) => void): Promise<void> {
    return this.#runUntil((kill) => {
      this.file.onDurable = ({ event }) => {
        if (event.type === type) kill()
      }
    }, script)
  }

  /** Likewise, killed at a moment of virtual time. */
  runUntilTime(atMs: number, script?: (run: RunHandle) => void): Promise<void> {
    return this.#runUntil((kill) => {
      void this.clock.sleepUntil(atMs).then(kill)
    }, script)
  }

  async #runUntil(
    arm: (kill: () => void) => void,
    script: (run: RunHandle) => void = () => {},
  ): Promise<void> {
    const mortal = new MortalClock(this.clock)
    const run = this.prepare(mortal)
    script(run)
    const death = Promise.withResolvers<void>()
    arm(() => {
      mortal.die()
      this.file = this.file.reopened(this.lab.resumption)
      this.lab.loseObserver()
      death.resolve()
    })
    void run.start()
    await death.promise
  }
}
