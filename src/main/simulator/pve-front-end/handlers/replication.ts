/** Replication jobs of guests whose disks lie in a ZFS pool, as the world runs them. */
import type { GuestReplication } from '../../world/storage/lab-storages.ts'
import type { ReplicationJob } from '../../world/storage/replication-job.ts'
import type { Caller } from '../accounts.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { requirePrivilege } from '../privileges.ts'
import { Result } from '../replies.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'
import { volumeOf } from '../storages.ts'
import { digestOf, requireDigest } from './ha-options.ts'

export const replicationHandlers: Handlers = {
  'GET /cluster/replication': ({ lab, caller }) =>
    lab.world.storages.replications
      .filter(({ guest }) => isVisible(caller, guest))
      .map((job) => configuration(lab, job)),
  'POST /cluster/replication': create,
  'GET /cluster/replication/{id}': (call) => {
    const found = visibleJob(call)
    const fields = configuration(call.lab, found)
    return { ...fields, digest: digestOf(fields) }
  },
  'PUT /cluster/replication/{id}': update,
  'DELETE /cluster/replication/{id}': remove,
  'GET /nodes/{node}/replication': ({ lab, node, caller, parameters }) => {
    const wanted = parameters.text('guest')
    return lab.world.storages.replications
      .filter(({ guest }) => isVisible(caller, guest))
      .filter(({ guest }) => homeOf(lab, guest) === node)
      .filter(({ guest }) => wanted === undefined || guest.slice(3) === wanted)
      .map((job) => status(lab, job))
  },
  'GET /nodes/{node}/replication/{id}': index('name', 'schedule_now log status'),
  'GET /nodes/{node}/replication/{id}/status': (call) => status(call.lab, visibleJob(call)),
  'GET /nodes/{node}/replication/{id}/log': log,
  'POST /nodes/{node}/replication/{id}/schedule_now': (call) => {
    const found = jobOf(call)
    requireReplicating(call, found.guest)
    found.job.lastTryMs = 0
    found.job.runSoon()
    return ''
  },
}

const configurationLock = 'file-replication_cfg'
const minuteMs = 60_000

function isVisible(caller: Caller, guest: string): boolean {
  return caller.may(`/vms/${guest.slice(3)}`, 'VM.Audit')
}

function homeOf({ world }: ServedLab, guest: string): string {
  const machine = world.guest(guest)
  return world.configuredNode(machine, machine.host ?? machine.spec.node)
}

function jobOf({ lab, parameters }: Pick<Call, 'lab' | 'parameters'>): GuestReplication {
  const id = parameters.required('id')
  const found = lab.world.storages.replications.find(({ job }) => job.id === id)
  return found ?? refuse(`replication job '${id}' does not exist`)
}

function visibleJob(call: Call): GuestReplication {
  const found = jobOf(call)
  requirePrivilege(call.caller, `/vms/${found.guest.slice(3)}`, 'VM.Audit')
  return found
}

/** From 9.0 on a privilege on the guest decides; before, the facts ask for one on all storages. */
function requireReplicating({ lab, caller }: Call, guest: string): void {
  if (lab.isSince('9.0')) requirePrivilege(caller, `/vms/${guest.slice(3)}`, 'VM.Replicate')
}

/** `*\/15` and its kin: the world runs jobs by whole minutes alone. */
function minutesOf(schedule: string): number {
  const words: Readonly<Record<string, number>> = { minutely: 1, hourly: 60 }
  const every = /^(?:\*:)?(?:\*|0+)\/0*(\d+)$/.exec(schedule)?.[1]
  // What repeats every zero minutes is the full hour.
  const minutes = words[schedule] ?? (every === undefined ? undefined : Number(every) || 60)
  if (minutes !== undefined && minutes <= 60) return minutes
  return refuseParameters({ schedule: "invalid format - the lab knows schedules such as '*/15' alone\n" })
}

const notes = 'replication.cfg'

/** What is written of a job beside what the world knows of it. */
interface Notes {
  readonly comment?: string
  readonly removal?: 'full' | 'local'
}

const notesOf = (lab: ServedLab, id: string) => lab.files.read<Notes>('', `${notes}/${id}`, {})

async function create(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'create replication job failed: '
  const id = parameters.required('id')
  const [vmid = ''] = id.split('-')
  const everyMinutes = minutesOf(parameters.text('schedule') ?? '*/15')
  const guest = lab.guestsOf(node).find((machine) => vmidOf(machine) === vmid)
  if (guest === undefined) return refuse(`${what}Guest '${vmid}' does not exist.`)
  requireReplicating(call, guest.id)
  await lab.requireLock(node, configurationLock, what)
  const target = parameters.required('target')
  const { storages } = lab.world
  const jobs = storages.replications.filter((known) => known.guest === guest.id)
  if (jobs.some(({ job }) => job.id === id)) refuse(`${what}replication job '${id}' already exists`)
  if (!lab.members(node).includes(target)) refuse(`${what}Target '${target}' does not exist.`)
  if (homeOf(lab, guest.id) === target) refuse(`${what}Source and target must not be identical`)
  const twin = jobs.find(({ job }) => job.target === target)
  if (twin !== undefined)
    refuse(`${what}replication job for target '${target}' already exists: ${twin.job.id}`)
  const disk = storages.zfsDiskOf(guest.id)
  if (disk === undefined)
    return refuse(`${what}missing replicate feature on volume '${volumeOf(lab, guest.spec)}'`)
  const job = disk.replicate({ id, target, everyMinutes })
  settle(call, job)
  return null
}

/** Takes over what the client gave or deleted. */
function settle({ lab, parameters }: Call, job: ReplicationJob): void {
  const deleted = listOf(parameters.text('delete'))
  const isDeleted = (name: string) => deleted.includes(name)
  const schedule = parameters.text('schedule')
  const isDisabled =
    parameters.text('disable') === undefined ? !job.settings.isEnabled : parameters.flag('disable')
  const rate = parameters.text('rate')
  job.change({
    everyMinutes: isDeleted('schedule')
      ? 15
      : schedule === undefined
        ? job.everyMinutes
        : minutesOf(schedule),
    isEnabled: isDeleted('disable') || !isDisabled,
    rateMiBPerSecond: isDeleted('rate')
      ? undefined
      : rate === undefined
        ? job.settings.rateMiBPerSecond
        : Number(rate),
  })
  const { comment: old, ...kept } = notesOf(lab, job.id)
  const comment = isDeleted('comment') ? undefined : (parameters.text('comment') ?? old)
  lab.files.write('', `${notes}/${job.id}`, { ...kept, ...(comment === undefined ? {} : { comment }) })
}

async function update(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'update replication job failed: '
  await lab.requireLock(node, configurationLock, what)
  const found = jobOf(call)
  requireReplicating(call, found.guest)
  requireDigest(parameters.text('digest'), digestOf(configuration(lab, found)), what)
  settle(call, found.job)
  return null
}

/** The job goes with its next run, which removes the replica first; with force it goes at once and leaves it. */
async function remove(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  await lab.requireLock(node, configurationLock, 'delete replication job failed: ')
  const { guest, job } = jobOf(call)
  requireReplicating(call, guest)
  const disk = lab.world.storages.zfsDiskOf(guest)
  const keeps = parameters.flag('keep') || parameters.flag('force')
  const end = () => {
    disk?.stopReplication(job, keeps)
    lab.files.write('', `${notes}/${job.id}`, {})
  }
  if (parameters.flag('force')) end()
  else {
    const removal = parameters.flag('keep') ? 'local' : 'full'
    lab.files.write('', `${notes}/${job.id}`, { ...notesOf(lab, job.id), removal })
    const nowMs = lab.world.scheduler.nowMs()
    lab.machine(homeOf(lab, guest)).scope.after(minuteMs - (nowMs % minuteMs), end)
  }
  return null
}

function configuration(lab: ServedLab, { guest, job }: GuestReplication) {
  const { isEnabled, rateMiBPerSecond: rate } = job.settings
  const { comment, removal } = notesOf(lab, job.id)
  return {
    id: job.id,
    type: 'local',
    guest: Number(vmidOf(lab.world.guest(guest))),
    jobnum: Number(job.id.split('-')[1]),
    source: homeOf(lab, guest),
    target: job.target,
    schedule: `*/${job.everyMinutes}`,
    ...(isEnabled ? {} : { disable: 1 }),
    ...(rate === undefined ? {} : { rate }),
    ...(comment === undefined ? {} : { comment }),
    ...(removal === undefined ? {} : { remove_job: removal }),
  }
}

function status(lab: ServedLab, replication: GuestReplication) {
  const { job, guest } = replication
  const { wallTime } = lab
  // Zero stands for never, or for a try that was forgotten; the lab's own jobs ran first when it was made.
  const isForgotten = job.lastTryMs === 0 && (job.lastRun !== undefined || job.common === undefined)
  return {
    ...configuration(lab, replication),
    vmtype: lab.world.guest(guest).kind === 'vm' ? 'qemu' : 'lxc',
    last_sync: job.common === undefined ? 0 : wallTime.secondsAt(job.lastSyncMs),
    last_try: isForgotten ? 0 : wallTime.secondsAt(job.lastTryMs),
    next_sync: wallTime.secondsAt(job.nextMs),
    duration: job.durationMs / 1000,
    fail_count: job.failCount,
    ...(job.error === undefined ? {} : { error: job.error }),
    ...(job.isRunning ? { pid: 1 } : {}),
  }
}

/** Of the last run alone. */
function log(call: Call): Result {
  const { lab, parameters } = call
  const found = visibleJob(call)
  const lines = linesOf(lab, found)
  const start = parameters.integer('start') ?? 0
  const limit = parameters.integer('limit') ?? 50
  const numbered = lines.map((t, at) => ({ n: at + 1, t }))
  return new Result(numbered.slice(start, limit === 0 ? undefined : start + limit), { total: lines.length })
}

function linesOf(lab: ServedLab, { guest, job }: GuestReplication): readonly string[] {
  const { lastRun: run } = job
  if (run === undefined) return ['no content']
  const line = (atMs: number, text: string) =>
    `${lab.wallTime.stamp(lab.wallTime.secondsAt(atMs))} ${job.id}: ${text}`
  const snapshot = (atMs: number) => `__replicate_${job.id}_${lab.wallTime.secondsAt(atMs)}__`
  const volume = volumeOf(lab, lab.world.guest(guest).spec)
  const range = run.sinceMs === undefined ? '' : `${snapshot(run.sinceMs)} => `
  const kind = run.sinceMs === undefined ? 'full' : 'incremental'
  const lines = [
    line(run.startedMs, 'start replication job'),
    line(run.startedMs, `${kind} sync '${volume}' (${range}${snapshot(run.startedMs)})`),
  ]
  if (run.endedMs === undefined) return lines
  const end = run.error === undefined ? 'end replication job' : `end replication job with error: ${run.error}`
  return [...lines, line(run.endedMs, end)]
}
