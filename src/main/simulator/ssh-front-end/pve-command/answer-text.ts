/** An answer of the API as a program prints it: as a table for people, or as JSON. */
import type { SchemaFact } from '../../pve-front-end/api-facts.ts'
import { textOf } from '../../pve-front-end/parameters.ts'
import { prettyJson } from './json-text.ts'
import { borderedTable, bytesText, type Column, durationText } from './text-table.ts'

export const outputFormats = ['text', 'json', 'json-pretty', 'yaml'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** Fields that are shown in another form, by name; the schema of the real server says so. */
const byteFields = new Set('mem maxmem disk maxdisk diskread diskwrite netin netout'.split(' '))
/** Titles of columns that are not called as their field (of lists of tasks, recorded). */
const taskTitles: Readonly<Record<string, string>> = {
  id: 'ID',
  node: 'Node',
  pid: 'PID',
  starttime: 'Starttime',
  type: 'Type',
  upid: 'UPID',
  user: 'User',
  endtime: 'Endtime',
  status: 'Status',
}

export function answerText(
  data: unknown,
  format: OutputFormat,
  facts: SchemaFact,
  isTaskList = false,
): string {
  if (format === 'json') return `${JSON.stringify(data ?? null)}\n`
  if (format === 'json-pretty') return prettyJson(data)
  if (format === 'yaml') return `---\n${yaml(data, '')}`
  if (data === null || data === undefined) return ''
  if (Array.isArray(data)) return listText(data, facts.items ?? {}, isTaskList)
  if (typeof data === 'object') return objectText(data as Record<string, unknown>, facts)
  return `${textOf(data)}\n`
}

/** Columns are the fields of the schema, those that are always there first. */
function listText(rows: readonly unknown[], facts: SchemaFact, isTaskList: boolean): string {
  if (rows.length === 0) return ''
  if (typeof rows[0] !== 'object') return rows.map((row) => `${textOf(row)}\n`).join('')
  const records = rows as Record<string, unknown>[]
  const properties =
    facts.properties ??
    Object.fromEntries(
      records.flatMap((row) => Object.keys(row)).map((name): [string, SchemaFact] => [name, {}]),
    )
  const names = Object.keys(properties).sort((first, second) => {
    const [late, later] = [properties[first]?.optional === true, properties[second]?.optional === true]
    return late === later ? (first < second ? -1 : 1) : late ? 1 : -1
  })
  const columns: Column[] = names.map((name) => ({
    title: (isTaskList ? taskTitles[name] : undefined) ?? name,
    isNumber: ['integer', 'number'].includes(properties[name]?.type ?? ''),
    cell: (row) => cellText(name, row[name]),
  }))
  const [key = ''] = names
  const sorted = records.toSorted((first, second) => (textOf(first[key]) < textOf(second[key]) ? -1 : 1))
  return borderedTable(columns, sorted)
}

function objectText(data: Readonly<Record<string, unknown>>, facts: SchemaFact): string {
  const rows = Object.keys(data)
    .sort()
    .filter((name) => facts.properties === undefined || data[name] !== undefined)
    .map((key) => ({ key, value: cellText(key, data[key]) }))
  const column = (title: 'key' | 'value'): Column => ({
    title,
    isNumber: false,
    cell: (row) => String(row[title]),
  })
  return borderedTable([column('key'), column('value')], rows)
}

function cellText(name: string, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number' && byteFields.has(name)) return bytesText(value)
  if (typeof value === 'number' && name === 'cpu') return `${(value * 100).toFixed(2)}%`
  if (typeof value === 'number' && name === 'uptime') return durationText(value)
  return textOf(value)
}

function yaml(value: unknown, indent: string): string {
  if (Array.isArray(value))
    return value.length === 0
      ? `${indent}[]\n`
      : value.map((item) => `${indent}- ${yaml(item, `${indent}  `).trimStart()}`).join('')
  if (typeof value !== 'object' || value === null) return `${indent}${scalar(value)}\n`
  return Object.entries(value)
    .sort(([first], [second]) => (first < second ? -1 : 1))
    .map(([name, member]) => {
      const isNested = typeof member === 'object' && member !== null && Object.keys(member).length > 0
      return isNested
        ? `${indent}${name}:\n${yaml(member, Array.isArray(member) ? indent : `${indent}  `)}`
        : `${indent}${name}: ${scalar(member)}\n`
    })
    .join('')
}

/** Text that could be taken for something else is quoted. */
function scalar(value: unknown): string {
  if (value === null || value === undefined) return '~'
  if (typeof value === 'object') return Array.isArray(value) ? '[]' : '{}'
  const text = textOf(value)
  const isPlain = /^[A-Za-z0-9/][\w ./@-]*$/.test(text) && !/: | #/.test(text)
  return typeof value === 'string' && !isPlain ? JSON.stringify(text) : text
}
