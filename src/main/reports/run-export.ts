/** A run as a file for other programs. */
import type { ExportedRun } from './exported-run.ts'
import { samplesCsv } from './samples-csv.ts'
import { eventsCsv, faultsCsv, outagesCsv } from './tables-csv.ts'

export type ExportKind = 'samples-csv' | 'outages-csv' | 'faults-csv' | 'events-csv' | 'json'

export const mediaTypes: Readonly<Record<ExportKind, string>> = {
  'samples-csv': 'text/csv; charset=utf-8',
  'outages-csv': 'text/csv; charset=utf-8',
  'faults-csv': 'text/csv; charset=utf-8',
  'events-csv': 'text/csv; charset=utf-8',
  json: 'application/json',
}

export function exportText(run: ExportedRun, kind: ExportKind): string {
  switch (kind) {
    case 'samples-csv':
      return [...samplesCsv(run)].join('')
    case 'outages-csv':
      return outagesCsv(run)
    case 'faults-csv':
      return faultsCsv(run)
    case 'events-csv':
      return eventsCsv(run)
    case 'json':
      return resultsJson(run)
  }
}

/** Results with what they were computed from: plan, seed, sessions and the digest of the raw file. */
function resultsJson({ spec, sessions, journalSha256, series, results }: ExportedRun): string {
  const document = {
    format: 'kuorum-results',
    version: 1,
    journalSha256: journalSha256 ?? null,
    sessions,
    spec,
    series,
    results,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
