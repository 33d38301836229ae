import { expect, test } from 'vitest'
import { csvOfTable, numberCell, textCell } from './chart-table.ts'

test('the file holds plain figures with a point, whatever the screen shows', () => {
  const csv = csvOfTable({
    columns: [
      { key: 'guest', title: 'Tamu' },
      { key: 'availability_percent', title: 'Ketersediaan (%)', numeric: true },
    ],
    rows: [
      [textCell('vm-a'), numberCell(97.73, (value) => `${value}`.replace('.', ','))],
      [textCell('vm-b'), numberCell(null, String)],
    ],
  })
  expect(csv).toBe('guest,availability_percent\r\nvm-a,97.73\r\nvm-b,\r\n')
})

test('commas, quotes and line ends are quoted, and no text is taken for a formula', () => {
  const csv = csvOfTable({
    columns: [{ key: 'message', title: '' }],
    rows: [[textCell('a, "b"')], [textCell('=1+1')], [textCell('two\nlines')]],
  })
  expect(csv).toBe('message\r\n"a, ""b"""\r\n\'=1+1\r\n"two\nlines"\r\n')
})
