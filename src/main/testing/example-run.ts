/** A small run as data, for tests of what stores, analyses and prints runs. */
import type { RunEvent } from '../../shared/domain/journal.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import { outcomes, type Sample, type Series } from '../../shared/domain/sample.ts'
import type { RunWriter, SessionFacts } from '../contracts/run-store.ts'

export const exampleSession: SessionFacts = {
  kind: 'started',
  wallTime: '2026-03-01T08:00:00.000Z',
  appVersion: '0.1.0',
  nodeVersion: 'v24.0.0',
  platform: 'linux-x64',
  cpu: 'Example CPU',
  cpuCount: 4,
  memoryMiB: 16_384,
}

const node = { ramMiB: 4096, cpus: 2, systemDiskGB: 50, cephDiskGB: 25 }

export const exampleSpec: RunSpec = {
  recipe: 'custom',
  recipeVersion: 0,
  trial: 'second',
  group: 'treatment',
  backend: 'simulated',
  seed: 1,
  lab: {
    name: 'example',
    laptop: { ramMiB: 24_576, threads: 12 },
    nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({ name, ...node })),
    guests: [{ id: 'vm:101', name: 'vm-a', ramMiB: 2048, cpus: 1, diskGB: 8, node: 'pve1' }],
    ceph: { size: 3, minSize: 2 },
  },
  plan: {
    version: 1,
    id: 'example',
    phases: [{ id: 'main', durationSeconds: 3600 }],
    faults: [
      {
        id: 'fault-1',
        kind: 'node-power-off',
        atSeconds: 600,
        jitterSeconds: 0,
        target: { rule: 'hosting-guest', guest: 'vm:101' },
        healAfterSeconds: 600,
      },
    ],
    probes: [{ kind: 'icmp', intervalMs: 1000, deadlineMs: 900 }],
    gate: { probesOkSeconds: 60, timeoutSeconds: 600 },
  },
}

export const exampleSeries: readonly Series[] = (['icmp', 'http'] as const).map((kind, index) => ({
  index,
  kind,
  subject: 'vm:101',
  address: kind === 'icmp' ? '192.0.2.10' : 'http://192.0.2.10/',
  intervalMs: 1000,
  deadlineMs: 900,
  originMs: index * 500,
}))

/** Sample of a tick: noise that depends on nothing but series and tick, and an outage from tick 620 to 757. */
export function exampleSample(series: number, tick: number): Sample {
  const noise = ((tick * 2_654_435_761 + series * 40_503) >>> 7) % 512
  const isDown = tick >= 620 && tick < 758
  return {
    tick,
    latenessUs: 300 + noise,
    rttUs: isDown ? 0 : 900 + ((noise * 37) % 600),
    outcome: isDown ? outcomes['bad:timeout'] : outcomes.ok,
  }
}

export const exampleEvents: readonly { readonly atMs: number; readonly event: RunEvent }[] = [
  { atMs: 0, event: { type: 'run-started', spec: exampleSpec } },
  { atMs: 0.5, event: { type: 'series-declared', series: exampleSeries } },
  { atMs: 1000, event: { type: 'window-opened' } },
  {
    atMs: 601_000,
    event: {
      type: 'fault-aimed',
      fault: 'fault-1',
      kind: 'node-power-off',
      target: { node: 'pve1', rule: 'hosting-guest', guests: ['vm:101'], wasCrmMaster: false },
    },
  },
  { atMs: 601_000, event: { type: 'fault-injected', fault: 'fault-1' } },
  {
    atMs: 621_000,
    event: {
      type: 'lab-log',
      node: 'pve2',
      source: 'pve-ha-crm',
      level: 'info',
      message: 'Ünïcode "quoted"',
    },
  },
  { atMs: 1_201_000, event: { type: 'fault-healed', fault: 'fault-1' } },
  { atMs: 1_300_000, event: { type: 'window-closed' } },
]

export const exampleEnd: RunEvent = { type: 'run-ended', outcome: 'completed' }

/** Ticks of each series in the example; neither a multiple of the chunk length nor less than one chunk. */
export const exampleTicks = 1300

/**
 * Writes the example, or its beginning: the first `events` events and `ticks` ticks. `between` is called every
 * 100 ticks, so that chunks can be written at other moments.
 */
export async function writeExample(
  writer: RunWriter,
  part: { readonly events?: number; readonly ticks?: number; readonly between?: () => Promise<void> } = {},
): Promise<void> {
  writer.declareSeries(exampleSeries)
  for (const { atMs, event } of exampleEvents.slice(0, part.events)) await writer.append(atMs, event)
  for (let tick = 0; tick < (part.ticks ?? exampleTicks); tick++) {
    for (const series of exampleSeries) writer.record(series, exampleSample(series.index, tick))
    if (tick % 100 === 99) await part.between?.()
  }
}

export async function endExample(writer: RunWriter): Promise<string> {
  await writer.append(1_301_000, exampleEnd)
  return (await writer.close()).journalSha256
}
