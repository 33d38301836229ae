/** Backups that the scheduler makes by itself, on every node of the cluster. */
import { refuse, refuseParameters } from '../api-error.ts'
import { nextOf, type Schedule, scheduleOf } from '../calendar-events.ts'
import { readConfig } from '../guest-configs.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { listOf, Parameters } from '../parameters.ts'
import { requirePrivilege } from '../privileges.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'
import { storages } from '../storages.ts'
import { diskName } from './volumes.ts'
import { beginBackup, meantGuests, requireSelection } from './vzdump.ts'

export const backupJobHandlers: Handlers = {
  'GET /cluster/backup': ({ lab }) => jobsOf(lab).map((job) => shown(lab, job)),
  'POST /cluster/backup': create,
  'GET /cluster/backup/{id}': (call) => shown(call.lab, jobOf(call)),
  'PUT /cluster/backup/{id}': update,
  'DELETE /cluster/backup/{id}': async (call) => {
    const { lab, node } = call
    const { id } = jobOf(call)
    await lab.requireLock(node, lock)
    keep(
      lab,
      node,
      jobsOf(lab).filter((job) => job.id !== id),
    )
    return null
  },
  'GET /cluster/backup/{id}/included_volumes': includedVolumes,
  'GET /cluster/backup-info': index('subdir', 'not-backed-up'),
  'GET /cluster/backup-info/not-backed-up': notBackedUp,
}

const lock = 'file-jobs_cfg'
const file = 'jobs.cfg'

interface BackupJob {
  readonly id: string
  readonly schedule: string
  readonly isEnabled: boolean
  /** As a client gave them. */
  readonly options: Readonly<Record<string, string | number>>
}

const jobsOf = (lab: ServedLab) => lab.files.read<readonly BackupJob[]>('', file, [])

function jobOf({ lab, parameters }: Call): BackupJob {
  const id = parameters.required('id')
  return jobsOf(lab).find((job) => job.id === id) ?? refuse(`No such job '${id}'`)
}

function shown(lab: ServedLab, { id, schedule, isEnabled, options }: BackupJob) {
  const next = isEnabled ? nextOf(scheduleOf(schedule) as Schedule, lab.wallTime.seconds()) : undefined
  return {
    id,
    type: 'vzdump',
    schedule,
    enabled: Number(isEnabled),
    mode: 'snapshot',
    'notes-template': '{{guestname}}',
    ...options,
    ...(next === undefined ? {} : { 'next-run': next }),
  }
}

/** Parameters of the job itself. */
const notOptions = new Set(['id', 'schedule', 'starttime', 'dow', 'enabled', 'delete'])
const flags = new Set(['all', 'protected', 'quiet', 'remove', 'repeat-missed', 'stdexcludes', 'stop'])

/** `dow` and `starttime` are the old words for a schedule. */
function scheduleGiven({ parameters }: Call): string | undefined {
  const [days, time] = [parameters.text('dow'), parameters.text('starttime')]
  const schedule = parameters.text('schedule')
  if (schedule !== undefined && (days !== undefined || time !== undefined))
    refuseParameters({ schedule: "option conflicts with options 'starttime' and 'dow'\n" })
  const text =
    schedule ?? (time === undefined ? undefined : `${days ?? 'mon,tue,wed,thu,fri,sat,sun'} ${time}`)
  if (text !== undefined && scheduleOf(text) === undefined)
    refuseParameters({ schedule: `invalid format - unable to parse calendar event '${text}'\n` })
  return text
}

function optionsGiven({ parameters }: Call): Readonly<Record<string, string | number>> {
  const names = parameters.names.filter((name) => !notOptions.has(name))
  return Object.fromEntries(
    names.map((name) => [name, flags.has(name) ? Number(parameters.flag(name)) : parameters.required(name)]),
  )
}

/** Only root may say where files go and which programs run; others need privileges on what they back up. */
function requireMay(call: Call): void {
  const { lab, caller, parameters } = call
  const reserved = ['dumpdir', 'script', 'tmpdir'].filter((name) => parameters.text(name) !== undefined)
  if (reserved.length > 0 && caller.label !== 'root@pam')
    refuseParameters(Object.fromEntries(reserved.map((name) => [name, 'Only root may set this option.'])))
  const storage = parameters.text('storage')
  if (storage !== undefined) {
    if (!storages(lab).some((known) => known.storage === storage))
      refuse(`storage '${storage}' does not exist`)
    requirePrivilege(caller, `/storage/${storage}`, 'Datastore.Allocate')
  }
  requirePrivilege(caller, '/', 'Sys.Modify')
}

async function create(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  requireMay(call)
  requireSelection(call)
  const schedule = scheduleGiven(call)
  if (schedule === undefined)
    return refuseParameters({ schedule: 'property is missing and it is not optional' })
  await lab.requireLock(node, lock)
  // Ids that nobody gave follow from the time and the number of jobs.
  const id =
    parameters.text('id') ??
    `backup-${lab.wallTime.seconds().toString(16)}-${(jobsOf(lab).length + 1).toString(16).padStart(4, '0')}`
  if (jobsOf(lab).some((job) => job.id === id)) refuseParameters({ id: `Job '${id}' already exists` })
  const isEnabled = parameters.text('enabled') === undefined || parameters.flag('enabled')
  keep(lab, node, [...jobsOf(lab), { id, schedule, isEnabled, options: optionsGiven(call) }])
  return null
}

async function update(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  requireMay(call)
  const old = jobOf(call)
  const schedule = scheduleGiven(call) ?? old.schedule
  await lab.requireLock(node, lock)
  const given = optionsGiven(call)
  const deleted = new Set(listOf(parameters.text('delete')))
  // A selection replaces the one before.
  const selections = ['all', 'vmid', 'pool']
  const isSelecting = selections.some((name) => name in given)
  const kept = Object.entries(old.options).filter(
    ([name]) => !deleted.has(name) && !(isSelecting && selections.includes(name)),
  )
  const isEnabled = parameters.text('enabled') === undefined ? old.isEnabled : parameters.flag('enabled')
  const job = { id: old.id, schedule, isEnabled, options: { ...Object.fromEntries(kept), ...given } }
  keep(
    lab,
    node,
    jobsOf(lab).map((each) => (each.id === old.id ? job : each)),
  )
  return null
}

/** Scheduled anew with every change; a slot that is due runs on every node that is up and has quorum. */
function keep(lab: ServedLab, node: string, jobs: readonly BackupJob[]): void {
  lab.requireQuorum(node)
  lab.files.write('', file, jobs)
  for (const job of jobs) plan(lab, job)
}

function plan(lab: ServedLab, job: BackupJob): void {
  const schedule = scheduleOf(job.schedule)
  const seconds = lab.wallTime.seconds()
  const next = schedule === undefined || !job.isEnabled ? undefined : nextOf(schedule, seconds)
  if (next === undefined) return
  const { scheduler } = lab.world
  scheduler.at(scheduler.nowMs() + (next - seconds) * 1000, () => {
    // Changed or removed meanwhile: it was planned anew, or is not wanted any more.
    if (!jobsOf(lab).includes(job)) return
    for (const { name } of lab.world.nodes) runOn(lab, name, job)
    plan(lab, job)
  })
}

function runOn(lab: ServedLab, node: string, job: BackupJob): void {
  const machine = lab.machine(node)
  if (!machine.apiUp || !lab.world.shared.canWrite(node)) return
  const call: Call = {
    lab,
    node,
    caller: { userid: 'root@pam', label: 'root@pam', isToken: false, may: () => true },
    parameters: new Parameters({ 'notes-template': '{{guestname}}', ...job.options }),
  }
  if (job.options.node !== undefined && job.options.node !== node) return
  if (meantGuests(call).length > 0) beginBackup(call)
}

interface Child {
  readonly id: string
  readonly name: string
  readonly included: 0 | 1
  readonly reason: string
}

function guestsOfJob(lab: ServedLab, viewer: string, { options }: BackupJob) {
  const names = options.node === undefined ? lab.members(viewer) : [String(options.node)]
  return names.flatMap((node) =>
    meantGuests({ lab, node, parameters: new Parameters(options) } as Call).map((guest) => ({ guest, node })),
  )
}

function includedVolumes(call: Call) {
  const { lab, node } = call
  const children = guestsOfJob(lab, node, jobOf(call)).map(({ guest }) => {
    const { options } = readConfig(lab, node, guest)
    const volumes = Object.entries(options)
      .filter(([name]) => diskName.test(name))
      .map(([name, value]): Child => {
        const isDisc = String(value).includes('media=cdrom')
        const isLeftOut = isDisc || /backup=(0|no)/.test(String(value))
        return {
          id: name,
          name: String(value).split(',')[0] ?? '',
          included: isLeftOut ? 0 : 1,
          reason: isDisc ? 'CD-ROM not included in backup' : isLeftOut ? 'disabled' : 'enabled',
        }
      })
    return {
      id: Number(vmidOf(guest)),
      name: String(options.name ?? options.hostname ?? guest.spec.name),
      type: guest.kind === 'vm' ? 'qemu' : 'lxc',
      children: volumes,
    }
  })
  return { children }
}

function notBackedUp({ lab, node, caller }: Call) {
  const covered = new Set(
    jobsOf(lab).flatMap((job) => guestsOfJob(lab, node, job).map(({ guest }) => guest.id)),
  )
  return lab
    .guestsOf(node)
    .filter((guest) => !covered.has(guest.id) && caller.may(`/vms/${vmidOf(guest)}`, 'VM.Audit'))
    .map((guest) => ({
      vmid: Number(vmidOf(guest)),
      type: guest.kind === 'vm' ? 'qemu' : 'lxc',
      name: guest.spec.name,
    }))
}
