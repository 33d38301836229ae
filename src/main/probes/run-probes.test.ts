import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { OutcomeCode } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import { SystemClock } from '../base/system-clock.ts'
import { judgedAs } from '../testing/probe-once.ts'
import { type ProbeProgress, type RunProbesOptions, runProbes } from './run-probes.ts'

const workerUrl = new URL('./probe-worker.ts', import.meta.url)

const cleanUps: (() => unknown)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

async function listen() {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function optionsFor(address: string, fields: Partial<RunProbesOptions> = {}): RunProbesOptions {
  return {
    targets: [{ kind: 'tcp', address }],
    intervalMs: 100,
    durationSeconds: 1.5,
    clock: new SystemClock(),
    workerUrl,
    ...fields,
  }
}

const samplesOf = (columns: SampleColumns | undefined) =>
  [...(columns?.outcome ?? [])].map((code) => ({ outcome: code as OutcomeCode }))

describe('runProbes', () => {
  it('gives a sample for every tick of the window, as columns, and reports on the way', async () => {
    const address = await listen()
    const progress: ProbeProgress[] = []
    const record = await runProbes(
      optionsFor(address, {
        targets: [
          { kind: 'tcp', address },
          { kind: 'tcp', address: '127.0.0.1:9', subject: 'closed' },
        ],
        onProgress: (step) => progress.push(step),
      }),
    )
    expect(record).toMatchObject({ windowSeconds: 1.5, cancelled: false })
    expect(record.series.map(({ originMs, subject }) => [originMs, subject])).toEqual([
      [0, address],
      [50, 'closed'],
    ])
    // On a busy machine a tick may be missed; it is void then, and never anything else.
    expect(record.counts).toMatchObject([
      { late: 0, bad: 0, expected: 15 },
      { late: 0, ok: 0, expected: 15 },
    ])
    for (const { ok, bad, void: voids } of record.counts) expect(ok + bad + voids).toBe(15)
    const [open, closed] = record.columns
    expect(open?.firstTick).toBe(0)
    expect(judgedAs(samplesOf(open))).toEqual(['ok'])
    expect(judgedAs(samplesOf(closed))).toEqual(['bad:refused'])
    expect(open?.latenessUs).toHaveLength(15)
    const answered = [...(open?.rttUs ?? [])].filter((us) => us > 0)
    expect(answered).toHaveLength(record.counts[0]?.ok ?? -1)
    expect(progress.length).toBeGreaterThanOrEqual(1)
  })

  it('returns what it has when it is cancelled', async () => {
    const address = await listen()
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 1500)
    const record = await runProbes(optionsFor(address, { durationSeconds: 3600, signal: abort.signal }))
    expect(record.cancelled).toBe(true)
    expect(record.windowSeconds).toBeLessThan(10)
    expect(record.counts[0]?.expected).toBe(Math.ceil(record.windowSeconds * 10))
    expect(record.columns[0]?.outcome).toHaveLength(record.counts[0]?.expected ?? -1)
  })

  it('names the field that is wrong', async () => {
    const wrong: readonly (readonly [Partial<RunProbesOptions>, string])[] = [
      [{ intervalMs: 0 }, 'intervalMs'],
      [{ intervalMs: Number.NaN }, 'intervalMs'],
      [{ deadlineMs: 1000 }, 'deadlineMs'],
      [{ durationSeconds: -1 }, 'durationSeconds'],
      [{ durationSeconds: Number.POSITIVE_INFINITY }, 'durationSeconds'],
      [{ targets: [] }, 'targets'],
    ]
    for (const [fields, field] of wrong)
      await expect(runProbes(optionsFor('127.0.0.1:9', fields)), field).rejects.toMatchObject({
        problem: { code: 'input.invalid-field', params: { source: 'probe', field } },
      })
  })
})
