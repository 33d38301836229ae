import type { ProgramCall } from '../program.ts'
import { callLocally } from '../pve-command/local-call.ts'
import { type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

interface Job {
  readonly id: string
  readonly target: string
  readonly schedule?: string
  readonly rate?: number
  readonly disable?: number
  readonly last_sync?: number
  readonly next_sync?: number
  readonly duration?: number
  readonly fail_count?: number
  readonly error?: string
}

const isEnabled = ({ disable }: Job) => (disable === 1 ? 'No' : 'Yes')
const target = (job: Job) => `local/${job.target}`

const list: Subcommand = {
  usage: '',
  method: 'GET',
  path: '/cluster/replication',
  print(data) {
    const row = (...[id = '', to = '', schedule = '', rate = '', enabled = '']: string[]) =>
      `${id.padEnd(20)} ${to.padEnd(20)} ${schedule.padStart(10)} ${rate.padStart(5)} ${enabled.padStart(8)}\n`
    const rows = (data as Job[]).map((job) =>
      row(job.id, target(job), job.schedule ?? '*/15', String(job.rate ?? '-'), isEnabled(job).toLowerCase()),
    )
    return [row('JobID', 'Target', 'Schedule', 'Rate', 'Enabled'), ...rows].join('')
  },
}

const status: Subcommand = {
  usage: ' [OPTIONS]',
  method: 'GET',
  path: '/nodes/{node}/replication',
  print(data, { call }) {
    const row = (
      ...[id = '', enabled = '', to = '', last = '', next = '', took = '', failed = '', state = '']: string[]
    ) =>
      `${id.padEnd(10)} ${enabled.padEnd(10)} ${to.padEnd(20)} ${last.padStart(20)} ${next.padStart(20)} ${took.padStart(10)} ${failed.padStart(10)} ${state}\n`
    const rows = (data as Job[]).map((job) =>
      row(
        job.id,
        isEnabled(job),
        target(job),
        moment(call, job.last_sync),
        nextMoment(call, job.next_sync),
        job.duration === undefined ? '-' : String(job.duration),
        String(job.fail_count ?? 0),
        job.error ?? 'OK',
      ),
    )
    const head = row('JobID', 'Enabled', 'Target', 'LastSync', 'NextSync', 'Duration', 'FailCount', 'State')
    return [head, ...rows].join('')
  },
}

/** `2026-11-20_12:46:05`; a line where it never was. */
function moment({ lab }: ProgramCall, seconds: number | undefined): string {
  return seconds === undefined || seconds === 0 ? '-' : lab.wallTime.stamp(seconds).replace(' ', '_')
}

function nextMoment(call: ProgramCall, seconds: number | undefined): string {
  if (seconds === undefined || seconds === 0) return '-'
  return seconds <= call.lab.wallTime.seconds() ? 'pending' : moment(call, seconds)
}

const job = (method: string, more: readonly string[] = []): Subcommand => ({
  usage: `<id> ${more.map((name) => `<${name}> `).join('')}[OPTIONS]`,
  positional: ['id', ...more],
  method,
  path: method === 'POST' ? '/cluster/replication' : '/cluster/replication/{id}',
})

/** All jobs of this node that are due, or the one that is named; the scheduler begins it within its next minute. */
const run: LocalSubcommand = {
  usage: ' [OPTIONS]',
  async run(call, argv) {
    const at = argv.indexOf('--id')
    const id = at < 0 ? undefined : argv[at + 1]
    if (id !== undefined)
      await callLocally(call, 'POST', `/nodes/${call.node}/replication/${id}/schedule_now`, {})
    return 0
  },
}

export const pvesr = pveCommand({
  name: 'pvesr',
  startMs: 370,
  subcommands: {
    'create-local-job': { ...job('POST', ['target']), fixed: { type: 'local' } },
    delete: job('DELETE'),
    disable: { ...job('PUT'), fixed: { disable: '1' } },
    enable: { ...job('PUT'), fixed: { disable: '0' } },
    list,
    read: { ...job('GET'), print: (data) => `${JSON.stringify(data, undefined, 3)}\n` },
    run,
    'schedule-now': {
      usage: '<id>',
      positional: ['id'],
      method: 'POST',
      path: '/nodes/{node}/replication/{id}/schedule_now',
      print: () => '',
    },
    status,
    update: job('PUT'),
  },
})
