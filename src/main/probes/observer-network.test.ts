import { describe, expect, it } from 'vitest'
import { type OutcomeCode, outcomes, type Series } from '../../shared/domain/sample.ts'
import { ObserverNetworkFilter } from './observer-network.ts'
import type { SampleRun } from './probe-lane.ts'

function seriesOf(index: number, subject: string, intervalMs: number, originMs = 0): Series {
  return { index, kind: 'tcp', subject, address: '192.0.2.1:80', intervalMs, deadlineMs: 800, originMs }
}

interface Cut {
  readonly fromMs: number
  readonly toMs: number
}

/** Runs samples of all series in time order through a filter; each series is bad within its cuts. */
function replay(series: readonly Series[], cuts: readonly (readonly Cut[])[], endMs = 20_000) {
  const out: SampleRun[][] = series.map(() => [])
  const delays: number[] = []
  let nowMs = 0
  const filter = new ObserverNetworkFilter(series, (run) => {
    const one = series[run.position] as Series
    delays.push(nowMs - (one.originMs + run.tick * one.intervalMs))
    out[run.position]?.push(run)
  })
  const sends = series
    .flatMap((one, position) =>
      Array.from({ length: Math.ceil((endMs - one.originMs) / one.intervalMs) }, (_, tick) => ({
        position,
        tick,
        atMs: one.originMs + tick * one.intervalMs,
      })),
    )
    .sort((a, b) => a.atMs - b.atMs)
  for (const { position, tick, atMs } of sends) {
    nowMs = atMs
    const isCut = cuts[position]?.some(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)
    const outcome: OutcomeCode = isCut ? outcomes['bad:timeout'] : outcomes.ok
    filter.push({ position, tick, count: 1, latenessUs: 0, rttUs: 1, outcome })
    filter.drain()
  }
  filter.end()
  return { out, delays }
}

const countOf = (runs: readonly SampleRun[] | undefined, outcome: OutcomeCode) =>
  runs?.filter((run) => run.outcome === outcome).length

const observerNetwork = outcomes['void:observer-network']
const timeout = outcomes['bad:timeout']

describe('ObserverNetworkFilter', () => {
  const control = seriesOf(0, 'control', 1000)
  const first = seriesOf(1, 'vm1', 100, 13)
  const second = seriesOf(2, 'vm2', 500, 71)

  it('voids what is bad everywhere at once, from the first bad sample to the last', () => {
    const cut = [{ fromMs: 5300, toMs: 10_200 }]
    const { out } = replay([control, first, second], [cut, cut, cut])
    expect(countOf(out[0], observerNetwork)).toBe(5)
    expect(countOf(out[1], observerNetwork)).toBe(49)
    expect(countOf(out[2], observerNetwork)).toBe(10)
    for (const runs of out) expect(countOf(runs, timeout)).toBe(0)
  })

  it('keeps an outage of all targets bad while the control answers', () => {
    const cut = [{ fromMs: 5300, toMs: 10_200 }]
    const { out } = replay([control, first, second], [[], cut, cut])
    expect(countOf(out[1], timeout)).toBe(49)
    expect(countOf(out[2], timeout)).toBe(10)
  })

  it('keeps an outage bad while one target answers, though the control is silent', () => {
    const cut = [{ fromMs: 5300, toMs: 10_200 }]
    const { out } = replay([control, first, second], [cut, cut, []])
    expect(countOf(out[0], timeout)).toBe(5)
    expect(countOf(out[1], timeout)).toBe(49)
  })

  it('separates a fault of the observer from a longer one of a target', () => {
    // vm1 is down from 3 s to 15 s; in the middle everything is cut for two seconds.
    const middle = { fromMs: 8000, toMs: 10_000 }
    const { out } = replay([control, first, second], [[middle], [{ fromMs: 3000, toMs: 15_000 }], [middle]])
    const voided = (out[1] ?? []).filter((run) => run.outcome === observerNetwork).map(({ tick }) => tick)
    // Bounded by the good samples of vm2 (every 500 ms) and of the control (every second) around the cut.
    expect(Math.min(...voided)).toBeGreaterThanOrEqual(70)
    expect(Math.max(...voided)).toBeLessThan(105)
    expect(voided.length).toBeGreaterThanOrEqual(20)
    expect(countOf(out[1], timeout)).toBe(120 - voided.length)
  })

  it('keeps order and number of samples of each series', () => {
    const cut = [{ fromMs: 5300, toMs: 10_200 }]
    const { out } = replay([control, first, second], [cut, cut, [{ fromMs: 7000, toMs: 9000 }]])
    for (const [position, runs] of out.entries())
      expect(runs.map(({ tick }) => tick)).toEqual(
        Array.from({ length: [20, 200, 40][position] as number }, (_, tick) => tick),
      )
  })

  it('holds a bad sample back no longer than the control takes to answer again', () => {
    const { delays } = replay([control, first, second], [[], [{ fromMs: 5300, toMs: 10_200 }], []])
    expect(Math.max(...delays)).toBeLessThanOrEqual(1000)
  })

  it('passes everything on at once without a control series, and with nothing else', () => {
    const cut = [{ fromMs: 5300, toMs: 10_200 }]
    const targetsOnly = replay([first, second], [cut, cut])
    expect(countOf(targetsOnly.out[0], timeout)).toBe(49)
    expect(Math.max(...targetsOnly.delays)).toBe(0)
    expect(countOf(replay([control], [cut]).out[0], timeout)).toBe(5)
  })

  it('lets a stretch of skipped ticks through and takes it for no evidence', () => {
    const runs: SampleRun[] = []
    const filter = new ObserverNetworkFilter([control, first], (run) => runs.push(run))
    const sample = { count: 1, latenessUs: 0, rttUs: 1 }
    filter.push({ ...sample, position: 0, tick: 0, outcome: outcomes.ok })
    filter.push({ ...sample, position: 1, tick: 0, count: 20, outcome: outcomes['void:suspended'] })
    filter.push({ ...sample, position: 1, tick: 20, outcome: timeout })
    filter.push({ ...sample, position: 0, tick: 1, count: 2, outcome: outcomes['void:suspended'] })
    filter.push({ ...sample, position: 0, tick: 3, outcome: outcomes.ok })
    filter.drain()
    expect(runs.map(({ outcome }) => outcome)).toEqual([
      outcomes.ok,
      outcomes['void:suspended'],
      outcomes['void:suspended'],
      outcomes.ok,
      timeout,
    ])
  })
})
