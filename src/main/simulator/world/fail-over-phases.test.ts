import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { makeMaster, recordedCircumstances } from '../../testing/ha-timeline-run.ts'
import { recordedFaults } from './fixtures/recorded-faults.ts'
import { recordedRequests } from './fixtures/recorded-requests.ts'
import type { Line, RecordedTimeline } from './fixtures/recorded-timeline.ts'
import { World } from './world.ts'

const lab: Lab = {
  name: 'recorded',
  laptop: { ramMiB: 65_536, threads: 32 },
  nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({
    name,
    ramMiB: 8192,
    cpus: 4,
    systemDiskGB: 50,
    cephDiskGB: 0,
  })),
  guests: [
    { id: 'vm:100', name: 'g100', ramMiB: 64, cpus: 1, diskGB: 1, node: 'pve1', ignoresPowerButton: true },
    { id: 'vm:101', name: 'g101', ramMiB: 64, cpus: 1, diskGB: 1, node: 'pve2', ignoresPowerButton: true },
    { id: 'vm:102', name: 'g102', ramMiB: 64, cpus: 1, diskGB: 1, node: 'pve3', ignoresPowerButton: true },
  ],
  ceph: { size: 3, minSize: 2 },
}

/** One HA round: the phase in which a fault meets the rounds is chance, in the recordings too. */
const roundSeconds = 10
const runsPerScenario = 25

/** Runs a scenario in a world that has come to rest. */
async function linesOf(scenario: RecordedTimeline, seed: number): Promise<readonly Line[]> {
  const clock = new VirtualClock()
  const world = new World({
    lab: {
      ...lab,
      guests: lab.guests.map((guest) => ({ ...guest, node: scenario.guestsOn?.[guest.id] ?? guest.node })),
    },
    group: 'treatment',
    scheduler: clock,
    random: seededRandom(seed),
    parameters: recordedCircumstances,
    pveVersion: '8.4.21',
  })
  const lines: Line[] = []
  let faultMs = Number.POSITIVE_INFINITY
  world.onLog(({ node, source, message }) => {
    if (clock.nowMs() >= faultMs)
      lines.push({ seconds: (clock.nowMs() - faultMs) / 1000, node, source, message })
  })
  world.switchOn()
  return clock.run(async () => {
    await clock.sleep(200_000)
    await makeMaster(world, scenario.master, clock)
    // Faults meet the ten-second rounds in every phase.
    await clock.sleep(150_000 + seed * 1370)
    faultMs = clock.nowMs()
    const at = (seconds: number) => clock.sleepUntil(faultMs + seconds * 1000)
    await scenario.act(world, at)
    await at(scenario.endSeconds)
    return lines
  })
}

async function runsOf(scenario: RecordedTimeline): Promise<(readonly Line[])[]> {
  const runs: (readonly Line[])[] = []
  for (let seed = 1; seed <= runsPerScenario; seed++) runs.push(await linesOf(scenario, seed))
  return runs
}

describe.each([...recordedFaults, ...recordedRequests])('phases after $title', (scenario) => {
  it('agree with the recording within one round each', async () => {
    const runs = await runsOf(scenario)
    const rows = scenario.phases.map(({ name, recordedSeconds, rounds, marks }) => {
      const times = runs.map((lines) => lines.find(marks)?.seconds ?? Number.NaN).sort((a, b) => a - b)
      return {
        phase: name,
        recorded: recordedSeconds,
        rounds,
        model: times[Math.floor(times.length / 2)] ?? Number.NaN,
        least: times[0] ?? Number.NaN,
        most: times.at(-1) ?? Number.NaN,
        missing: times.filter(Number.isNaN).length,
      }
    })
    console.info(tableOf(scenario.title, rows))
    for (const row of rows) {
      expect.soft(row.missing, `${row.phase}: runs without it`).toBe(0)
      expect
        .soft(Math.abs(row.model - row.recorded), `${row.phase}: median`)
        .toBeLessThanOrEqual(row.rounds * roundSeconds)
      expect.soft(row.recorded, `${row.phase}: earliest run`).toBeGreaterThan(row.least - 1)
      expect.soft(row.recorded, `${row.phase}: latest run`).toBeLessThan(row.most + 1)
    }
  })
})

function tableOf(
  title: string,
  rows: readonly Record<'phase' | 'recorded' | 'model' | 'least' | 'most', string | number>[],
): string {
  const cell = (value: string | number) => (typeof value === 'number' ? value.toFixed(1) : value).padStart(9)
  const head = `${title.padEnd(36)}${['recorded', 'median', 'least', 'most'].map(cell).join('')}`
  const lines = rows.map(
    (row) =>
      `  ${String(row.phase).padEnd(34)}${[row.recorded, row.model, row.least, row.most].map(cell).join('')}`,
  )
  return [head, ...lines].join('\n')
}
