import type { Caller } from '../accounts.ts'
import { refuseParameters } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { requirePrivilege } from '../privileges.ts'
import { Download, Result } from '../replies.ts'
import type { ServedLab } from '../served-lab.ts'
import { isUpid, type Task } from '../tasks.ts'

export const taskHandlers: Handlers = {
  'GET /nodes/{node}/tasks': listTasks,
  'GET /nodes/{node}/tasks/{upid}': index('name', 'log status'),
  'DELETE /nodes/{node}/tasks/{upid}': (call) => {
    requireUpid(call, 'Sys.Modify')
    return null
  },
  'GET /nodes/{node}/tasks/{upid}/status': (call) => {
    const { lab } = call
    const task = findTask(call) ?? refuseParameters({ upid: 'no such task' })
    const { upid, node, pid, pstart, starttime, type, id, user } = task
    const exitstatus = lab.tasks.statusOf(task)
    const common = { upid, node, pid, pstart, starttime, type, id, user }
    return exitstatus === undefined
      ? { ...common, status: 'running' }
      : { ...common, status: 'stopped', exitstatus }
  },
  'GET /nodes/{node}/tasks/{upid}/log': taskLog,
}

/** Of a running task without status and end. */
export function taskEntry(lab: ServedLab, task: Task) {
  const { upid, node, pid, pstart, starttime, type, id, user } = task
  const status = lab.tasks.statusOf(task)
  const common = { upid, node, pid, pstart, starttime, type, id, user }
  return status === undefined ? common : { ...common, status, endtime: task.endtime ?? starttime }
}

/** Also throws when the task is somebody else's and the caller has not that privilege at the node. */
function requireUpid({ node, caller, parameters }: Call, privilege: string): string {
  const upid = parameters.required('upid')
  if (!isUpid(upid)) refuseParameters({ upid: 'unable to parse worker upid' })
  const user = upid.split(':')[7] ?? ''
  if (!isOwn(caller, { user })) requirePrivilege(caller, `/nodes/${node}`, privilege)
  return upid
}

/** Of a token its own, of a user also those of his tokens. */
function isOwn({ label, isToken }: Caller, { user }: Pick<Task, 'user'>): boolean {
  return user === label || (!isToken && user.startsWith(`${label}!`))
}

function findTask(call: Call): Task | undefined {
  return call.lab.tasks.find(call.node, requireUpid(call, 'Sys.Audit'))
}

/** Lines a log call and entries a task list give when the client does not say (proxmox.md 2.2). */
const defaultLimit = 50

/** All for auditors of the node, to others their own. */
function listTasks({ lab, node, caller, parameters }: Call): Result {
  const seesAll = caller.may(`/nodes/${node}`, 'Sys.Audit')
  const source = parameters.text('source') ?? 'archive'
  const vmid = parameters.text('vmid')
  const type = parameters.text('typefilter')
  const user = parameters.text('userfilter')
  const statuses = parameters.text('statusfilter')?.split(/[,; ]+/)
  const since = parameters.integer('since') ?? 0
  const until = parameters.integer('until') ?? Number.POSITIVE_INFINITY
  const onlyErrors = parameters.flag('errors')
  const found = lab.tasks.ofNode(node).filter((task) => {
    const status = lab.tasks.statusOf(task)
    if (status === undefined ? source === 'archive' : source === 'active') return false
    return (
      (seesAll || isOwn(caller, task)) &&
      (vmid === undefined || task.id === vmid) &&
      (type === undefined || task.type === type) &&
      (user === undefined || task.user.includes(user)) &&
      (!onlyErrors || (status !== undefined && status !== 'OK')) &&
      (statuses === undefined || statuses.includes(statusKind(status))) &&
      task.starttime >= since &&
      task.starttime <= until
    )
  })
  const start = parameters.integer('start') ?? 0
  const page = found.slice(start, start + (parameters.integer('limit') ?? defaultLimit))
  const entries = page.map((task) => {
    const entry = taskEntry(lab, task)
    return 'status' in entry ? entry : { ...entry, status: 'RUNNING' }
  })
  // Of nothing, the number is left out (recorded).
  return new Result(entries, found.length === 0 ? {} : { total: found.length })
}

function statusKind(status: string | undefined): string {
  if (status === undefined || status === 'unexpected status') return 'unknown'
  if (status === 'OK') return 'ok'
  return status.startsWith('WARNINGS') ? 'warning' : 'error'
}

function taskLog(call: Call): Result | Download {
  const { parameters } = call
  const task = findTask(call)
  // Of a task that never was, one line comes as an object instead of a list (recorded).
  if (task === undefined)
    return new Result({ n: 1, t: 'unable to open file - No such file or directory' }, { total: 1 })
  if (parameters.flag('download')) {
    const begun = new Date(task.starttime * 1000).toISOString().replace('.000Z', 'Z')
    return new Download(`${task.lines.join('\n')}\n`, `task-${task.node}-${task.type}-${begun}.log`)
  }
  const lines = task.lines.length === 0 ? ['no content'] : task.lines
  const start = parameters.integer('start') ?? 0
  const limit = parameters.integer('limit') ?? defaultLimit
  const numbered = lines.map((t, position) => ({ n: position + 1, t }))
  return new Result(numbered.slice(start, limit === 0 ? undefined : start + limit), { total: lines.length })
}
