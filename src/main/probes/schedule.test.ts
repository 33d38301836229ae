import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomes } from '../../shared/domain/sample.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { outcomeOfGap, ProbeSchedule, type TickSource, ticksBefore } from './schedule.ts'

interface Sent {
  readonly tick: number
  readonly atMs: number
}

interface Skipped {
  readonly from: number
  readonly to: number
  readonly outcome: number
}

/** Drives a schedule with timers that are off by `timerErrorMs()`, and blind in the given gaps. */
function drive(
  series: readonly TickSource[],
  endMs: number,
  timerErrorMs: () => number,
  gaps: readonly { readonly fromMs: number; readonly toMs: number }[] = [],
) {
  const sent: Sent[][] = series.map(() => [])
  const skipped: Skipped[][] = series.map(() => [])
  const schedule = new ProbeSchedule(series, {
    onDue: (position, tick, atMs) => sent[position]?.push({ tick, atMs }),
    onSkipped: (position, from, to, outcome) => skipped[position]?.push({ from, to, outcome }),
  })
  schedule.endAt(series.map((source) => ticksBefore(source, endMs)))
  let nowMs = 0
  for (;;) {
    const dueMs = schedule.nextDueMs()
    if (dueMs === undefined) return { sent, skipped }
    // A timer never fires before it was set, and a sleeping machine fires none.
    nowMs = Math.max(nowMs, dueMs + timerErrorMs())
    const gap = gaps.find(({ fromMs, toMs }) => nowMs >= fromMs && nowMs < toMs)
    if (gap) nowMs = gap.toMs
    schedule.advance(nowMs)
    // An early wake-up is followed by another look shortly after, as after any timer.
    nowMs += 0.05
  }
}

const twelveHoursMs = 43_200_000

describe('ProbeSchedule', () => {
  for (const intervalMs of [1000, 100]) {
    it(`sends every tick of 12 hours once and never early, at ${1000 / intervalMs} Hz with timers off by -1 to +30 ms`, () => {
      const random = seededRandom(intervalMs)
      const series = { originMs: 17.3, intervalMs }
      const { sent, skipped } = drive([series], series.originMs + twelveHoursMs, () => random.between(-1, 30))
      const ticks = sent[0] as Sent[]
      expect(skipped[0]).toEqual([])
      expect(ticks).toHaveLength(twelveHoursMs / intervalMs)
      // One comparison per property: half a million single expectations would take longer than the schedule.
      expect(ticks.every(({ tick }, position) => tick === position)).toBe(true)
      const lateness = ticks.map(({ tick, atMs }) => atMs - (series.originMs + tick * intervalMs))
      expect(Math.min(...lateness.slice(0, 50_000))).toBeGreaterThanOrEqual(0)
      expect(lateness.every((ms) => ms >= 0 && ms < 31.1)).toBe(true)
    })
  }

  it('reports exactly the ticks of a 7 s stall and of an hour of sleep as suspended, each once', () => {
    const random = seededRandom(3)
    const series = { originMs: 0, intervalMs: 1000 }
    const gaps = [
      { fromMs: 100_500, toMs: 107_500 },
      { fromMs: 3_600_200, toMs: 7_200_200 },
    ]
    const { sent, skipped } = drive([series], twelveHoursMs, () => random.between(-1, 30), gaps)
    // Tick 107 was due half a second before the stall ended: it is sent, late; the six before it are not.
    expect(skipped[0]).toEqual([
      { from: 101, to: 107, outcome: outcomes['void:suspended'] },
      { from: 3601, to: 7200, outcome: outcomes['void:suspended'] },
    ])
    expect((sent[0] as Sent[]).length + 6 + 3599).toBe(43_200)
  })

  it('calls a stall shorter than two seconds missed, not suspended', () => {
    const { skipped } = drive([{ originMs: 0, intervalMs: 100 }], 10_000, () => 0, [
      { fromMs: 4950, toMs: 5850 },
    ])
    expect(skipped[0]).toEqual([{ from: 50, to: 58, outcome: outcomes['void:missed'] }])
    expect(outcomeOfGap(2000, 100)).toBe(outcomes['void:missed'])
    expect(outcomeOfGap(2001, 100)).toBe(outcomes['void:suspended'])
    expect(outcomeOfGap(2900, 1000)).toBe(outcomes['void:missed'])
  })

  it('serves series of many rates from one list in the order of their moments', () => {
    const series = Array.from({ length: 60 }, (_, position) => ({
      originMs: (position * 100) / 60,
      intervalMs: position % 2 === 0 ? 100 : 250,
    }))
    const moments: number[] = []
    const schedule = new ProbeSchedule(series, {
      onDue: (position, tick) => {
        const source = series[position] as TickSource
        moments.push(source.originMs + tick * source.intervalMs)
      },
      onSkipped: () => expect.fail('nothing was late'),
    })
    for (let dueMs = schedule.nextDueMs(); dueMs !== undefined && dueMs < 5000; dueMs = schedule.nextDueMs())
      schedule.advance(dueMs)
    expect(moments).toHaveLength(series.reduce((sum, source) => sum + ticksBefore(source, 5000), 0))
    expect(moments).toEqual([...moments].sort((a, b) => a - b))
  })

  it('accounts for every tick exactly once, whatever the timers and gaps do', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5000, noNaN: true }),
        fc.integer({ min: 10, max: 3000 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 1, max: 20_000 })), {
          maxLength: 4,
        }),
        fc.integer({ min: 0, max: 1000 }),
        (originMs, intervalMs, lengthMs, rawGaps, seed) => {
          const random = seededRandom(seed)
          const endMs = originMs + lengthMs
          const gaps = rawGaps.map(([fromMs, length]) => ({ fromMs, toMs: fromMs + length }))
          const source = { originMs, intervalMs }
          const { sent, skipped } = drive([source], endMs, () => random.between(-1, 30), gaps)
          const seen = [
            ...(sent[0] as Sent[]).map(({ tick }) => tick),
            ...(skipped[0] as Skipped[]).flatMap(({ from, to }) =>
              Array.from({ length: to - from }, (_, index) => from + index),
            ),
          ].sort((a, b) => a - b)
          expect(seen).toEqual(Array.from({ length: ticksBefore(source, endMs) }, (_, tick) => tick))
          for (const { tick, atMs } of sent[0] as Sent[])
            expect(atMs).toBeGreaterThanOrEqual(originMs + tick * intervalMs)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('sends nothing due at the end or later, and begins at the first tick it is given', () => {
    const sent: number[] = []
    const schedule = new ProbeSchedule(
      [{ originMs: 0, intervalMs: 100 }],
      { onDue: (_position, tick) => sent.push(tick), onSkipped: () => expect.fail('nothing was late') },
      [7],
    )
    schedule.endAt([10])
    for (let dueMs = schedule.nextDueMs(); dueMs !== undefined; dueMs = schedule.nextDueMs())
      schedule.advance(dueMs)
    expect(sent).toEqual([7, 8, 9])
  })
})
