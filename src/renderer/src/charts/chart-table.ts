/** The figures of a chart as rows: what the table view shows and what the CSV export holds. */

export interface ChartColumn {
  /** Header of the CSV column, with the unit: `low_seconds`. The same in every language. */
  readonly key: string
  /** Header on screen, in the reader's language. */
  readonly title: string
  readonly numeric?: boolean
}

/** `raw` goes into the file (point as decimal sign), `text` on the screen. */
export interface ChartCell {
  readonly raw: string | number | null
  readonly text: string
}

export interface ChartTable {
  readonly columns: readonly ChartColumn[]
  readonly rows: readonly (readonly ChartCell[])[]
}

export function textCell(text: string): ChartCell {
  return { raw: text, text }
}

/** A figure, or a dash where there is none. */
export function numberCell(value: number | null | undefined, print: (value: number) => string): ChartCell {
  return value === null || value === undefined ? { raw: null, text: '-' } : { raw: value, text: print(value) }
}

/** RFC 4180 with CRLF line ends, plain UTF-8 without a byte order mark, decimal point. */
export function csvOfTable(table: ChartTable): string {
  const lines = [
    table.columns.map(({ key }) => csvField(key)).join(','),
    ...table.rows.map((row) => row.map(({ raw }) => csvField(raw)).join(',')),
  ]
  return `${lines.join('\r\n')}\r\n`
}

function csvField(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  // A spreadsheet would take such a text for a formula.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
