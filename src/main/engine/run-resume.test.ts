import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openFaultsOf, runStateOf } from '../../shared/domain/journal.ts'
import { outcomeNameOf } from '../../shared/domain/sample.ts'
import { ProblemError } from '../../shared/problems/problem.ts'
import { EngineBench } from '../testing/engine-bench.ts'
import { MemoryRun } from '../testing/memory-run.ts'
import type { RunHandle } from './run.ts'

/** A run with a pause, a skip and a second pause that has to wait for an open fault. */
function giveCommands(bench: EngineBench, run: RunHandle): void {
  run.onEvent(({ event }) => {
    if (event.type === 'schedule-paused') setImmediate(() => run.proceed())
  })
  bench.at(300_000, () => run.pause())
  bench.at(800_000, () => run.pause())
  bench.at(1_000_000, () => run.skipFault())
}

async function killAt(seq: number, commands: boolean): Promise<EngineBench> {
  const bench = new EngineBench()
  const killed = bench.clock.run(() =>
    bench.runUntilKilled(seq, (run) => {
      if (commands) giveCommands(bench, run)
    }),
  )
  await killed
  return bench
}

describe('a run on a lab that is repeated from its seed', () => {
  it('ends as if nothing had happened, wherever it was killed', async () => {
    const whole = new EngineBench()
    await whole.run()
    for (let seq = 1; seq < whole.file.entries.length; seq++) {
      const killed = await killAt(seq, false)
      expect(killed.file.entries).toEqual(whole.file.entries.slice(0, seq))
      const resumed = new EngineBench({}, killed.file)
      expect(await resumed.run()).toBe('completed')
      expect(resumed.file.entries).toEqual(whole.file.entries)
      expect(resumed.file.samples).toEqual(whole.file.samples)
    }
  })

  it('repeats what the user asked, where it took effect', async () => {
    const whole = new EngineBench()
    await whole.run((run) => giveCommands(whole, run))
    expect(whole.events('schedule-paused')).toHaveLength(2)
    // A pause that was not ended any more is ended by resuming, so the last command is the second pause.
    const lastCommand = whole.types.lastIndexOf('schedule-paused') + 1
    expect(lastCommand).toBeGreaterThan(whole.types.lastIndexOf('fault-skipped'))
    for (let seq = 1; seq < whole.file.entries.length; seq++) {
      const killed = await killAt(seq, true)
      expect(killed.file.entries).toEqual(whole.file.entries.slice(0, seq))
      const resumed = new EngineBench({}, killed.file)
      expect(await resumed.run()).toBe('completed')
      expect(resumed.file.entries.slice(0, seq)).toEqual(whole.file.entries.slice(0, seq))
      if (seq >= lastCommand) expect(resumed.file.entries).toEqual(whole.file.entries)
    }
  })

  it('repeats any commands at any moments', async () => {
    const command = fc.record({
      kind: fc.constantFrom('pause' as const, 'proceed' as const, 'skip' as const, 'cancel' as const),
      // Often the very moment of something planned: the window opens at 65.28 s, phases end at full seconds.
      atMs: fc.oneof(
        fc.integer({ min: 0, max: 4_300_000 }),
        fc.constantFrom(0, 65_280, 665_280, 665_815, 966_015, 1_006_375, 3_665_280, 4_265_280),
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 6 }), async (commands) => {
        const whole = new EngineBench()
        const outcome = await whole.run((run) => {
          run.onEvent(({ event }) => {
            if (event.type === 'schedule-paused') setImmediate(() => run.proceed())
          })
          for (const { kind, atMs } of commands) {
            const give = kind === 'skip' ? () => run.skipFault() : () => run[kind]()
            whole.at(atMs, give)
          }
        })
        const resumed = new EngineBench({}, new MemoryRun(whole.file.entries.slice(0, -1)))
        expect(await resumed.run()).toBe(outcome)
        expect(resumed.file.entries).toEqual(whole.file.entries)
        expect(resumed.file.samples).toEqual(whole.file.samples)
      }),
      {
        numRuns: 100,
        // Found once: a pause that was asked for before the run was cancelled, and a skip after it.
        examples: [
          [
            [
              { kind: 'skip', atMs: 1_006_375 },
              { kind: 'cancel', atMs: 966_015 },
              { kind: 'pause', atMs: 665_815 },
            ],
          ],
        ],
      },
    )
  }, 60_000)

  it('repeats a cancellation', async () => {
    const whole = new EngineBench()
    await whole.run((run) => whole.at(800_000, () => run.cancel()))
    const asked = whole.types.indexOf('cancel-requested') + 1
    for (let seq = asked; seq < whole.file.entries.length; seq++) {
      const killed = new EngineBench()
      await killed.clock.run(() =>
        killed.runUntilKilled(seq, (run) => killed.at(800_000, () => run.cancel())),
      )
      const resumed = new EngineBench({}, killed.file)
      expect(await resumed.run()).toBe('cancelled')
      expect(resumed.file.entries).toEqual(whole.file.entries)
    }
  })

  it('obeys a new command only after its past is repeated', async () => {
    const killed = new EngineBench()
    await killed.clock.run(() => killed.runUntilKilled(20))
    const pastEndsAtMs = killed.file.entries.at(-1)?.atMs ?? 0
    const resumed = new EngineBench({}, killed.file)
    expect(await resumed.run((run) => resumed.at(1000, () => run.cancel()))).toBe('cancelled')
    expect(resumed.events('cancel-requested')[0]?.atMs).toBeGreaterThan(pastEndsAtMs)
  })

  it('refuses to go on when the repetition differs from what is on disk', async () => {
    const killed = new EngineBench()
    await killed.clock.run(() => killed.runUntilKilled(15))
    const resumed = new EngineBench({ seed: 2 }, killed.file)
    const error = await resumed.run().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({ problem: { code: 'run-file.diverged' } })
    expect(resumed.file.entries).toHaveLength(15)
  })
})

describe('a run on a lab that goes on without it', () => {
  /** Kills a session at a moment, leaves the lab alone for a while, and runs another session to its end. */
  async function interrupt(killAtMs: number, awayMs: number): Promise<EngineBench> {
    const bench = new EngineBench({ resumption: 'continue' })
    await bench.clock.run(async () => {
      await bench.runUntilTime(killAtMs)
      await bench.clock.sleep(awayMs)
      return bench.prepare().start()
    })
    return bench
  }

  function expectSound(bench: EngineBench): void {
    const state = runStateOf(bench.file.entries)
    expect(openFaultsOf(state)).toEqual([])
    expect(state.outcome).toBe('completed')
    expect([...bench.lab.nodes.values()].every(({ online }) => online)).toBe(true)
    const once = bench.types.filter((type) =>
      ['run-started', 'series-declared', 'window-opened', 'window-closed', 'run-ended'].includes(type),
    )
    expect(once).toEqual(['run-started', 'series-declared', 'window-opened', 'window-closed', 'run-ended'])
    const phases = bench.file.entries.flatMap(({ event }) =>
      'phase' in event ? [`${event.type} ${event.phase}`] : [],
    )
    expect(phases).toEqual(
      ['initial', 'main', 'final'].flatMap((phase) => [`phase-started ${phase}`, `phase-ended ${phase}`]),
    )
    for (const series of bench.file.series) {
      const ticks = bench.file.samples.get(series.index)?.map(({ tick }) => tick) ?? []
      expect(ticks).toEqual(Array.from({ length: ticks.length }, (_, tick) => tick))
      const due = Math.ceil(((state.windowOpenedAtMs ?? 0) + 4_200_000 - series.originMs) / series.intervalMs)
      expect(ticks.length).toBeGreaterThanOrEqual(due - 1)
    }
  }

  it('heals the open fault first and then goes on with the plan', async () => {
    const bench = await interrupt(800_000, 120_000)
    expectSound(bench)
    expect(bench.events('fault-healed').map(({ event }) => event.fault)).toEqual(['first', 'second', 'third'])
    const healing = bench.events('fault-healing')[0]
    expect(healing?.atMs).toBe(920_000)
    const names = bench.file.samples.get(0)?.map(({ outcome }) => outcomeNameOf(outcome)) ?? []
    // Nobody probed from 800 s until the fault was healed (at once, plus the boot of the node).
    const gap = names.filter((name) => name === 'void:not-recorded').length
    expect(gap).toBeGreaterThanOrEqual(24)
    expect(gap).toBeLessThan(40)
  })

  it('leaves no fault open and no tick unaccounted for, whenever it is killed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4_000_000 }),
        fc.integer({ min: 1, max: 400_000 }),
        async (killAtMs, awayMs) => expectSound(await interrupt(killAtMs, awayMs)),
      ),
      {
        numRuns: 60,
        examples: [
          [662_000, 1000],
          [664_200, 5000],
          [985_000, 10],
          [4_000_000, 400_000],
        ],
      },
    )
  }, 60_000)

  it('ends what was left when the window is over, and skips what no longer fits', async () => {
    const bench = await interrupt(1_400_000, 10_000_000)
    expectSound(bench)
    expect(bench.events('fault-skipped').map(({ event }) => event.reason)).toEqual([
      'gate-timeout',
      'gate-timeout',
    ])
  })

  it('keeps a cancellation that was not finished', async () => {
    const bench = new EngineBench({ resumption: 'continue' })
    const outcome = await bench.clock.run(async () => {
      await bench.runUntilTime(801_000, (run) => bench.at(800_000, () => run.cancel()))
      await bench.clock.sleep(1000)
      return bench.prepare().start()
    })
    expect(outcome).toBe('cancelled')
    expect(openFaultsOf(runStateOf(bench.file.entries))).toEqual([])
  })

  it('ends a pause that the earlier session left, and moves the schedule by it', async () => {
    const bench = new EngineBench({ resumption: 'continue' })
    await bench.clock.run(async () => {
      await bench.runUntilKilledAt('schedule-paused', (run) => bench.at(300_000, () => run.pause()))
      await bench.clock.sleep(100_000)
      return bench.prepare().start()
    })
    const state = runStateOf(bench.file.entries)
    const lengthMs = (state.windowClosedAtMs ?? 0) - (state.windowOpenedAtMs ?? 0)
    expect(lengthMs).toBeCloseTo(4_300_000, 0)
    expect(state.outcome).toBe('completed')
  })
})
