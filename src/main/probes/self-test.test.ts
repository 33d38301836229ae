import { describe, expect, it } from 'vitest'
import { selfTestReportSchema } from '../../shared/domain/self-test.ts'
import { SystemClock } from '../base/system-clock.ts'
import { runSelfTest } from './self-test.ts'

const urls = {
  workerUrl: new URL('./probe-worker.ts', import.meta.url),
  responderUrl: new URL('./self-test-responder.ts', import.meta.url),
}

describe('runSelfTest', () => {
  it('takes services away for a known time and measures that time', async () => {
    const progress: number[] = []
    const report = await runSelfTest({
      ...urls,
      clock: new SystemClock(),
      seed: 5,
      repeats: 3,
      lengthsSeconds: [0.3, 0.9],
      onProgress: (fraction) => progress.push(fraction),
    })
    expect(selfTestReportSchema.parse(report)).toEqual(report)
    expect(report.rows.map(({ kind, fault, lengthSeconds }) => [kind, fault, lengthSeconds])).toEqual([
      ['tcp', 'refused', 0.3],
      ['tcp', 'refused', 0.9],
      ['http', 'refused', 0.3],
      ['http', 'refused', 0.9],
      ['http', 'silent', 0.3],
      ['http', 'silent', 0.9],
    ])
    for (const row of report.rows) {
      expect(row.injected).toBe(3)
      // Three outages on a machine that also runs other tests: the bound of the full test is for the full test.
      if (row.biasSeconds !== null) expect(Math.abs(row.biasSeconds)).toBeLessThan(0.15)
    }
    expect(report.rows.some(({ seen }) => seen === 3)).toBe(true)
    expect(report.truthErrorMs).toBeLessThan(100)
    expect(progress.at(-1)).toBe(1)
  }, 30_000)

  it('ends at once when it is cancelled', async () => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 1500)
    const clock = new SystemClock()
    await expect(runSelfTest({ ...urls, clock, seed: 1, signal: abort.signal })).rejects.toMatchObject({
      problem: { code: 'cli.cancelled' },
    })
    expect(clock.nowMs()).toBeLessThan(10_000)
  })
})
