import type { JournalEntry, RunEvent } from '../../../../shared/domain/journal.ts'

export interface JournalRow {
  readonly seq: number
  readonly atMs: number
  readonly type: RunEvent['type']
  /** Everything but the type, as written. */
  readonly content: string
}

export interface JournalFilter {
  readonly type: string
  readonly search: string
}

export function journalRowsOf(entries: readonly JournalEntry[]): readonly JournalRow[] {
  return entries.map(({ seq, atMs, event }) => {
    const { type, ...rest } = event
    return { seq, atMs, type, content: Object.keys(rest).length === 0 ? '' : JSON.stringify(rest) }
  })
}

/** An empty type lets every kind through; the search ignores case. */
export function journalRowsShown(
  rows: readonly JournalRow[],
  { type, search }: JournalFilter,
): readonly JournalRow[] {
  const wanted = search.trim().toLowerCase()
  return rows.filter(
    (row) =>
      (type === '' || row.type === type) &&
      (wanted === '' || row.content.toLowerCase().includes(wanted) || row.type.includes(wanted)),
  )
}
