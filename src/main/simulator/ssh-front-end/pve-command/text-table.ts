/** Tables with borders, as Proxmox' programs draw the answers of the API. */

export interface Column {
  readonly title: string
  /** Numbers stand at the right. */
  readonly isNumber: boolean
  cell(row: Readonly<Record<string, unknown>>): string
}

export function borderedTable(
  columns: readonly Column[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)))
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)),
  )
  const line = (letter: string) => `+${widths.map((width) => letter.repeat(width + 2)).join('+')}+\n`
  const row = (texts: readonly string[]) =>
    `|${texts
      .map((text, at) => {
        const width = widths[at] ?? 0
        return columns[at]?.isNumber ? ` ${text.padStart(width)} ` : ` ${text.padEnd(width)} `
      })
      .join('|')}|\n`
  const body = cells.map((texts) => row(texts) + line('-')).join('')
  return `${line('-')}${row(columns.map(({ title }) => title))}${line('=')}${body}`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function bytesText(value: number): string {
  let amount = value
  let unit = 0
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024
    unit += 1
  }
  return `${amount.toFixed(2)} ${units[unit]}`
}

/** `1h 26m 27s`. */
export function durationText(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 604_800), 'w'],
    [Math.floor(seconds / 86_400) % 7, 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [Math.floor(seconds) % 60, 's'],
  ]
  const shown = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount}${unit}`)
  return shown.length === 0 ? '0s' : shown.join(' ')
}
