import type { EventLine, LineCategory } from './event-lines.ts'

export interface LineFilter {
  readonly category: LineCategory | 'all'
  readonly search: string
}

/** Matching lines, newest first; the search looks at text and source, without regard to case. */
export function linesShown(
  lines: readonly EventLine[],
  { category, search }: LineFilter,
): readonly EventLine[] {
  const wanted = search.trim().toLowerCase()
  return lines
    .filter((line) => category === 'all' || line.category === category)
    .filter((line) => wanted === '' || `${line.text} ${line.source ?? ''}`.toLowerCase().includes(wanted))
    .toReversed()
}
