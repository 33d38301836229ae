/** What a run file costs: bytes a record, time to write, open, read, analyse and draw. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../src/main/base/seeded-random.ts'
import type { RunReader, RunStore, SessionFacts } from '../src/main/contracts/run-store.ts'
import { openStore } from '../src/main/host/open-store.ts'
import { bucketsOf } from '../src/shared/analysis/buckets.ts'
import { resultsOf } from '../src/shared/analysis/results.ts'
import { stripOf } from '../src/shared/analysis/strip.ts'
import type { RunEvent } from '../src/shared/domain/journal.ts'
import type { ProbeKind } from '../src/shared/domain/plan.ts'
import type { RunSpec } from '../src/shared/domain/run.ts'
import { outcomes, type Sample, type Series } from '../src/shared/domain/sample.ts'
import type { BenchRow } from './bench-row.ts'

const windowSeconds = 43_200
const session: SessionFacts = {
  kind: 'started',
  wallTime: '2026-01-01T00:00:00.000Z',
  appVersion: 'bench',
  nodeVersion: process.version,
  platform: process.platform,
  cpu: '',
  cpuCount: 1,
  memoryMiB: 1,
}

export async function benchStore(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kuorum-bench-'))
  try {
    const store = await openStore()
    return [
      ...(await benchPaperRun(store, join(folder, 'paper.kuorum'))),
      ...(await benchDenseRun(store, join(folder, 'dense.kuorum'))),
      ...(await benchJournal(store, join(folder, 'journal.kuorum'))),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** 12 h, four guests, three kinds of probe at 1 Hz: the published schedule. */
async function benchPaperRun(store: RunStore, path: string): Promise<readonly BenchRow[]> {
  const guests = ['ct:101', 'ct:102', 'vm:103', 'vm:104']
  const spec = specOf(guests, 1000)
  const series = seriesOf(guests, ['icmp', 'tcp', 'http'], 1000)
  await writeRun(store, path, spec, series)
  const reader = store.read(path)
  const samples = { columns: reader.columns.bind(reader), summaries: reader.summaries.bind(reader) }
  const analyse = () =>
    resultsOf({ spec, entries: reader.entries(), series, samples, publishedPercentOf: () => null })
  const analysis = fastestMs(5, analyse)
  reader.close()
  return [{ name: 'analysis of 12 h, 4 guests, 3 kinds, 1 Hz', value: analysis, unit: 'ms', bound: '<= 150' }]
}

/** 12 h, eight targets at 10 Hz: the densest run the project promises to draw quickly. */
async function benchDenseRun(store: RunStore, path: string): Promise<readonly BenchRow[]> {
  const guests = Array.from({ length: 8 }, (_, index) => `vm:${101 + index}`)
  const spec = specOf(guests, 100)
  const series = seriesOf(guests, ['icmp'], 100)
  const { writeMs, records } = await writeRun(store, path, spec, series)
  const bytes = statSync(path).size
  const verify = fastestMs(1, () => store.verify(path))
  const overview = fastestMs(3, () => {
    const reader = store.read(path)
    drawOverview(reader, series)
    reader.close()
  })
  const reader = store.read(path)
  const decode = fastestMs(3, () => {
    for (const { index } of series) for (const columns of reader.columns(index)) if (!columns.outcome) return
  })
  reader.close()
  return [
    {
      name: 'stored bytes per probe record (lateness, rtt, outcome)',
      value: bytes / records,
      unit: 'B',
      bound: '<= 4.5',
    },
    { name: `writing ${records} records, to the closed file`, value: writeMs / 1000, unit: 's' },
    {
      name: 'open and draw the overview of 12 h, 10 Hz, 8 targets',
      value: overview / 1000,
      unit: 's',
      bound: '<= 1',
    },
    { name: 'decoding all its samples', value: decode / 1000, unit: 's' },
    { name: 'verifying it', value: verify / 1000, unit: 's' },
  ]
}

/** What an entry that is waited for costs, and 2,000 lines nobody waits for. */
async function benchJournal(store: RunStore, path: string): Promise<readonly BenchRow[]> {
  const writer = await store.create(path, session)
  const line = (index: number): RunEvent => ({
    type: 'lab-log',
    node: 'pve1',
    source: 'pve-ha-crm',
    level: 'info',
    message: `node 'pve2': state changed from 'online' => 'unknown' (${index})`,
  })
  for (let index = 0; index < 50; index++) await writer.append(index, line(index))
  const waits: number[] = []
  for (let index = 0; index < 200; index++) {
    const startMs = performance.now()
    await writer.append(index, line(index))
    waits.push(performance.now() - startMs)
  }
  const startMs = performance.now()
  for (let index = 0; index < 2000; index++) void writer.append(index, line(index))
  const calledMs = performance.now() - startMs
  await writer.flush()
  const writtenMs = performance.now() - startMs
  await writer.close()
  waits.sort((a, b) => a - b)
  return [
    { name: 'journal entry on disk, median', value: waits[100] ?? Number.NaN, unit: 'ms' },
    { name: 'journal entry on disk, 99th percentile', value: waits[197] ?? Number.NaN, unit: 'ms' },
    { name: '2,000 lines nobody waits for: time of the calls', value: calledMs, unit: 'ms' },
    { name: '2,000 lines nobody waits for: until on disk', value: writtenMs, unit: 'ms' },
  ]
}

function drawOverview(reader: RunReader, series: readonly Series[]): void {
  const window = { fromMs: 0, toMs: windowSeconds * 1000 }
  for (const item of series) {
    bucketsOf(reader, item, window, 720)
    stripOf(reader, item, window, 1500)
  }
}

async function writeRun(store: RunStore, path: string, spec: RunSpec, series: readonly Series[]) {
  const ticks = Math.floor((windowSeconds * 1000) / (series[0]?.intervalMs ?? 1000))
  // Made before the clock starts: a real run's samples come from probes.
  const sample = sampleMaker(ticks)
  const startMs = performance.now()
  const writer = await store.create(path, session)
  writer.declareSeries(series)
  await writer.append(0, { type: 'run-started', spec })
  await writer.append(0, { type: 'window-opened' })
  for (let tick = 0; tick < ticks; tick++)
    for (const item of series) writer.record(item, sample(tick, item.intervalMs, item.index))
  await writer.append(windowSeconds * 1000, { type: 'window-closed' })
  await writer.append(windowSeconds * 1000, { type: 'run-ended', outcome: 'completed' })
  await writer.close()
  return { writeMs: performance.now() - startMs, records: ticks * series.length }
}

/**
 * Samples as a busy laptop gives them: log-normal lateness of 0.7 ms and round trips of 0.3 ms, one answer in a
 * hundred some milliseconds later, and eight outages of two minutes.
 */
function sampleMaker(ticks: number): (tick: number, intervalMs: number, series: number) => Sample {
  const random = seededRandom(1)
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction())
  const noise = (median: number, spread: number) =>
    Int32Array.from({ length: Math.min(ticks, 50_000) }, () =>
      Math.round(median * Math.exp(spread * normal())),
    )
  const lateness = noise(700, 0.6)
  const rtt = noise(300, 0.3).map((value) => (random.fraction() < 0.01 ? value + random.int(20_000) : value))
  return (tick, intervalMs, series) => {
    const seconds = (tick * intervalMs) / 1000
    const isDown = seconds >= 7200 && seconds < 36_000 && seconds % 3600 > 600 && seconds % 3600 < 720
    // Another stretch of the noise for each series.
    const at = (tick + series * 7919) % lateness.length
    return {
      tick,
      latenessUs: lateness[at] ?? 0,
      rttUs: isDown ? 0 : (rtt[at] ?? 0),
      outcome: isDown ? outcomes['bad:timeout'] : outcomes.ok,
    }
  }
}

function seriesOf(
  guests: readonly string[],
  kinds: readonly ProbeKind[],
  intervalMs: number,
): readonly Series[] {
  return guests.flatMap((subject, guest) =>
    kinds.map((kind, position) => {
      const index = guest * kinds.length + position
      return { index, kind, subject, address: '192.0.2.1', intervalMs, deadlineMs: 90, originMs: index }
    }),
  )
}

function specOf(guests: readonly string[], intervalMs: number): RunSpec {
  return {
    recipe: 'custom',
    recipeVersion: 0,
    trial: 'second',
    group: 'treatment',
    backend: 'simulated',
    seed: 1,
    lab: {
      name: 'bench',
      laptop: { ramMiB: 24_576, threads: 12 },
      nodes: [{ name: 'pve1', ramMiB: 4096, cpus: 2, systemDiskGB: 50, cephDiskGB: 25 }],
      guests: guests.map((id) => ({
        id,
        name: id.replace(':', '-'),
        ramMiB: 1024,
        cpus: 1,
        diskGB: 8,
        node: 'pve1',
      })),
      ceph: { size: 3, minSize: 2 },
    },
    plan: {
      version: 1,
      id: 'bench',
      phases: [{ id: 'main', durationSeconds: windowSeconds }],
      faults: [],
      probes: [{ kind: 'icmp', intervalMs, deadlineMs: 90 }],
      gate: { probesOkSeconds: 0, timeoutSeconds: 0 },
    },
  }
}

function fastestMs(rounds: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now()
    work()
    best = Math.min(best, performance.now() - startMs)
  }
  return best
}
