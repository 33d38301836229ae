interface Column {
  readonly header: string
  readonly headerAlign: 'left' | 'right'
  readonly align: 'left' | 'right'
}

/** A column of `textTable`; numbers stand to the right, also under a header that stands to the left. */
export function column(
  header: string,
  align: Column['align'] = 'right',
  headerAlign: Column['headerAlign'] = 'left',
): Column {
  return { header, headerAlign, align }
}

/** Lines of a table as Ceph prints them: columns two blanks apart, every cell padded to its column's width. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ header }, index) =>
    Math.max(header.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  const line = (cells: readonly string[], alignOf: (column: Column) => 'left' | 'right') =>
    columns
      .map((each, index) => {
        const cell = cells[index] ?? ''
        const width = widths[index] as number
        return alignOf(each) === 'left' ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
  return [
    line(
      columns.map(({ header }) => header),
      ({ headerAlign }) => headerAlign,
    ),
    ...rows.map((row) => line(row, ({ align }) => align)),
  ]
}
