import { describe, expect, it } from 'vitest'
import { exampleSpec } from '../../main/testing/example-run.ts'
import { drawnSamples, memorySamples } from '../../main/testing/memory-samples.ts'
import type { JournalEntry, RunEvent } from '../domain/journal.ts'
import { lostRecordsLine } from '../domain/record-loss.ts'
import type { RunSpec } from '../domain/run.ts'
import type { Series } from '../domain/sample.ts'
import { resultsOf } from './results.ts'

/** The window opens at 100 s and lasts an hour; guests vm:101 (hit by both faults) and ct:102 (by the second). */
const openedSeconds = 100
const windowSeconds = 3600

const spec: RunSpec = {
  ...exampleSpec,
  lab: {
    ...exampleSpec.lab,
    guests: [
      { id: 'vm:101', name: 'vm-a', ramMiB: 2048, cpus: 1, diskGB: 8, node: 'pve1' },
      { id: 'ct:102', name: 'ct-b', ramMiB: 2048, cpus: 1, diskGB: 8, node: 'pve2' },
    ],
  },
  plan: {
    ...exampleSpec.plan,
    phases: [{ id: 'main', durationSeconds: windowSeconds }],
    faults: [600, 1800, 3000].map((atSeconds, index) => ({
      id: `fault-${index + 1}`,
      kind: 'node-power-off',
      atSeconds,
      jitterSeconds: 10,
      target: { rule: 'hosting-guest', guest: 'vm:101' },
      healAfterSeconds: 300,
    })),
  },
}

const series: readonly Series[] = (['vm:101', 'ct:102'] as const).flatMap((subject, guest) =>
  (['http', 'icmp'] as const).map((kind, position) => ({
    index: guest * 2 + position,
    kind,
    subject,
    address: '192.0.2.10',
    intervalMs: 1000,
    deadlineMs: 900,
    originMs: 0,
  })),
)

const at = (seconds: number, event: RunEvent) => ({ atMs: (openedSeconds + seconds) * 1000, event })
const log = (seconds: number, node: string, message: string) =>
  at(seconds, { type: 'lab-log', node, source: 'pve-ha-crm', level: 'info', message })

function faultEvents(
  id: string,
  seconds: number,
  node: string,
  guests: readonly string[],
  wasCrmMaster: boolean,
) {
  return [
    at(seconds, {
      type: 'fault-aimed',
      fault: id,
      kind: 'node-power-off',
      target: { node, rule: 'hosting-guest', guests, wasCrmMaster },
    }),
    at(seconds, { type: 'fault-injected', fault: id }),
  ]
}

/** Lines of the HA manager after a node died with vm:101 on it, as the recordings have them. */
function recoveryLines(injected: number, from: string, to: string) {
  return [
    log(injected + 8, 'pve2', '[TOTEM ] A new membership (1.11) was formed. Members left: 1'),
    log(injected + 18, 'pve2', `node '${from}': state changed from 'online' => 'unknown'`),
    log(injected + 68, 'pve2', `service 'vm:101': state changed from 'started' to 'fence'`),
    log(injected + 68, 'pve2', `service 'ct:102': state changed from 'started' to 'fence'`),
    log(injected + 128, 'pve2', `fencing: acknowledged - got agent lock for node '${from}'`),
    log(injected + 128, 'pve2', `recover service 'vm:101' from fenced node '${from}' to node '${to}'`),
    log(injected + 137, to, 'starting service vm:101'),
    log(injected + 138, to, 'service status vm:101 started'),
  ]
}

const started: readonly { atMs: number; event: RunEvent }[] = [
  { atMs: 0, event: { type: 'run-started', spec } },
  at(0, { type: 'window-opened' }),
]
const twoFaults = [
  ...started,
  ...faultEvents('fault-1', 605, 'pve1', ['vm:101'], false),
  ...recoveryLines(605, 'pve1', 'pve3'),
  at(905, { type: 'fault-healed', fault: 'fault-1' }),
  ...faultEvents('fault-2', 1803, 'pve3', ['vm:101', 'ct:102'], true),
  ...recoveryLines(1803, 'pve3', 'pve1'),
  at(2103, { type: 'fault-healed', fault: 'fault-2' }),
  at(3000, { type: 'fault-skipped', fault: 'fault-3', reason: 'gate-timeout' }),
]
const ended = [
  ...twoFaults,
  at(3600, { type: 'window-closed' }),
  at(3601, { type: 'run-ended', outcome: 'completed' }),
]

/** Samples over steady state, window and a little more; each outage is [first lost tick, ticks] after the opening. */
function drawn(outages: readonly (readonly [number, number])[], ticks = windowSeconds + 5): string {
  const characters = new Array<string>(openedSeconds + ticks).fill('.')
  for (const [first, length] of outages)
    characters.fill('x', openedSeconds + first, openedSeconds + first + length)
  return characters.join('')
}

const outagesOfSeries = [
  // vm:101: the service answers 6 s after ping does.
  [
    [606, 151],
    [1804, 161],
  ],
  [
    [606, 145],
    [1804, 155],
    [3300, 2],
  ],
  // ct:102 is hit by the second fault only.
  [[1804, 170]],
  [[1804, 165]],
] as const

function analysed(
  events: readonly { atMs: number; event: RunEvent }[],
  drawings: readonly string[],
  runSpec = spec,
) {
  const entries: readonly JournalEntry[] = events.map((entry, index) => ({ seq: index + 1, ...entry }))
  const samples = memorySamples(drawings.map((drawing) => drawnSamples(drawing)))
  const published: Readonly<Record<string, number>> = { 'vm:101': 97.581 }
  return resultsOf({
    spec: runSpec,
    entries,
    series,
    samples,
    publishedPercentOf: (guest) => published[guest] ?? null,
  })
}

const results = analysed(
  ended,
  outagesOfSeries.map((outages) => drawn(outages)),
)

describe('results of a run', () => {
  it('take the figures of a guest from ping, and name the faults that hit it', () => {
    const [vm, container] = results.guests
    expect(results).toMatchObject({ windowSeconds: 3600, faultsInjected: 2 })
    expect(vm).toMatchObject({
      trial: 'second',
      group: 'treatment',
      guest: 'vm:101',
      guestName: 'vm-a',
      faults: 2,
      hits: 2,
      probe: 'icmp',
      windowSeconds: 3600,
      voidSeconds: 0,
      downtimeSeconds: 302,
      publishedPercent: 97.581,
      medianDowntimePerHitSeconds: 151,
      minDowntimePerHitSeconds: 145,
      maxDowntimePerHitSeconds: 157,
      counts: { ok: 3298, late: 0, bad: 302, void: 0 },
    })
    expect(vm?.availabilityPercent).toBeCloseTo(100 * (1 - 302 / 3600), 9)
    expect(vm?.availabilityLowPercent).toBeCloseTo(100 * (1 - 305 / 3600), 9)
    expect(vm?.availabilityHighPercent).toBeCloseTo(100 * (1 - 299 / 3600), 9)
    expect(vm?.paperAvailabilityPercent).toBeCloseTo(100 * (1 - 302 / 3600), 9)
    expect(container).toMatchObject({ guest: 'ct:102', faults: 2, hits: 1, publishedPercent: null })
  })

  it('put each outage down to the last fault before it', () => {
    expect(results.guests[0]?.outages).toEqual([
      {
        fault: 'fault-1',
        fromMs: 706_000,
        toMs: 851_000,
        lowSeconds: 144,
        highSeconds: 146,
        censored: false,
      },
      {
        fault: 'fault-2',
        fromMs: 1_904_000,
        toMs: 2_059_000,
        lowSeconds: 154,
        highSeconds: 156,
        censored: false,
      },
      {
        fault: 'fault-2',
        fromMs: 3_400_000,
        toMs: 3_402_000,
        lowSeconds: 1,
        highSeconds: 3,
        censored: false,
      },
    ])
  })

  it('leave an outage before any fault without a cause', () => {
    const { guests, lints } = analysed(
      ended,
      outagesOfSeries.map((outages, index) => drawn(index === 1 ? [[50, 3], ...outages] : outages)),
    )
    expect(guests[0]?.outages[0]).not.toHaveProperty('fault')
    expect(lints).toContainEqual({
      code: 'outages-unexplained',
      severity: 'warning',
      params: { guest: 'vm:101', guestName: 'vm-a', count: 1 },
    })
  })

  it('count a probe whose answer was cut off by the injection as lost to the fault', () => {
    const { guests } = analysed(
      ended,
      outagesOfSeries.map((outages, index) => drawn(index === 1 ? [[605, 140]] : outages)),
    )
    const early = analysed(
      ended.map((entry) =>
        entry.event.type === 'fault-injected' ? { ...entry, atMs: entry.atMs + 800 } : entry,
      ),
      outagesOfSeries.map((outages, index) => drawn(index === 1 ? [[605, 140]] : outages)),
    )
    expect(guests[0]?.outages[0]?.fault).toBe('fault-1')
    expect(early.guests[0]?.outages[0]?.fault).toBe('fault-1')
  })

  it('show the way of each guest back to service, phase by phase', () => {
    const [first] = results.faults
    expect(first).toMatchObject({
      fault: 'fault-1',
      kind: 'node-power-off',
      status: 'healed',
      node: 'pve1',
      wasCrmMaster: false,
      injectedAtMs: 705_000,
      healedAtMs: 1_005_000,
    })
    expect(first?.guests[0]).toEqual({
      guest: 'vm:101',
      hit: true,
      lostRecords: 0,
      downtimeLowSeconds: 144,
      downtimeHighSeconds: 146,
      recoveredOn: 'pve3',
      onsetLagSeconds: 1,
      recoverySeconds: 152,
      residualSeconds: 0,
      censored: false,
      phases: [
        { phase: 'first-lost', seconds: 1 },
        { phase: 'membership', seconds: 8 },
        { phase: 'node-unknown', seconds: 18 },
        { phase: 'fence', seconds: 68 },
        { phase: 'lock-acknowledged', seconds: 128 },
        { phase: 'recover', seconds: 128 },
        { phase: 'start', seconds: 137 },
        { phase: 'started', seconds: 138 },
        { phase: 'icmp-answers', seconds: 146 },
        { phase: 'service-answers', seconds: 152 },
      ],
    })
    // Not on the node that was hit: nothing lost, nothing recovered.
    expect(first?.guests[1]).toEqual({
      guest: 'ct:102',
      hit: false,
      lostRecords: 0,
      downtimeLowSeconds: 0,
      downtimeHighSeconds: 0,
      censored: false,
      phases: [],
    })
  })

  it('count the records a guest lost to a fault, and of the whole window', () => {
    const loss = lostRecordsLine('vm:101', 100, 350, 'stale-replica')
    const { faults, guests, recordLosses } = analysed(
      [
        ...twoFaults.slice(0, -1),
        at(1950, { type: 'lab-log', node: 'pve1', source: 'lab', level: 'warning', message: loss }),
        ...ended.slice(twoFaults.length - 1),
      ],
      outagesOfSeries.map((outages) => drawn(outages)),
    )
    expect(faults.map((fault) => fault.guests.map(({ lostRecords }) => lostRecords))).toEqual([
      [0, 0],
      [250, 0],
      [],
    ])
    expect(guests.map(({ lostRecords }) => lostRecords)).toEqual([250, 0])
    expect(recordLosses).toMatchObject([{ fault: 'fault-2', records: 250, cause: 'stale-replica' }])
  })

  it('leave what HA does about a node out of the way of a guest that was not on it', () => {
    const { faults } = analysed(
      ended,
      // The storage stalls ct:102's service for 23 s although another node died.
      outagesOfSeries.map((outages, index) => drawn(index === 2 ? [[606, 23], ...outages] : outages)),
    )
    expect(faults[0]?.guests[1]).toEqual({
      guest: 'ct:102',
      hit: false,
      lostRecords: 0,
      downtimeLowSeconds: 0,
      downtimeHighSeconds: 0,
      recoverySeconds: 24,
      residualSeconds: 0,
      censored: false,
      phases: [
        { phase: 'first-lost', seconds: 1 },
        { phase: 'service-answers', seconds: 24 },
      ],
    })
  })

  it('print the residual of moments that are stamped before their cause', () => {
    const late = ended.map((entry) =>
      entry.event.type === 'lab-log' && entry.event.message === 'service status vm:101 started'
        ? { ...entry, atMs: entry.atMs + 30_000 }
        : entry,
    )
    const { faults } = analysed(
      late,
      outagesOfSeries.map((outages) => drawn(outages)),
    )
    // Started at 168 s, 22 s after ping answered: the steps up add to 174 s, recovery took 152 s.
    expect(faults[0]?.guests[0]?.residualSeconds).toBe(-22)
  })

  it('keep a skipped fault with its reason, and leave out one that never came up', () => {
    expect(results.faults[2]).toEqual({
      fault: 'fault-3',
      kind: 'node-power-off',
      status: 'skipped',
      skipReason: 'gate-timeout',
      guests: [],
    })
    const { faults } = analysed(
      twoFaults.slice(0, -1),
      outagesOfSeries.map((outages) => drawn(outages)),
    )
    expect(faults.map(({ fault }) => fault)).toEqual(['fault-1', 'fault-2'])
  })

  it('call a guest that did not come back censored, and leave it out of the median', () => {
    const { guests, faults, lints } = analysed(
      ended,
      outagesOfSeries.map((outages, index) =>
        drawn(
          index === 1
            ? [
                [606, 145],
                [1804, 1900],
              ]
            : outages,
        ),
      ),
    )
    expect(guests[0]).toMatchObject({
      hits: 2,
      medianDowntimePerHitSeconds: 145,
      maxDowntimePerHitSeconds: 145,
    })
    expect(guests[0]?.outages[1]).toMatchObject({ censored: true, toMs: 3_700_000, lowSeconds: 1795 })
    expect(faults[1]?.guests[0]).toMatchObject({ censored: true, downtimeLowSeconds: 1795 })
    expect(lints.map(({ code }) => code)).toContain('outages-censored')
  })

  it('measure an interrupted run up to its last sample, and say so', () => {
    const {
      windowSeconds: seconds,
      guests,
      lints,
    } = analysed(
      twoFaults.slice(0, 13),
      outagesOfSeries.map((outages) => drawn(outages, 1500)),
    )
    expect(seconds).toBe(1500)
    expect(guests[0]).toMatchObject({ windowSeconds: 1500, voidSeconds: 0, faults: 1 })
    expect(guests[0]?.availabilityPercent).toBeCloseTo(100 * (1 - 145 / 1500), 9)
    expect(lints[0]).toEqual({
      code: 'run-incomplete',
      severity: 'warning',
      params: { outcome: 'interrupted' },
    })
  })

  it('have nothing to say of a run whose window never opened', () => {
    const { windowSeconds: seconds, faultsInjected, guests } = analysed(started.slice(0, 1), ['', '', '', ''])
    expect({ seconds, faultsInjected }).toEqual({ seconds: 0, faultsInjected: 0 })
    expect(guests[0]).toMatchObject({
      availabilityPercent: null,
      outages: [],
      medianDowntimePerHitSeconds: null,
    })
  })
})

describe('doubts about a run', () => {
  const codes = (result: ReturnType<typeof analysed>) => result.lints.map(({ code }) => code)

  it('name what limits these figures, and nothing that does not apply', () => {
    expect(codes(results).sort()).toEqual([
      'crm-master-mixed',
      'faults-missed-guest',
      'faults-skipped',
      'no-control-group',
      'published-method',
      'resolution',
      'simulated',
      'single-run',
    ])
    expect(results.lints).toContainEqual({
      code: 'faults-missed-guest',
      severity: 'warning',
      params: { guest: 'ct:102', guestName: 'ct-b', missed: 1, faults: 2 },
    })
    expect(results.lints).toContainEqual({
      code: 'resolution',
      severity: 'info',
      params: { intervalMs: 1000, decimals: 1 },
    })
  })

  it('refuse figures that are more than one percent void, and mention less', () => {
    const withVoid = (ticks: number) => {
      const drawing = drawn([])
      const start = openedSeconds + 200
      return `${drawing.slice(0, start)}${'?'.repeat(ticks)}${drawing.slice(start + ticks)}`
    }
    const little = analysed(ended, [drawn([]), withVoid(36), drawn([]), drawn([])])
    const much = analysed(ended, [drawn([]), withVoid(37), drawn([]), drawn([])])
    expect(little.guests[0]?.availabilityPercent).toBe(100)
    expect(codes(little)).toContain('void')
    expect(much.guests[0]?.availabilityPercent).toBeNull()
    expect(codes(much)).toContain('void-too-large')
  })

  it('notice a schedule without jitter, and faults that came later than planned', () => {
    const plan = { ...spec.plan, faults: spec.plan.faults.map((fault) => ({ ...fault, jitterSeconds: 0 })) }
    const rigid = analysed(
      ended,
      outagesOfSeries.map((outages) => drawn(outages)),
      { ...spec, plan },
    )
    expect(codes(rigid)).toContain('no-jitter')
    // Planned at 1800 s with up to 10 s of jitter, injected at 1843 s.
    const late = ended.map((entry) =>
      entry.event.type === 'fault-injected' && entry.event.fault === 'fault-2'
        ? { ...entry, atMs: entry.atMs + 40_000 }
        : entry,
    )
    expect(
      analysed(
        late,
        outagesOfSeries.map((outages) => drawn(outages)),
      ).lints,
    ).toContainEqual({
      code: 'schedule-drift',
      severity: 'warning',
      params: { count: 1, seconds: 33 },
    })
  })

  it('notice faults of different kinds, faults left open, and a control address that was lost', () => {
    const mixed = ended.map((entry) =>
      entry.event.type === 'run-started'
        ? {
            ...entry,
            event: {
              ...entry.event,
              spec: {
                ...spec,
                plan: {
                  ...spec.plan,
                  faults: spec.plan.faults.map((fault, index) => ({
                    ...fault,
                    kind: index === 0 ? ('node-shutdown' as const) : fault.kind,
                  })),
                },
              },
            },
          }
        : entry,
    )
    expect(
      codes(
        analysed(
          mixed,
          outagesOfSeries.map((outages) => drawn(outages)),
        ),
      ),
    ).toContain('fault-kinds-mixed')
    const unhealed = ended.filter(({ event }) => event.type !== 'fault-healed')
    const open = analysed(
      unhealed,
      outagesOfSeries.map((outages) => drawn(outages)),
    )
    expect(open.lints).toContainEqual({
      code: 'faults-open',
      severity: 'warning',
      params: { count: 2, faults: 'fault-1, fault-2' },
    })
    const control = series.map((item) => (item.index === 3 ? { ...item, subject: 'control' } : item))
    const { lints } = resultsOf({
      spec,
      entries: ended.map((entry, index) => ({ seq: index + 1, ...entry })),
      series: control,
      samples: memorySamples(
        [[], [], [], [[700, 4]] as const].map((outages) => drawnSamples(drawn(outages))),
      ),
      publishedPercentOf: () => null,
    })
    expect(lints).toContainEqual({ code: 'control-lost', severity: 'warning', params: { seconds: 4 } })
  })
})
