import { textOf } from '../../pve-front-end/parameters.ts'
import { described } from '../pve-command/guest-subcommands.ts'
import { pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'
import { borderedTable, type Column } from '../pve-command/text-table.ts'

const column = (title: string, field: string, isNumber = false): Column => ({
  title,
  isNumber,
  cell: (row) => (row[field] === undefined ? '' : textOf(row[field])),
})

const columns: readonly Column[] = [
  column('UPID', 'upid'),
  column('Type', 'type'),
  column('ID', 'id'),
  column('User', 'user'),
  column('Starttime', 'starttime', true),
  column('Endtime', 'endtime', true),
  column('Status', 'status'),
]

const taskList: Subcommand = {
  usage: ' [OPTIONS]',
  method: 'GET',
  path: '/nodes/{node}/tasks',
  print(data) {
    const tasks = data as Record<string, unknown>[]
    if (tasks.length === 0) return ''
    const rows = tasks.map(({ status, ...task }) => ({ ...task, status: status === 'OK' ? 'OK' : 'ERROR' }))
    return borderedTable(columns, rows.toReversed())
  },
}

const taskLog: Subcommand = {
  usage: '<upid> [OPTIONS]',
  positional: ['upid'],
  method: 'GET',
  path: '/nodes/{node}/tasks/{upid}/log',
  fixed: { limit: '0' },
  print: (data) => (Array.isArray(data) ? data : [data]).map(({ t }) => `${t}\n`).join(''),
}

const taskStatus: Subcommand = {
  usage: '<upid> [OPTIONS]',
  positional: ['upid'],
  method: 'GET',
  path: '/nodes/{node}/tasks/{upid}/status',
  print: (data) =>
    borderedTable(
      [column('key', 'key'), column('value', 'value')],
      Object.entries(data as Record<string, unknown>)
        .sort(([first], [second]) => (first < second ? -1 : 1))
        .map(([key, value]) => ({ key, value })),
    ),
}

const certificateInfo: Subcommand = {
  usage: ' [OPTIONS] [FORMAT_OPTIONS]',
  method: 'GET',
  path: '/nodes/{node}/certificates/info',
  print: (data) =>
    (data as Record<string, unknown>[])
      .map((certificate) => {
        const { pem: _pem, ...shown } = certificate
        const rows = Object.entries(shown)
          .sort(([first], [second]) => (first < second ? -1 : 1))
          .map(([key, value]) => ({ key, value: Array.isArray(value) ? value.join('\n') : value }))
        return borderedTable([column('key', 'key'), column('value', 'value')], rows)
      })
      .join(''),
}

export const pvenode = pveCommand({
  name: 'pvenode',
  startMs: 470,
  subcommands: {
    'cert info': certificateInfo,
    'config get': {
      usage: ' [OPTIONS]',
      method: 'GET',
      path: '/nodes/{node}/config',
      // Notes stand as comments, as in the file.
      print(data) {
        const { description, digest: _digest, ...rest } = data as Record<string, unknown>
        const notes = typeof description === 'string' ? description.trimEnd().split('\n') : []
        return notes.map((line) => `#${line}\n`).join('') + described(rest, '')
      },
    },
    'config set': { usage: ' [OPTIONS]', method: 'PUT', path: '/nodes/{node}/config' },
    migrateall: {
      usage: '<target> [OPTIONS]',
      positional: ['target'],
      method: 'POST',
      path: '/nodes/{node}/migrateall',
    },
    startall: { usage: ' [OPTIONS]', method: 'POST', path: '/nodes/{node}/startall' },
    stopall: { usage: ' [OPTIONS]', method: 'POST', path: '/nodes/{node}/stopall' },
    'task list': taskList,
    'task log': taskLog,
    'task status': taskStatus,
  },
})
