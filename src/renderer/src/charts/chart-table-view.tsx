/** The figures of a chart as a table that scrolls by keyboard, too. */
import { Box, Table } from '@mantine/core'
import type { ChartTable } from './chart-table.ts'
import classes from './chart-table-view.module.css'

export function ChartTableView({ label, table }: { label: string; table: ChartTable }) {
  const rows = table.rows.map((cells, index) => ({ key: `row-${index}`, cells }))
  // A region that scrolls must be reachable by keyboard, hence the tab index.
  return (
    <Box component="section" className={classes.scroll} tabIndex={0} aria-label={label}>
      <Table stickyHeader striped withTableBorder className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            {table.columns.map(({ key, title, numeric }) => (
              <Table.Th key={key} scope="col" ta={numeric ? 'end' : 'start'}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, cells }) => (
            <Table.Tr key={key}>
              {cells.map((cell, index) => (
                <Table.Td
                  key={table.columns[index]?.key ?? index}
                  ta={table.columns[index]?.numeric ? 'end' : 'start'}
                >
                  {cell.text}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  )
}
