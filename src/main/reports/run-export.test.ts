import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resultsOf } from '../../shared/analysis/results.ts'
import type { JournalEntry } from '../../shared/domain/journal.ts'
import {
  exampleEnd,
  exampleEvents,
  exampleSample,
  exampleSeries,
  exampleSession,
  exampleSpec,
  exampleTicks,
} from '../testing/example-run.ts'
import { memorySamples } from '../testing/memory-samples.ts'
import { csvLine } from './csv.ts'
import type { ExportedRun } from './exported-run.ts'
import { exportText } from './run-export.ts'

const entries: readonly JournalEntry[] = [...exampleEvents, { atMs: 1_301_000, event: exampleEnd }].map(
  (entry, index) => ({ seq: index + 1, ...entry }),
)
const samples = memorySamples(
  exampleSeries.map(({ index }) =>
    Array.from({ length: exampleTicks }, (_, tick) => exampleSample(index, tick)),
  ),
)
const run: ExportedRun = {
  spec: exampleSpec,
  entries,
  series: exampleSeries,
  samples,
  sessions: [exampleSession],
  journalSha256: 'ab'.repeat(32),
  results: resultsOf({
    spec: exampleSpec,
    entries,
    series: exampleSeries,
    samples,
    publishedPercentOf: () => null,
  }),
}

/** Rows of a CSV text, by a parser of its own that knows RFC 4180. */
function parsed(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    const row = rows.at(-1) ?? []
    if (quoted === undefined && plain === '' && end === '' && row.length === 0) break
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === '\r\n') rows.push([])
  }
  return rows.filter((row) => row.length > 0)
}

function table(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = parsed(text)
  return rows.map((row) => {
    expect(row).toHaveLength(header.length)
    return Object.fromEntries(header.map((name, index) => [name, row[index] ?? '']))
  })
}

describe('a run exported as CSV', () => {
  it('has every sample, with times in seconds of the window', () => {
    const rows = table(exportText(run, 'samples-csv'))
    expect(rows).toHaveLength(2 * exampleTicks)
    expect(rows[0]).toEqual({
      series: '0',
      kind: 'icmp',
      subject: 'vm:101',
      address: '192.0.2.10',
      tick: '0',
      due_window_seconds: '-1',
      lateness_us: String(exampleSample(0, 0).latenessUs),
      rtt_us: String(exampleSample(0, 0).rttUs),
      class: 'ok',
      outcome: 'ok',
    })
    expect(rows[exampleTicks + 650]).toMatchObject({
      kind: 'http',
      tick: '650',
      due_window_seconds: '649.5',
      rtt_us: '',
      class: 'bad',
      outcome: 'bad:timeout',
    })
  })

  it('has each outage with its bounds', () => {
    const [outage, ...others] = table(exportText(run, 'outages-csv'))
    expect(others).toEqual([])
    expect(outage).toMatchObject({
      guest: 'vm:101',
      guest_name: 'vm-a',
      probe: 'icmp',
      interval_ms: '1000',
      fault: 'fault-1',
      censored: 'no',
    })
    expect(Number(outage?.from_window_seconds)).toBeCloseTo(619, 2)
    expect(Number(outage?.downtime_low_seconds)).toBeCloseTo(137, 2)
    expect(Number(outage?.downtime_high_seconds)).toBeCloseTo(139, 2)
  })

  it('has a line for each fault and guest', () => {
    const rows = table(exportText(run, 'faults-csv'))
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      fault: 'fault-1',
      kind: 'node-power-off',
      status: 'healed',
      node: 'pve1',
      was_crm_master: 'no',
      injected_window_seconds: '600',
      healed_window_seconds: '1200',
      guest: 'vm:101',
      hit: 'yes',
    })
  })

  it('has every journal entry', () => {
    const rows = table(exportText(run, 'events-csv'))
    expect(rows.map((row) => row.event)).toEqual(entries.map(({ event }) => event.type))
    expect(rows[5]).toMatchObject({
      seq: '6',
      run_seconds: '621',
      window_seconds: '620',
      node: 'pve2',
      source: 'pve-ha-crm',
      message: 'Ünïcode "quoted"',
      details: '',
    })
    expect(JSON.parse(rows[0]?.details ?? '')).toEqual({ spec: exampleSpec })
  })

  it('never lets a cell begin like a formula, and gives every text back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (texts) => {
        const [row = []] = parsed(csvLine(['first', ...texts]))
        for (const [index, cell] of row.slice(1).entries()) {
          expect(cell).not.toMatch(/^\s*[=+\-@]/)
          expect([texts[index], `'${texts[index]}`]).toContain(cell)
        }
      }),
    )
    expect(csvLine(['=1+1', '  @SUM(A1)', '-2', '\t=1', 'a,b', 'say "no"', -2, 0.1 + 0.2, null, true])).toBe(
      `'=1+1,'  @SUM(A1),'-2,'\t=1,"a,b","say ""no""",-2,0.3,,yes\r\n`,
    )
  })
})

describe('a run exported as JSON', () => {
  it('carries results, plan, seed, sessions and the digest of the raw file', () => {
    const document: unknown = JSON.parse(exportText(run, 'json'))
    expect(document).toMatchObject({
      format: 'kuorum-results',
      version: 1,
      journalSha256: run.journalSha256,
      sessions: [exampleSession],
      spec: { seed: 1 },
      results: { faultsInjected: 1, guests: [{ guest: 'vm:101', hits: 1 }] },
    })
  })
})
