import { describe, expect, it } from 'vitest'
import { openFaultsOf, runStateOf } from '../../shared/domain/journal.ts'
import { outcomes } from '../../shared/domain/sample.ts'
import type { VirtualClock } from '../base/virtual-clock.ts'
import type { Clock } from '../contracts/clock.ts'
import { EngineBench } from '../testing/engine-bench.ts'

/** Moments of the small plan on the fake lab with seed 1, all within the named state. */
const moments = {
  'before the window': 30_000,
  'waiting for the first fault': 300_000,
  'while the first fault is open': 800_000,
  'while the first fault is being healed': 985_000,
  'between two faults': 1_400_000,
  'after the last fault': 3_900_000,
}

describe('cancelling', () => {
  it.each(Object.entries(moments))('%s heals what is open, drops the rest and ends', async (_, atMs) => {
    const bench = new EngineBench()
    const outcome = await bench.run((run) => bench.at(atMs, () => run.cancel()))
    expect(outcome).toBe('cancelled')
    const state = runStateOf(bench.file.entries)
    expect(state).toMatchObject({ status: 'ended', outcome: 'cancelled', cancelRequested: true })
    expect(openFaultsOf(state)).toEqual([])
    expect(state.faults.every(({ status }) => status === 'healed' || status === 'skipped')).toBe(true)
    const askedAtMs = bench.events('cancel-requested')[0]?.atMs ?? 0
    expect(askedAtMs).toBeGreaterThan(atMs)
    expect(askedAtMs).toBeLessThan(atMs + 10)
    expect(bench.events('fault-injected').every((injected) => injected.atMs < askedAtMs)).toBe(true)
    expect([...bench.lab.nodes.values()].every(({ online }) => online)).toBe(true)
    if (state.windowOpenedAtMs !== undefined)
      expect(bench.types.slice(-2)).toEqual(['window-closed', 'run-ended'])
  })

  it('at a gate ends the wait', async () => {
    const bench = new EngineBench()
    bench.at(650_000, () => {
      bench.lab.storageCleanFromMs = Number.POSITIVE_INFINITY
    })
    const outcome = await bench.run((run) => bench.at(700_000, () => run.cancel()))
    expect(outcome).toBe('cancelled')
    expect(bench.clock.nowMs()).toBeLessThan(710_000)
  })

  it('twice is cancelling once', async () => {
    const bench = new EngineBench()
    await bench.run((run) => {
      bench.at(300_000, () => run.cancel())
      bench.at(300_000, () => run.cancel())
    })
    expect(bench.events('cancel-requested')).toHaveLength(1)
  })
})

describe('skipping', () => {
  const skippedFaults = (bench: EngineBench) =>
    bench.events('fault-skipped').map(({ event }) => `${event.fault} ${event.reason}`)

  it('drops the fault that is waited for', async () => {
    const bench = new EngineBench()
    expect(await bench.run((run) => bench.at(300_000, () => run.skipFault()))).toBe('completed')
    expect(skippedFaults(bench)).toEqual(['first user'])
    expect(bench.events('fault-healed').map(({ event }) => event.fault)).toEqual(['second', 'third'])
  })

  it('drops the fault whose gate is shut', async () => {
    const bench = new EngineBench()
    bench.at(650_000, () => {
      bench.lab.storageCleanFromMs = 800_000
    })
    await bench.run((run) => bench.at(700_000, () => run.skipFault()))
    expect(skippedFaults(bench)).toEqual(['first user'])
  })

  it('drops the next fault while one is open, and each time one more', async () => {
    const bench = new EngineBench()
    await bench.run((run) => {
      bench.at(800_000, () => {
        run.skipFault()
        run.skipFault()
        run.skipFault()
      })
    })
    expect(skippedFaults(bench)).toEqual(['second user', 'third user'])
    expect(bench.events('fault-healed').map(({ event }) => event.fault)).toEqual(['first'])
  })
})

describe('pausing on a virtual clock', () => {
  const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

  it('takes no virtual time', async () => {
    const calm = new EngineBench()
    await calm.run()
    const bench = new EngineBench()
    const run = bench.prepare()
    let pausedAtMs = 0
    run.onEvent(({ event, atMs }) => {
      if (event.type !== 'schedule-paused') return
      pausedAtMs = atMs
      void later(30).then(() => run.proceed())
    })
    bench.at(300_000, () => run.pause())
    expect(await bench.clock.run(() => run.start())).toBe('completed')
    expect(pausedAtMs).toBeGreaterThan(300_000)
    expect(bench.events('schedule-continued')[0]?.atMs).toBe(pausedAtMs)
    expect(bench.events('fault-injected')).toEqual(calm.events('fault-injected'))
    expect(bench.events('window-closed')).toEqual(calm.events('window-closed'))
  })

  it('waits until the open fault is healed', async () => {
    const bench = new EngineBench()
    const run = bench.prepare()
    run.onEvent(({ event }) => {
      if (event.type === 'schedule-paused') void later(5).then(() => run.proceed())
    })
    bench.at(800_000, () => run.pause())
    await bench.clock.run(() => run.start())
    expect(bench.events('schedule-paused')[0]?.atMs).toBe(bench.events('fault-healed')[0]?.atMs)
  })

  it('is called off by proceeding before it took effect', async () => {
    const bench = new EngineBench()
    await bench.run((run) => {
      bench.at(800_000, () => run.pause())
      bench.at(810_000, () => run.proceed())
    })
    expect(bench.types).not.toContain('schedule-paused')
  })

  it('obeys skips and a cancellation at once', async () => {
    const bench = new EngineBench()
    const run = bench.prepare()
    run.onEvent(({ event }) => {
      if (event.type !== 'schedule-paused') return
      run.skipFault()
      void later(5).then(() => run.cancel())
    })
    bench.at(300_000, () => run.pause())
    expect(await bench.clock.run(() => run.start())).toBe('cancelled')
    const types = bench.types.slice(bench.types.indexOf('schedule-paused'))
    expect(types).toEqual([
      'schedule-paused',
      'fault-skipped',
      'cancel-requested',
      'fault-skipped',
      'fault-skipped',
      'phase-ended',
      'window-closed',
      'run-ended',
    ])
  })

  it('takes over a command that was given just before', async () => {
    const bench = new EngineBench()
    const outcome = await bench.run((run) => {
      bench.at(300_000, () => {
        run.pause()
        run.cancel()
      })
    })
    expect(outcome).toBe('cancelled')
  })
})

describe('pausing on a clock that goes on', () => {
  /** Like a real clock, it does not stand still for a person. Disks it waits for: on a real clock they are quick. */
  function flowing(clock: VirtualClock): Clock {
    return {
      nowMs: () => clock.nowMs(),
      wallTime: () => clock.wallTime(),
      sleep: (durationMs, signal) => clock.sleep(durationMs, signal),
      sleepUntil: (atMs, signal) => clock.sleepUntil(atMs, signal),
      hold: (label, work) => (label === 'paused by the user' ? work : clock.hold(label, work)),
    }
  }

  it('moves what is left of the schedule and voids the samples meanwhile', async () => {
    const bench = new EngineBench()
    const run = bench.prepare(flowing(bench.clock))
    const pauseAndProceed = async () => {
      await bench.clock.sleepUntil(300_000)
      run.pause()
      await bench.clock.sleepUntil(400_000)
      run.proceed()
    }
    const outcome = await bench.clock.run(async () => {
      void pauseAndProceed()
      return run.start()
    })
    expect(outcome).toBe('completed')
    const pausedMs =
      (bench.events('schedule-continued')[0]?.atMs ?? 0) - (bench.events('schedule-paused')[0]?.atMs ?? 0)
    expect(pausedMs).toBeGreaterThan(99_000)
    const openedAtMs = bench.events('window-opened')[0]?.atMs ?? 0
    const lengthMs = (bench.events('window-closed')[0]?.atMs ?? 0) - openedAtMs
    expect(Math.abs(lengthMs - 4_200_000 - pausedMs)).toBeLessThan(0.001)
    const dueMs = (bench.events('gate-passed')[0]?.atMs ?? 0) - openedAtMs - pausedMs
    expect(dueMs).toBeGreaterThan(599_000)
    expect(dueMs).toBeLessThan(611_000)
    for (const samples of bench.file.samples.values()) {
      const voided = samples.filter(({ outcome }) => outcome === outcomes['void:paused'])
      expect(voided.length).toBe(20)
    }
  })
})
