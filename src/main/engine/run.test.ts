import { describe, expect, it } from 'vitest'
import { openFaultsOf, runStateOf } from '../../shared/domain/journal.ts'
import { scheduledMsOf } from '../../shared/domain/sample.ts'
import { EngineBench, smallPlan } from '../testing/engine-bench.ts'

/** Resolves when virtual time has stood still for a while. */
async function comesToRest({ clock }: EngineBench): Promise<void> {
  for (let turns = 0, atMs = clock.nowMs(); turns < 50; turns++) {
    await new Promise((resolve) => setImmediate(resolve))
    if (clock.nowMs() === atMs) continue
    atMs = clock.nowMs()
    turns = 0
  }
}

const faultEvents = ['gate-passed', 'fault-aimed', 'fault-injected', 'fault-healing', 'fault-healed']

describe('a run', () => {
  it('carries out the whole plan in order and closes the window at its fixed end', async () => {
    const bench = new EngineBench()
    expect(await bench.run()).toBe('completed')
    expect(bench.types.filter((type) => type !== 'lab-log' && type !== 'gate-waiting')).toEqual([
      'run-started',
      'series-declared',
      'steady-state-waiting',
      'steady-state-waiting',
      'window-opened',
      'phase-started',
      'phase-ended',
      'phase-started',
      ...faultEvents,
      ...faultEvents,
      ...faultEvents,
      'phase-ended',
      'phase-started',
      'phase-ended',
      'window-closed',
      'run-ended',
    ])
    const openedAtMs = bench.events('window-opened')[0]?.atMs ?? 0
    expect(bench.events('window-closed')[0]?.atMs).toBe(openedAtMs + 4_200_000)
    expect(bench.events('phase-ended').map(({ atMs }) => atMs - openedAtMs)).toEqual([
      600_000, 3_600_000, 4_200_000,
    ])
    expect(openFaultsOf(runStateOf(bench.file.entries))).toEqual([])
  })

  it('has each step on disk before the lab is touched', async () => {
    const bench = new EngineBench()
    const lastWord: string[] = []
    bench.lab.onCommand = (command, node) => {
      const own = bench.file.entries.filter(({ event }) => 'fault' in event).at(-1)?.event
      const target = own?.type === 'fault-aimed' ? own.target.node : node
      lastWord.push(`${own?.type} ${command} ${target === node ? 'as aimed' : 'elsewhere'}`)
    }
    await bench.run()
    expect(lastWord).toEqual([
      'fault-aimed cut-power as aimed',
      'fault-healing start as aimed',
      'fault-aimed shut-down as aimed',
      'fault-healing start as aimed',
      'fault-aimed cut-power as aimed',
      'fault-healing start as aimed',
    ])
  })

  it('touches no node while any entry before is on its way to the disk, and waits for nothing else', async () => {
    const whole = new EngineBench()
    await whole.run()
    const aimedAtMs = whole.events('fault-aimed')[0]?.atMs ?? 0
    const stuckAtMs: number[] = []
    const commands: string[] = []
    for (const type of ['series-declared', 'window-opened', 'gate-passed', 'fault-aimed'] as const) {
      const bench = new EngineBench()
      bench.file.stuckFrom = whole.types.indexOf(type) + 1
      bench.lab.onCommand = (command) => commands.push(`${command} while ${type} is not on disk`)
      void bench.run()
      await comesToRest(bench)
      stuckAtMs.push(bench.clock.nowMs())
    }
    expect(commands).toEqual([])
    expect(stuckAtMs).toEqual([aimedAtMs, aimedAtMs, aimedAtMs, aimedAtMs])
  })

  it('aims the first fault at the node that hosts the guest at that moment', async () => {
    const bench = new EngineBench()
    bench.lab.guests.set('vm:101', { node: 'pve3', running: true, serviceUp: true })
    await bench.run()
    expect(bench.events('fault-aimed')[0]?.event.target).toEqual({
      node: 'pve3',
      rule: 'hosting-guest',
      guests: ['vm:101'],
      wasCrmMaster: false,
    })
  })

  it('heals the asked time after the injection', async () => {
    const bench = new EngineBench()
    await bench.run()
    const injected = bench.events('fault-injected').map(({ atMs }) => atMs)
    expect(bench.events('fault-healing').map(({ atMs }) => atMs)).toEqual(
      injected.map((atMs) => atMs + 300_000),
    )
  })

  it('delivers exactly the ticks that are due before the window ends, each once and in order', async () => {
    const bench = new EngineBench()
    await bench.run()
    const endMs = bench.events('window-closed')[0]?.atMs ?? 0
    expect(bench.file.series.map(({ subject }) => subject)).toEqual(['vm:101', 'ct:102', 'control'])
    for (const series of bench.file.series) {
      const ticks = bench.file.samples.get(series.index)?.map(({ tick }) => tick) ?? []
      const due = Math.ceil((endMs - series.originMs) / series.intervalMs)
      expect(ticks).toEqual(Array.from({ length: due }, (_, tick) => tick))
      expect(scheduledMsOf(series, due)).toBeGreaterThanOrEqual(endMs)
    }
  })

  it('spreads the first ticks of the series over the interval', async () => {
    const bench = new EngineBench()
    await bench.run()
    expect(bench.file.series.map(({ originMs }) => originMs - 200)).toEqual([0, 1666, 3333])
  })

  it('journals what the daemons of the lab say', async () => {
    const bench = new EngineBench()
    await bench.run()
    const lines = bench.events('lab-log').map(({ event }) => event.message)
    expect(lines).toContain('left')
    expect(lines.some((line) => line.startsWith('recover service'))).toBe(true)
  })

  it('is repeated to the byte by the same seed and moved by another', async () => {
    const runs = [1, 1, 2].map((seed) => new EngineBench({ seed }))
    for (const bench of runs) await bench.run()
    const [first, same, other] = runs.map((bench) => JSON.stringify(bench.file.entries))
    expect(same).toBe(first)
    expect(other).not.toBe(first)
    const injections = runs.map((bench) => bench.events('gate-passed').map(({ atMs }) => atMs))
    expect(injections[2]).not.toEqual(injections[0])
  })

  it('moves each fault by its jitter and by no more', async () => {
    const delays = new Set<number>()
    for (let seed = 1; seed <= 10; seed++) {
      const bench = new EngineBench({ seed })
      await bench.run()
      const openedAtMs = bench.events('window-opened')[0]?.atMs ?? 0
      bench.events('gate-passed').forEach(({ atMs, event }, index) => {
        const plannedMs = (smallPlan.faults[index]?.atSeconds ?? 0) * 1000
        const delayMs = atMs - event.waitedMs - openedAtMs - plannedMs
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThan(10_000)
        delays.add(delayMs)
      })
    }
    expect(delays.size).toBeGreaterThan(25)
  })

  it('does not ask for an armed HA manager in the control group', async () => {
    const bench = new EngineBench({ group: 'control' })
    const observe = bench.lab.observer.observe
    bench.lab.observer.observe = async () => ({ ...(await observe()), haArmed: false })
    expect(await bench.run()).toBe('completed')
    expect(bench.events('fault-healed')).toHaveLength(3)
  })
})

describe('gates', () => {
  it('start nothing on a lab that never becomes steady', async () => {
    const bench = new EngineBench()
    bench.lab.storageCleanFromMs = Number.POSITIVE_INFINITY
    expect(await bench.run()).toBe('failed')
    expect(bench.types).not.toContain('window-opened')
    const { problem } = bench.events('problem-met')[0]?.event ?? {}
    expect(problem).toEqual({ code: 'run.no-steady-state', params: { seconds: 1800 } })
    expect(bench.types.at(-1)).toBe('run-ended')
  })

  it('journal a wait when what they wait for changes, and only then', async () => {
    const bench = new EngineBench()
    bench.at(660_000, () => {
      const web = bench.lab.guests.get('vm:101')
      if (web) web.running = false
      bench.clock.at(760_000, () => {
        if (web) web.running = true
      })
    })
    await bench.run()
    const waits = bench.events('gate-waiting').filter(({ event }) => event.fault === 'first')
    expect(waits.map(({ event }) => event.obstacles.map(({ kind }) => kind))).toEqual([
      ['guest-not-running', 'probe-not-ok'],
      ['probe-not-ok'],
    ])
    const passed = bench.events('gate-passed')[0]
    // The guest came back at 760 s; the next good probe and 60 s of answers follow.
    expect(passed?.atMs).toBeGreaterThanOrEqual(820_000)
    expect(passed?.atMs).toBeLessThan(830_000)
    expect(passed?.event.waitedMs).toBeGreaterThan(100_000)
  })

  it('skip a fault after their time and leave the other faults where they were', async () => {
    const calm = new EngineBench()
    await calm.run()
    const bench = new EngineBench({ plan: { gate: { probesOkSeconds: 60, timeoutSeconds: 300 } } })
    bench.at(650_000, () => {
      bench.lab.storageCleanFromMs = 1_200_000
    })
    expect(await bench.run()).toBe('completed')
    expect(bench.events('fault-skipped').map(({ event }) => event)).toEqual([
      { type: 'fault-skipped', fault: 'first', reason: 'gate-timeout' },
    ])
    const due = (from: EngineBench, fault: string) =>
      from
        .events('gate-passed')
        .filter(({ event }) => event.fault === fault)
        .map(({ atMs, event }) => atMs - event.waitedMs)
    expect(due(bench, 'third')).toEqual(due(calm, 'third'))
  })

  it('let a late fault shift only itself', async () => {
    const calm = new EngineBench()
    await calm.run()
    const bench = new EngineBench()
    bench.at(650_000, () => {
      bench.lab.storageCleanFromMs = 1_300_000
    })
    await bench.run()
    const injected = bench.events('gate-passed').map(({ atMs }) => atMs)
    const calmInjected = calm.events('gate-passed').map(({ atMs }) => atMs)
    expect(injected[0]).toBeGreaterThanOrEqual(1_300_000)
    expect(injected[2]).toBe(calmInjected[2])
  })

  it('keep a fault out that would reach past the end of the window', async () => {
    const bench = new EngineBench({ plan: { gate: { probesOkSeconds: 60, timeoutSeconds: 86_400 } } })
    bench.at(2_660_000, () => {
      bench.lab.storageCleanFromMs = Number.POSITIVE_INFINITY
    })
    expect(await bench.run()).toBe('completed')
    const [skipped] = bench.events('fault-skipped')
    expect(skipped?.event).toMatchObject({ fault: 'third', reason: 'gate-timeout' })
    const closedAtMs = bench.events('window-closed')[0]?.atMs ?? 0
    expect(closedAtMs - (skipped?.atMs ?? 0)).toBeLessThanOrEqual(300_000)
    expect(closedAtMs - (skipped?.atMs ?? 0)).toBeGreaterThan(299_000)
  })

  it('count a lab without an answering member as one without quorum', async () => {
    const bench = new EngineBench()
    const cut = () => {
      for (const node of bench.lab.nodes.values()) node.online = false
    }
    const join = () => {
      for (const node of bench.lab.nodes.values()) node.online = true
    }
    bench.at(655_000, cut)
    bench.at(700_000, join)
    expect(await bench.run()).toBe('completed')
    expect(bench.events('gate-waiting')[0]?.event.obstacles).toEqual([
      { kind: 'no-quorum', present: 0, expected: 3 },
    ])
  })

  it('skip a fault whose target is gone', async () => {
    const bench = new EngineBench({ group: 'control' })
    const { spec } = bench
    const faults = spec.plan.faults.map((fault) => ({ ...fault, target: { rule: 'crm-master' as const } }))
    const masterless = new EngineBench({ group: 'control', plan: { faults } })
    expect(await masterless.run()).toBe('completed')
    expect(masterless.events('fault-skipped').map(({ event }) => event.reason)).toEqual([
      'no-target',
      'no-target',
      'no-target',
    ])
  })
})
