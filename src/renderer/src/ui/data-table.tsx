/** A table with a caption, real headers and, where a column can be compared, sorting by its header. */
import { Table, UnstyledButton } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './data-table.module.css'

export interface Column<Row> {
  readonly key: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers stand right, so that their digits align. */
  readonly isNumber?: boolean
  /** Makes the column sortable. */
  readonly sortValue?: (row: Row) => string | number
  /** The cell names its row for screen readers. */
  readonly isRowHeader?: boolean
}

interface DataTableProps<Row> {
  /** Read out by screen readers; shown above the table unless `hideCaption`. */
  readonly caption: string
  readonly hideCaption?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** Scrolls inside this height (CSS length). */
  readonly maxHeight?: string
}

interface Sorting {
  readonly key: string
  readonly isDescending: boolean
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, hideCaption = false, columns, rows, rowKey, maxHeight } = props
  const { t } = useTranslation('states')
  const [sorting, setSorting] = useState<Sorting | null>(null)
  const sortBy = (key: string): void =>
    setSorting((now) => ({ key, isDescending: now?.key === key && !now.isDescending }))

  return (
    // A region one can scroll must be reachable by keyboard.
    <figure className={classes.scroll} style={{ maxHeight }} tabIndex={0} aria-label={caption}>
      <Table captionSide="top" className={classes.table ?? ''} verticalSpacing={6}>
        <Table.Caption className={hideCaption ? classes.hidden : classes.caption}>{caption}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <HeaderCell key={column.key} column={column} sorting={sorting} onSort={sortBy} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted(rows, columns, sorting).map((row) => (
            <Table.Tr key={rowKey(row)}>
              {columns.map((column) =>
                column.isRowHeader ? (
                  <Table.Th key={column.key} scope="row" className={classes.rowHeader}>
                    {column.cell(row)}
                  </Table.Th>
                ) : (
                  <Table.Td key={column.key} className={column.isNumber ? classes.number : ''}>
                    {column.cell(row)}
                  </Table.Td>
                ),
              )}
            </Table.Tr>
          ))}
          {rows.length === 0 && (
            <Table.Tr>
              <Table.Td colSpan={columns.length}>{t('noRows')}</Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </figure>
  )
}

interface HeaderCellProps<Row> {
  readonly column: Column<Row>
  readonly sorting: Sorting | null
  readonly onSort: (key: string) => void
}

function HeaderCell<Row>({ column, sorting, onSort }: HeaderCellProps<Row>) {
  const { t } = useTranslation('states')
  const className = column.isNumber ? classes.number : ''
  if (!column.sortValue) {
    return (
      <Table.Th scope="col" className={className}>
        {column.header}
      </Table.Th>
    )
  }
  const direction = sorting?.key === column.key ? (sorting.isDescending ? 'descending' : 'ascending') : 'none'
  return (
    <Table.Th scope="col" className={className} aria-sort={direction}>
      <UnstyledButton
        className={classes.sort}
        onClick={() => onSort(column.key)}
        title={t('sortBy', { column: column.header })}
      >
        {column.header}
        <span aria-hidden> {direction === 'none' ? '↕' : direction === 'ascending' ? '↑' : '↓'}</span>
      </UnstyledButton>
    </Table.Th>
  )
}

function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | null,
): readonly Row[] {
  const comparedBy = columns.find(({ key }) => key === sorting?.key)?.sortValue
  if (!sorting || !comparedBy) return rows
  const sign = sorting.isDescending ? -1 : 1
  return rows.toSorted((a, b) => {
    const [left, right] = [comparedBy(a), comparedBy(b)]
    return sign * (left < right ? -1 : left > right ? 1 : 0)
  })
}
