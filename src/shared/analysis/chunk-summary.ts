import { outcomeClassOf } from '../domain/sample.ts'
import type { ChunkSummary, SampleColumns } from '../domain/sample-columns.ts'

export function summarise(columns: SampleColumns): ChunkSummary {
  const counts = { ok: 0, late: 0, bad: 0, void: 0 }
  let rttMinUs: number | null = null
  let rttMaxUs: number | null = null
  let rttSumUs = 0
  for (let index = 0; index < columns.outcome.length; index++) {
    const kind = outcomeClassOf(columns.outcome[index] ?? 0)
    counts[kind]++
    if (kind !== 'ok') continue
    const rttUs = columns.rttUs[index] ?? 0
    rttSumUs += rttUs
    if (rttMinUs === null || rttUs < rttMinUs) rttMinUs = rttUs
    if (rttMaxUs === null || rttUs > rttMaxUs) rttMaxUs = rttUs
  }
  return {
    firstTick: columns.firstTick,
    count: columns.outcome.length,
    ...counts,
    rttMinUs,
    rttMaxUs,
    rttSumUs,
  }
}
