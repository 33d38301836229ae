/**
 * CSV as RFC 4180 has it: comma, CRLF, quotes where needed. Numbers always have a decimal point. Text that a
 * spreadsheet would take for a formula is preceded by an apostrophe, because run files may come from anywhere.
 */
export type CsvCell = string | number | boolean | null | undefined

const lineEnd = '\r\n'

export function csvLine(cells: readonly CsvCell[]): string {
  return cells.map(csvCell).join(',') + lineEnd
}

function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'number') return Number.isFinite(cell) ? plainNumber(cell) : ''
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  // Also the full-width forms that some spreadsheets accept, and blanks that are skipped before a formula.
  const text = /^[\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** At most six decimals (microseconds), without exponent and trailing zeros. */
function plainNumber(value: number): string {
  if (Number.isInteger(value)) return value.toFixed(0)
  return value.toFixed(6).replace(/0+$/, '').replace(/\.$/, '')
}
