import { readDatacenterFile, writeDatacenterFile } from '../../world/shared-files.ts'
import { refuseParameters } from '../api-error.ts'
import { nextOf, scheduleOf } from '../calendar-events.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { parsePropertyString } from '../property-string.ts'
import { releaseWords } from '../release.ts'
import { vmidOf } from '../served-lab.ts'
import { clusterConfigHandlers } from './cluster-config.ts'
import { resources } from './resources.ts'
import { taskEntry } from './tasks.ts'

/** Parts of a cluster of which nobody in the lab has set anything up. */
const nothingSetUp: Handlers = {
  'GET /cluster/acme': index('name', 'plugins account tos meta directories challenge-schema'),
  'GET /cluster/mapping': index('name', 'dir pci usb'),
  'GET /cluster/notifications': index('name', 'endpoints targets matchers'),
  'GET /cluster/notifications/endpoints': index('name', 'gotify sendmail smtp webhook'),
  ...Object.fromEntries(
    [
      'acme/account',
      'acme/plugins',
      'mapping/dir',
      'mapping/pci',
      'mapping/usb',
      'notifications/endpoints/gotify',
      'notifications/endpoints/smtp',
      'sdn/controllers',
      'sdn/dns',
      'sdn/vnets',
      'sdn/zones',
    ].map((path) => [`GET /cluster/${path}`, () => []] as const),
  ),
  // What the installation brings along.
  'GET /cluster/notifications/endpoints/sendmail': () => [mailToRoot],
  'GET /cluster/notifications/targets': () => [{ ...mailToRoot, type: 'sendmail' }],
  'GET /cluster/notifications/matchers': () => [
    {
      name: 'default-matcher',
      comment: 'Route all notifications to mail-to-root',
      mode: 'all',
      origin: 'builtin',
      target: ['mail-to-root'],
    },
  ],
  'GET /cluster/sdn/ipams': () => [{ ipam: 'pve', type: 'pve' }],
  'GET /nodes/{node}/sdn': index('id', 'zones'),
  'GET /nodes/{node}/sdn/zones': () => [{ zone: 'localnetwork', status: 'available' }],
  'GET /cluster/jobs': index('subdir', 'schedule-analyze realm-sync'),
  'GET /cluster/jobs/schedule-analyze': analyzeSchedule,
}

const mailToRoot = {
  name: 'mail-to-root',
  comment: "Send mails to root@pam's email address",
  'mailto-user': ['root@pam'],
  origin: 'builtin',
}

function analyzeSchedule({ lab, parameters }: Call) {
  const text = parameters.required('schedule')
  const schedule = scheduleOf(text)
  if (schedule === undefined)
    return refuseParameters({ schedule: `invalid format - unable to parse calendar event '${text}'\n` })
  const found: { timestamp: number; utc: string }[] = []
  let at = parameters.integer('starttime') ?? lab.wallTime.seconds()
  for (let left = parameters.integer('iterations') ?? 10; left > 0; left--) {
    const next = nextOf(schedule, at)
    if (next === undefined) break
    found.push({ timestamp: next, utc: lab.wallTime.unitStamp(next) })
    at = next
  }
  return found
}

export const clusterHandlers: Handlers = {
  ...clusterConfigHandlers,
  'GET /': index('subdir', 'version cluster nodes storage access pools'),
  'GET /version': version,
  'GET /cluster': index(
    'name',
    'acme backup backup-info ceph config firewall ha jobs log mapping metrics notifications nextid options replication resources status tasks sdn',
  ),
  // What the window asks and nobody in the lab has set up.
  'GET /cluster/metrics/server': () => [],
  'GET /cluster/sdn': index('id', 'vnets zones controllers ipams dns'),
  ...nothingSetUp,
  'GET /cluster/status': clusterStatus,
  'GET /cluster/resources': resources,
  'GET /cluster/log': ({ lab, node, caller, parameters }) =>
    caller.may('/', 'Sys.Syslog')
      ? lab.journal.clusterLog(lab.members(node), parameters.integer('max') ?? 50).map((entry) => ({
          ...entry,
          id: `${entry.uid}:${entry.node}`,
          tag: 'pvedaemon',
          pid: 1,
        }))
      : [],
  'GET /cluster/tasks': clusterTasks,
  'GET /cluster/nextid': nextId,
  'GET /cluster/options': ({ lab, node, caller }) => ({
    ...(caller.may('/', 'Sys.Audit')
      ? { mac_prefix: 'BC:24:11', description: '', ...readDatacenterFile(lab.world.shared, node) }
      : {}),
    'allowed-tags': [],
  }),
  'PUT /cluster/options': setOptions,
}

export function version({ lab }: Call) {
  const { version: full, repoid } = releaseWords[lab.release]
  return { version: full, release: lab.release, repoid }
}

function clusterStatus({ lab, node }: Call) {
  const { world } = lab
  const configuration = world.membership.configurationOf(node)
  const members = lab.members(node)
  const isOnline = (name: string) => name === node || world.corosync.membersSeenBy(node).includes(name)
  const cluster = {
    type: 'cluster',
    id: 'cluster',
    name: configuration?.name,
    nodes: members.length,
    quorate: Number(world.shared.isQuorate(node)),
    version: configuration?.version,
  }
  return [
    ...(configuration === undefined ? [] : [cluster]),
    ...members.map((name) => ({
      type: 'node',
      id: `node/${name}`,
      name,
      nodeid: lab.nodeIdOf(name),
      ...(lab.hasJoined(node, name) ? { ip: lab.addressOf(name) } : {}),
      local: Number(name === node),
      online: Number(isOnline(name)),
      level: '',
    })),
  ]
}

/** Tasks that members broadcast: the newest of each. */
const tasksPerMember = 25

function clusterTasks({ lab, node, caller }: Call) {
  return lab.members(node).flatMap((name) =>
    lab.tasks
      .ofNode(name)
      .filter((task) => caller.may('/', 'Sys.Audit') || task.user === caller.label)
      .slice(0, tasksPerMember)
      .map((task) => {
        const { pid, pstart, ...entry } = taskEntry(lab, task)
        return lab.tasks.isOver(task) ? { ...entry, saved: '1' } : { ...entry, pid, pstart }
      }),
  )
}

function nextId({ lab, node, parameters }: Call): string {
  const taken = new Set(lab.guestsOf(node).map(vmidOf))
  const asked = parameters.text('vmid')
  if (asked !== undefined && taken.has(asked)) refuseParameters({ vmid: `VM ${asked} already exists` })
  let id = 100
  while (taken.has(String(id))) id++
  return asked ?? String(id)
}

/** Options that are written as `key=value,…` and read as objects. */
const structuredOptions = new Set([
  'ha',
  'crs',
  'migration',
  'next-id',
  'notify',
  'u2f',
  'webauthn',
  'tag-style',
])

async function setOptions({ lab, node, parameters }: Call): Promise<null> {
  const { shared } = lab.world
  await lab.requireLock(node, 'file-datacenter_cfg')
  const deleted = (parameters.text('delete') ?? '').split(/[,; ]+/)
  const kept = Object.entries(readDatacenterFile(shared, node)).filter(([name]) => !deleted.includes(name))
  const given = parameters.names
    .filter((name) => name !== 'delete')
    .map((name) => {
      const text = parameters.required(name)
      return [name, structuredOptions.has(name) ? parsePropertyString(text) : text] as const
    })
  writeDatacenterFile(shared, node, Object.fromEntries([...kept, ...given]))
  return null
}
