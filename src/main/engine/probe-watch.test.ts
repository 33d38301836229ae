import { describe, expect, it } from 'vitest'
import { type OutcomeName, outcomes, type Sample, type Series } from '../../shared/domain/sample.ts'
import type { SampleSink } from '../contracts/probe-runner.ts'
import { ProbeWatch } from './probe-watch.ts'

const web: Series = {
  index: 0,
  kind: 'tcp',
  subject: 'vm:101',
  address: '192.0.2.10:80',
  intervalMs: 1000,
  deadlineMs: 500,
  originMs: 200,
}
const control: Series = { ...web, index: 1, subject: 'control' }

async function createBench(continuation?: Parameters<ProbeWatch['start']>[1]) {
  const recorded: [Series, Sample][] = []
  let sink: SampleSink = () => {}
  let started: readonly Series[] = []
  let paused = false
  const watch = new ProbeWatch({
    probes: {
      start: (series, given) => {
        started = series
        sink = given
        return Promise.resolve({ stop: () => Promise.resolve() })
      },
    },
    record: { record: (series, sample) => recorded.push([series, sample]) },
    isPaused: () => paused,
  })
  await watch.start([web, control], continuation)
  return {
    watch,
    recorded,
    started,
    answer: (tick: number, outcome: OutcomeName = 'ok', series = web) =>
      sink(series, { tick, latenessUs: 5, rttUs: 300, outcome: outcomes[outcome] }),
    setPaused: (value: boolean) => {
      paused = value
    },
  }
}

const notOk = [{ kind: 'probe-not-ok', subject: 'vm:101', probe: 'tcp' }]

describe('ProbeWatch', () => {
  it('counts a guest as answering once every probe was good for the asked time', async () => {
    const { watch, answer } = await createBench()
    expect(watch.obstacles(0, 3000)).toEqual(notOk)
    for (let tick = 0; tick <= 3; tick++) answer(tick)
    expect(watch.obstacles(3199, 3000)).toEqual(notOk)
    expect(watch.obstacles(3200, 3000)).toEqual([])
  })

  it.each(['bad:timeout', 'late', 'void:missed'] as const)(
    'starts counting anew after %s',
    async (outcome) => {
      const { watch, answer } = await createBench()
      for (let tick = 0; tick <= 5; tick++) answer(tick)
      answer(6, outcome)
      answer(7)
      expect(watch.obstacles(7300, 3000)).toEqual(notOk)
      for (let tick = 8; tick <= 10; tick++) answer(tick)
      expect(watch.obstacles(10_300, 3000)).toEqual([])
    },
  )

  it('does not trust answers that stopped coming', async () => {
    const { watch, answer } = await createBench()
    for (let tick = 0; tick <= 5; tick++) answer(tick)
    expect(watch.obstacles(11_000, 3000)).toEqual([])
    expect(watch.obstacles(13_000, 3000)).toEqual(notOk)
  })

  it('does not ask the control address for guests', async () => {
    const { watch, answer } = await createBench()
    for (let tick = 0; tick <= 3; tick++) {
      answer(tick)
      answer(tick, 'bad:timeout', control)
    }
    expect(watch.obstacles(3300, 3000)).toEqual([])
  })

  it('voids what arrives while the schedule is paused, keeping when it was sent', async () => {
    const { recorded, answer, setPaused } = await createBench()
    setPaused(true)
    answer(0)
    expect(recorded).toEqual([[web, { tick: 0, latenessUs: 5, rttUs: 0, outcome: outcomes['void:paused'] }]])
  })

  it('fills the gap of a continued run and goes on with the next tick', async () => {
    const recordedTicks = (series: Series) => (series === web ? 3 : 4)
    const { recorded, started, answer } = await createBench({ nowMs: 5900, endMs: 1e6, recordedTicks })
    const gap = { latenessUs: 0, rttUs: 0, outcome: outcomes['void:not-recorded'] }
    expect(recorded).toEqual([
      [web, { tick: 3, ...gap }],
      [web, { tick: 4, ...gap }],
      [web, { tick: 5, ...gap }],
      [control, { tick: 4, ...gap }],
      [control, { tick: 5, ...gap }],
    ])
    expect(started.map(({ originMs }) => originMs)).toEqual([6200, 6200])
    recorded.length = 0
    answer(0)
    expect(recorded).toEqual([[web, { tick: 6, latenessUs: 5, rttUs: 300, outcome: outcomes.ok }]])
  })

  it('fills no gap beyond the end of the window', async () => {
    const { recorded, started } = await createBench({ nowMs: 1e6, endMs: 2200, recordedTicks: () => 0 })
    expect(recorded.map(([, { tick }]) => tick)).toEqual([0, 1, 0, 1])
    expect(started[0]?.originMs).toBe(2200)
  })
})
