import { describe, expect, it } from 'vitest'
import { type OutcomeCode, outcomeClassOf, outcomes } from '../../shared/domain/sample.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Random } from '../contracts/random.ts'
import { ProbeEngine } from './probe-engine.ts'
import type { SampleRun } from './probe-lane.ts'
import type { ProbeAttempt, Prober } from './prober.ts'
import { ticksBefore } from './schedule.ts'

interface Gap {
  readonly fromMs: number
  readonly toMs: number
}

/** A clock whose sleepers wake -1 to +30 ms off their moment, and not at all while the machine stands still. */
class RoughClock implements Clock {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #gaps: readonly Gap[]

  constructor(clock: VirtualClock, random: Random, gaps: readonly Gap[]) {
    this.#clock = clock
    this.#random = random
    this.#gaps = gaps
  }

  nowMs() {
    return this.#clock.nowMs()
  }

  wallTime() {
    return this.#clock.wallTime()
  }

  sleep(durationMs: number, signal?: AbortSignal) {
    return this.sleepUntil(this.nowMs() + durationMs, signal)
  }

  sleepUntil(atMs: number, signal?: AbortSignal) {
    const wakeMs = Math.max(this.nowMs(), atMs + this.#random.between(-1, 30))
    const gap = this.#gaps.find(({ fromMs, toMs }) => wakeMs >= fromMs && wakeMs < toMs)
    return this.#clock.sleepUntil(gap ? gap.toMs : wakeMs, signal)
  }

  hold<T>(label: string, work: Promise<T>) {
    return this.#clock.hold(label, work)
  }
}

/** Answers as it is told: outcome and milliseconds after sending, or silence. */
class ScriptedProber implements Prober {
  readonly sendsWithinMs = 0
  abandoned = 0
  mostUnderway = 0
  #underway = 0
  readonly #clock: VirtualClock
  readonly #script: (tick: number, nowMs: number) => { outcome: OutcomeCode; afterMs: number } | 'silence'

  constructor(clock: VirtualClock, script: ScriptedProber['script']) {
    this.#clock = clock
    this.#script = script
  }

  get script() {
    return this.#script
  }

  send(attempt: ProbeAttempt) {
    this.mostUnderway = Math.max(this.mostUnderway, ++this.#underway)
    const reply = this.#script(attempt.tick, this.#clock.nowMs())
    if (reply === 'silence') return () => this.#giveUp()
    const cancel = this.#clock.at(this.#clock.nowMs() + reply.afterMs, () => {
      this.#underway--
      attempt.answer(reply.outcome)
    })
    return () => {
      cancel()
      this.#giveUp()
    }
  }

  close() {}

  #giveUp() {
    this.abandoned++
    this.#underway--
  }
}

const ok = { outcome: outcomes.ok, afterMs: 0.4 }

async function runOnVirtualClock(
  options: {
    readonly intervalMs: number
    readonly endMs: number
    readonly deadlineMs?: number
    readonly gaps?: readonly Gap[]
    readonly rough?: boolean
    readonly stopAtMs?: number
  },
  script: ScriptedProber['script'],
) {
  const clock = new VirtualClock()
  const engineClock = options.rough ? new RoughClock(clock, seededRandom(5), options.gaps ?? []) : clock
  const runs: SampleRun[] = []
  const prober = new ScriptedProber(clock, script)
  const series = { originMs: 0, intervalMs: options.intervalMs, deadlineMs: options.deadlineMs ?? 800 }
  const engine = new ProbeEngine(engineClock, [{ series, prober }], (run) => runs.push(run))
  await clock.run(async () => {
    const done = engine.run()
    if (options.stopAtMs !== undefined) await clock.sleepUntil(options.stopAtMs)
    engine.stop([ticksBefore(series, options.endMs)])
    await done
  })
  return { runs, prober, endedAtMs: clock.nowMs() }
}

function countByClass(runs: readonly SampleRun[]) {
  const counts = { ok: 0, late: 0, bad: 0, void: 0 }
  for (const run of runs) counts[outcomeClassOf(run.outcome)] += run.count
  return counts
}

describe('ProbeEngine', () => {
  for (const intervalMs of [1000, 100]) {
    it(`keeps expected = ok + late + bad + void over 12 h at ${1000 / intervalMs} Hz with rough timers, a stall and a sleep`, async () => {
      const gaps = [
        { fromMs: 1_000_050, toMs: 1_007_050 },
        { fromMs: 20_000_050, toMs: 23_600_050 },
      ]
      const endMs = 43_200_000
      const { runs } = await runOnVirtualClock({ intervalMs, endMs, gaps, rough: true }, () => ok)
      let nextTick = 0
      for (const run of runs) {
        if (run.tick !== nextTick) expect.fail(`tick ${run.tick} after ${nextTick - 1}`)
        nextTick += run.count
      }
      expect(nextTick).toBe(endMs / intervalMs)
      const voids = runs.filter((run) => outcomeClassOf(run.outcome) === 'void')
      // In each gap every tick but the last, which is still current when the machine wakes, is void.
      const ticksInGaps = 7000 / intervalMs + 3_600_000 / intervalMs
      expect(voids.every((run) => run.outcome === outcomes['void:suspended'])).toBe(true)
      expect(countByClass(runs)).toEqual({
        ok: endMs / intervalMs - (ticksInGaps - 2),
        late: 0,
        bad: 0,
        void: ticksInGaps - 2,
      })
      expect(runs.every((run) => run.latenessUs >= 0 && run.latenessUs < 1_000_000)).toBe(true)
    }, 60_000)
  }

  it('calls an answer after the deadline late, with its real round trip, and gives up after twice the deadline', async () => {
    const { runs, prober } = await runOnVirtualClock(
      { intervalMs: 1000, endMs: 4000, deadlineMs: 800 },
      (tick) => [ok, { outcome: outcomes.ok, afterMs: 1200 }, 'silence' as const, ok][tick] ?? ok,
    )
    expect(runs.map(({ tick, outcome, rttUs }) => ({ tick, outcome, rttUs }))).toEqual([
      { tick: 0, outcome: outcomes.ok, rttUs: 400 },
      { tick: 1, outcome: outcomes.late, rttUs: 1_200_000 },
      { tick: 2, outcome: outcomes['bad:timeout'], rttUs: 0 },
      { tick: 3, outcome: outcomes.ok, rttUs: 400 },
    ])
    expect(prober.abandoned).toBe(1)
  })

  it('keeps sending through silence, with a bounded number of probes under way', async () => {
    const { runs, prober } = await runOnVirtualClock(
      { intervalMs: 100, endMs: 10_000, deadlineMs: 800 },
      () => 'silence',
    )
    expect(runs).toHaveLength(100)
    expect(runs.every((run) => run.outcome === outcomes['bad:timeout'] && run.latenessUs === 0)).toBe(true)
    expect(prober.mostUnderway).toBeLessThanOrEqual(Math.ceil((2 * 800) / 100) + 1)
    expect(prober.abandoned).toBe(100)
  })

  it('keeps the reason of a bad answer in time, and calls one after the deadline a timeout', async () => {
    const { runs } = await runOnVirtualClock({ intervalMs: 1000, endMs: 2000 }, (tick) => ({
      outcome: tick === 0 ? outcomes['bad:refused'] : outcomes['bad:unreachable-local'],
      afterMs: tick === 0 ? 2 : 1000,
    }))
    expect(runs.map(({ outcome, rttUs }) => [outcome, rttUs])).toEqual([
      [outcomes['bad:refused'], 2000],
      [outcomes['bad:timeout'], 0],
    ])
  })

  it('delivers samples in tick order though answers overtake each other', async () => {
    const { runs } = await runOnVirtualClock({ intervalMs: 100, endMs: 1000 }, (tick) => ({
      outcome: outcomes.ok,
      afterMs: tick === 2 ? 750 : 1,
    }))
    expect(runs.map(({ tick }) => tick)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(runs[2]?.rttUs).toBe(750_000)
  })

  it('does not blame the target for an answer that came while the observer stood still over the deadline', async () => {
    // Sent at 1000, blind from 1100 to 2500; the answer is read at 2500 and may have come in time.
    const clock = new VirtualClock()
    const gaps = [{ fromMs: 1100, toMs: 2500 }]
    const runs: SampleRun[] = []
    const prober: Prober = {
      sendsWithinMs: 0,
      send(attempt) {
        if (attempt.tick === 10) clock.at(2500, () => attempt.answer(outcomes.ok))
        else attempt.answer(outcomes.ok)
        return () => {}
      },
      close() {},
    }
    const quiet: Random = { ...seededRandom(1), between: () => 0, fraction: () => 0, int: () => 0 }
    const engine = new ProbeEngine(
      new RoughClock(clock, quiet, gaps),
      [{ series: { originMs: 0, intervalMs: 100, deadlineMs: 800 }, prober }],
      (run) => runs.push(run),
    )
    engine.stop([40])
    await clock.run(() => engine.run())
    expect(runs.find(({ tick }) => tick === 10)?.outcome).toBe(outcomes['void:missed'])
    expect(countByClass(runs)).toEqual({ ok: 40 - 15, late: 0, bad: 0, void: 15 })
  })

  it('voids probes under way when the computer slept', async () => {
    const clock = new VirtualClock()
    const runs: SampleRun[] = []
    const prober = new ScriptedProber(clock, (tick) => (tick === 10 ? 'silence' : ok))
    const quiet: Random = { ...seededRandom(1), between: () => 0, fraction: () => 0, int: () => 0 }
    const engine = new ProbeEngine(
      new RoughClock(clock, quiet, [{ fromMs: 1050, toMs: 9050 }]),
      [{ series: { originMs: 0, intervalMs: 100, deadlineMs: 800 }, prober }],
      (run) => runs.push(run),
    )
    engine.stop([120])
    await clock.run(() => engine.run())
    expect(runs.find(({ tick }) => tick === 10)?.outcome).toBe(outcomes['void:suspended'])
    // Ticks 11 to 89 fell into the sleep; 90 was current when it ended.
    expect(countByClass(runs)).toEqual({ ok: 120 - 80, late: 0, bad: 0, void: 80 })
  })

  it('recognises a sleep in which the monotonic clock stood still by the wall clock', async () => {
    const clock = new VirtualClock()
    let sleptMs = 0
    const sleepyClock: Clock = {
      nowMs: () => clock.nowMs(),
      wallTime: () => new Date(Date.parse(clock.wallTime()) + sleptMs).toISOString(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      sleepUntil: (ms, signal) => clock.sleepUntil(ms, signal),
      hold: (label, work) => clock.hold(label, work),
    }
    clock.at(1050, () => {
      sleptMs = 3_600_000
    })
    const runs: SampleRun[] = []
    const prober = new ScriptedProber(clock, (tick) => (tick === 10 ? 'silence' : ok))
    const series = { originMs: 0, intervalMs: 100, deadlineMs: 800 }
    const engine = new ProbeEngine(sleepyClock, [{ series, prober }], (run) => runs.push(run))
    engine.stop([30])
    await clock.run(() => engine.run())
    expect(runs.find(({ tick }) => tick === 10)?.outcome).toBe(outcomes['void:suspended'])
    expect(countByClass(runs)).toEqual({ ok: 29, late: 0, bad: 0, void: 1 })
  })

  it('takes round trip and send time from a prober that sends by itself, and voids a tick it did not send', async () => {
    const clock = new VirtualClock()
    const runs: SampleRun[] = []
    const prober: Prober = {
      sendsWithinMs: 200,
      send(attempt) {
        if (attempt.tick === 1) return () => {}
        clock.at(clock.nowMs() + 150, () => {
          attempt.sentMs = attempt.dueMs + 120
          attempt.answer(outcomes.ok, 777)
        })
        return () => {}
      },
      close() {},
    }
    const series = { originMs: 0, intervalMs: 200, deadlineMs: 100 }
    const engine = new ProbeEngine(clock, [{ series, prober }], (run) => runs.push(run))
    engine.stop([3])
    await clock.run(() => engine.run())
    expect(runs.map(({ outcome, latenessUs, rttUs }) => [outcome, latenessUs, rttUs])).toEqual([
      [outcomes.ok, 120_000, 777],
      [outcomes['void:missed'], 0, 0],
      [outcomes.ok, 120_000, 777],
    ])
  })

  it('ends as soon as the last answer is in, and leaves out ticks due at the end', async () => {
    const { runs, endedAtMs } = await runOnVirtualClock(
      { intervalMs: 60_000, endMs: 120_000, stopAtMs: 61_000 },
      () => ok,
    )
    expect(runs.map(({ tick }) => tick)).toEqual([0, 1])
    expect(endedAtMs).toBeLessThan(62_000)
  })

  it('forgets probes under way that are due after an end in the past', async () => {
    const { runs, prober } = await runOnVirtualClock(
      { intervalMs: 100, endMs: 1000, stopAtMs: 1450 },
      () => 'silence',
    )
    expect(runs.map(({ tick }) => tick)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(prober.abandoned).toBe(15)
  })
})
