/** The engine on the embedded lab: what the small fake lab cannot show, because it is too simple. */
import assert from 'node:assert'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openFaultsOf, runStateOf } from '../../shared/domain/journal.ts'
import type { Lab } from '../../shared/domain/lab.ts'
import type { Plan } from '../../shared/domain/plan.ts'
import { outcomeClassOf, scheduledMsOf } from '../../shared/domain/sample.ts'
import { silentLogger } from '../base/logger.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { Clock } from '../contracts/clock.ts'
import { faultCatalogue } from '../faults/catalogue.ts'
import { openEmbeddedLab } from '../simulator/embedded-lab.ts'
import { type BenchOptions, specOf } from '../testing/engine-bench.ts'
import { MemoryRun } from '../testing/memory-run.ts'
import { MortalClock } from '../testing/mortal-clock.ts'
import { createRun } from './run.ts'

function prepare(options: BenchOptions, file: MemoryRun, clockOf = (clock: VirtualClock): Clock => clock) {
  const spec = specOf(options)
  const clock = new VirtualClock()
  const random = seededRandom(spec.seed)
  const lab = openEmbeddedLab({ lab: spec.lab, group: spec.group, clock, random: random.fork('lab') })
  const run = createRun({
    spec,
    lab,
    clock: clockOf(clock),
    random: random.fork('engine'),
    writer: file,
    faults: faultCatalogue,
    history: [...file.entries],
    log: silentLogger,
  })
  return { clock, run }
}

async function runToEnd(options: BenchOptions, stored: MemoryRun['entries'] = []): Promise<MemoryRun> {
  const file = new MemoryRun(stored)
  const { clock, run } = prepare(options, file)
  expect(await clock.run(() => run.start())).toBe('completed')
  return file
}

async function entriesWhenKilledAt(seq: number, options: BenchOptions): Promise<MemoryRun['entries']> {
  const file = new MemoryRun()
  const death = Promise.withResolvers<void>()
  const { clock, run } = prepare(options, file, (inner) => {
    const mortal = new MortalClock(inner)
    file.onDurable = (entry) => {
      if (entry.seq !== seq) return
      mortal.die()
      death.resolve()
    }
    return mortal
  })
  await clock.run(() => {
    void run.start()
    return death.promise
  })
  return file.entries.slice(0, seq)
}

describe.each(['treatment', 'control'] as const)('a run on the embedded lab, %s group', (group) => {
  it('carries out every fault and accounts for every tick', async () => {
    const file = await runToEnd({ group })
    const state = runStateOf(file.entries)
    expect(state.faults.map(({ status }) => status)).toEqual(['healed', 'healed', 'healed'])
    expect(openFaultsOf(state)).toEqual([])
    const endMs = state.windowClosedAtMs ?? 0
    for (const series of file.series) {
      const samples = file.samples.get(series.index) ?? []
      expect(samples.map(({ tick }) => tick)).toEqual(samples.map((_, tick) => tick))
      expect(samples.length).toBe(Math.ceil((endMs - series.originMs) / series.intervalMs))
    }
  })

  it('sees the guests of the first fault go down, and nobody while nothing was done', async () => {
    const file = await runToEnd({ group })
    const state = runStateOf(file.entries)
    const firstFault = state.faults[0]
    const injectedAtMs = firstFault?.injectedAtMs ?? 0
    for (const series of file.series) {
      const bad = (file.samples.get(series.index) ?? []).filter(({ tick, outcome }) => {
        const atMs = series.originMs + tick * series.intervalMs
        const between = atMs > (state.windowOpenedAtMs ?? 0) && atMs < injectedAtMs + 60_000
        return between && outcomeClassOf(outcome) === 'bad'
      })
      const hit = firstFault?.target?.guests.includes(series.subject) === true
      expect(bad.length > 0, series.subject).toBe(hit)
      const first = bad[0]
      if (first) expect(series.originMs + first.tick * series.intervalMs).toBeGreaterThan(injectedAtMs - 1000)
    }
  })
})

describe.each(['treatment', 'control'] as const)(
  'faults of guests on the embedded lab, %s group',
  (group) => {
    it('hit the guest they follow and no other, and are healed', async () => {
      const base = { jitterSeconds: 0, healAfterSeconds: 120 }
      const faults: Plan['faults'] = [
        {
          ...base,
          id: 'service',
          kind: 'service-stopped',
          atSeconds: 300,
          target: { rule: 'hosting-guest', guest: 'ct:102' },
        },
        {
          ...base,
          id: 'killed',
          kind: 'guest-killed',
          atSeconds: 900,
          target: { rule: 'hosting-guest', guest: 'vm:101' },
        },
      ]
      const phases: Plan['phases'] = [{ id: 'main', durationSeconds: 1500 }]
      const file = await runToEnd({ group, plan: { faults, phases } })
      const state = runStateOf(file.entries)
      expect(state.faults.map(({ status }) => status)).toEqual(['healed', 'healed'])
      expect(state.faults.map(({ target }) => target?.guests)).toEqual([['ct:102'], ['vm:101']])
      const badSecondsOf = (subject: string) => {
        const series = file.series.find((each) => each.subject === subject)
        assert(series !== undefined)
        const bad = (file.samples.get(series.index) ?? []).filter(
          ({ tick, outcome }) =>
            scheduledMsOf(series, tick) > (state.windowOpenedAtMs ?? 0) && outcomeClassOf(outcome) === 'bad',
        )
        return (bad.length * series.intervalMs) / 1000
      }
      expect(badSecondsOf('ct:102')).toBeGreaterThan(100)
      expect(badSecondsOf('ct:102')).toBeLessThan(140)
      // HA notices within a round; outside HA the guest stays away until the fault is healed.
      expect(badSecondsOf('vm:101')).toBeGreaterThan(group === 'treatment' ? 15 : 120)
      expect(badSecondsOf('vm:101')).toBeLessThan(group === 'treatment' ? 60 : 180)
    })
  },
)

describe('faults of machines, cables and daemons on the embedded lab', () => {
  const kinds = [
    'node-frozen',
    'cluster-link-cut',
    'management-link-cut',
    'network-partition',
    'osd-killed',
    'monitor-killed',
    'nas-power-off',
  ] as const
  const onNas: Partial<Lab> = {
    storages: [{ kind: 'nfs', name: 'share', server: 'nas1', writes: 'sync' }],
    guests: [
      { id: 'vm:101', name: 'web', node: 'pve1', ramMiB: 1024, cpus: 1, diskGB: 4, storage: 'share' },
      { id: 'ct:102', name: 'db', node: 'pve2', ramMiB: 1024, cpus: 1, diskGB: 4 },
    ],
  }
  const faults: Plan['faults'] = kinds.map((kind, index) => ({
    id: kind,
    kind,
    atSeconds: 300 + index * 1500,
    jitterSeconds: 0,
    target: { rule: 'hosting-guest', guest: 'vm:101' },
    healAfterSeconds: 240,
  }))
  const phases: Plan['phases'] = [{ id: 'main', durationSeconds: 300 + kinds.length * 1500 }]

  it('are each injected, seen by those they concern, and healed', async () => {
    const file = await runToEnd({ lab: onNas, plan: { faults, phases } })
    const state = runStateOf(file.entries)
    expect(state.faults.map(({ status }) => status)).toEqual(kinds.map(() => 'healed'))
    const logged = (kind: (typeof kinds)[number], part: string | RegExp) => {
      const { injectedAtMs = 0, healedAtMs = 0 } = state.faults.find(({ id }) => id === kind) ?? {}
      return file.entries.some(
        ({ atMs, event }) =>
          event.type === 'lab-log' &&
          atMs >= injectedAtMs &&
          atMs <= healedAtMs &&
          event.message.match(part) !== null,
      )
    }
    const recovered = /^recover service 'vm:101' from fenced node/
    expect(logged('node-frozen', recovered)).toBe(true)
    expect(logged('cluster-link-cut', recovered)).toBe(true)
    expect(logged('network-partition', recovered)).toBe(true)
    expect(logged('management-link-cut', recovered)).toBe(false)
    expect(logged('osd-killed', /osd\.\d failed .*connection refused/)).toBe(true)
    expect(logged('monitor-killed', /MON_DOWN/)).toBe(true)
    const badSecondsIn = (kind: (typeof kinds)[number], subject: string) => {
      const series = file.series.find((each) => each.subject === subject)
      assert(series !== undefined)
      const { injectedAtMs = 0, healedAtMs = 0 } = state.faults.find(({ id }) => id === kind) ?? {}
      const bad = (file.samples.get(series.index) ?? []).filter(
        ({ tick, outcome }) =>
          scheduledMsOf(series, tick) > injectedAtMs &&
          scheduledMsOf(series, tick) < healedAtMs &&
          outcomeClassOf(outcome) === 'bad',
      )
      return (bad.length * series.intervalMs) / 1000
    }
    // The network of the guests is gone, which HA does not look at, until it is back.
    expect(badSecondsIn('management-link-cut', 'vm:101')).toBeGreaterThan(230)
    // A TCP connect is answered by the kernel of a guest whose disk stalls.
    expect(badSecondsIn('nas-power-off', 'vm:101')).toBe(0)
    for (const kind of ['osd-killed', 'monitor-killed'] as const) expect(badSecondsIn(kind, 'vm:101')).toBe(0)
    expect(state.faults.at(-1)?.target).toMatchObject({ node: 'nas1', guests: ['vm:101'] })
  })

  it('give the same journal when they are repeated', async () => {
    const plan = { faults: faults.slice(0, 4), phases }
    const [first, again] = [await runToEnd({ lab: onNas, plan }), await runToEnd({ lab: onNas, plan })]
    expect(again.entries).toEqual(first.entries)
  })
})

describe('a repeated run on the embedded lab', () => {
  it('gives the same journal and samples for the same seed, and others for another', async () => {
    const [first, same, other] = await Promise.all(
      [{ seed: 1 }, { seed: 1 }, { seed: 2 }].map((o) => runToEnd(o)),
    )
    expect(same?.entries).toEqual(first?.entries)
    expect(same?.samples).toEqual(first?.samples)
    expect(other?.entries).not.toEqual(first?.entries)
  })

  it('ends as if nothing had happened, wherever it was killed', async () => {
    const whole = await runToEnd({})
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.entries.length - 1 }), async (seq) => {
        const stored = await entriesWhenKilledAt(seq, {})
        expect(stored).toEqual(whole.entries.slice(0, seq))
        const resumed = await runToEnd({}, stored)
        expect(resumed.entries).toEqual(whole.entries)
        expect(resumed.samples).toEqual(whole.samples)
      }),
      { numRuns: 12 },
    )
  }, 60_000)
})
