/** OSDs created, destroyed, scrubbed, and what is known of one. */
import type { Osd } from '../../world/ceph/osd.ts'
import { refuse } from '../api-error.ts'
import { requireConfiguration, requireMonitors, requirePackages } from '../ceph-setup.ts'
import { freeDisk } from '../free-disk.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { gibibyte } from '../load-figures.ts'
import { NodeTask } from '../node-task.ts'
import { volumeGroupOf } from './disk-pool-lists.ts'

const osds = '/nodes/{node}/ceph/osd'

export const cephOsdHandlers: Handlers = {
  [`POST ${osds}`]: create,
  [`GET ${osds}/{osdid}`]: index('name', 'metadata lv-info'),
  [`GET ${osds}/{osdid}/metadata`]: metadata,
  [`GET ${osds}/{osdid}/lv-info`]: volume,
  [`DELETE ${osds}/{osdid}`]: destroy,
  [`POST ${osds}/{osdid}/scrub`]: async (call) => {
    const osd = osdOf(call)
    await requireMonitors(call.lab, call.node)
    call.lab.world.ceph.scrub(osd, call.parameters.flag('deep'))
    return null
  },
}

/** Logical volume, key and empty store of an OSD (an assumption). */
const createMs = 6000
/** Removing it from the maps, and cleaning its disk (assumptions). */
const destroyMs = 1500
const cleanMs = 2500

function osdOf({ lab, node, parameters }: Call): Osd {
  requireConfiguration(lab, node)
  const id = parameters.required('osdid')
  const osd = lab.world.ceph.osdMap.osds[Number(id)]
  return osd === undefined || osd.stage === 'absent' ? refuse(`osd.${id} does not exist`) : osd
}

function ownOsd(call: Call): Osd {
  const osd = osdOf(call)
  return osd.node === call.node ? osd : refuse(`OSD osd.${osd.id} does not belong to node ${call.node}!`)
}

async function create(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  requirePackages(lab, node, '/usr/sbin/ceph-volume')
  requireConfiguration(lab, node)
  for (const name of ['db_dev', 'wal_dev'])
    if (parameters.text(name) !== undefined) freeDisk(lab, node, parameters.required(name))
  const deviceClass = parameters.text('crush-device-class') ?? 'hdd'
  if (deviceClass !== 'hdd') refuse('the embedded lab has OSDs of the class hdd only')
  const device = parameters.required('dev')
  const { name, sizeGiB } = freeDisk(lab, node, device)
  await requireMonitors(lab, node)
  const count = parameters.integer('osds-per-device') ?? 1
  const task = new NodeTask(call, 'cephcreateosd', name)
  task.log(`create OSD on /dev/${name} (bluestore)`, `wiping block device /dev/${name}`)
  const { load, ceph, disks } = lab.world
  const slowdown = load.slowdown(lab.machine(node).spec)
  task.after(createMs * slowdown * count, () => {
    if (!isFree(call, name)) return task.end(`device '/dev/${name}' is already in use`)
    if (!ceph.monitors.canCommit) return task.end("command 'ceph-volume lvm create' failed: got timeout")
    const made = Array.from({ length: count }, () => ceph.osdMap.create(node, sizeGiB / count))
    for (const { id } of made) {
      ceph.osdMap.startOsd(id, slowdown)
      task.log(`Created symlink /run/systemd/system/ceph-osd.target.wants/ceph-osd@${id}.service`)
      task.log(`--> ceph-volume lvm activate successful for osd ID: ${id}`)
    }
    disks.fill(node, name, { kind: 'osd', ids: made.map(({ id }) => id) })
    lab.world.daemonsChanged()
    task.log(`--> ceph-volume lvm create successful for: /dev/${name}`)
    task.end()
  })
  return task.upid
}

function isFree({ lab, node }: Call, disk: string): boolean {
  const kind = lab.world.disks.find(node, `/dev/${disk}`)?.content.kind
  return kind === 'empty' || kind === 'gpt'
}

async function destroy(call: Call): Promise<string> {
  const { lab, node, parameters } = call
  const { ceph } = lab.world
  const osd = ownOsd(call)
  await requireMonitors(lab, node)
  if (osd.in) refuse('osd is in use (in == 1)')
  if (osd.up) refuse('osd is still running (up == 1)')
  const cleans = parameters.flag('cleanup')
  const task = new NodeTask(call, 'cephdestroyosd', `osd.${osd.id}`)
  task.log(`destroy OSD osd.${osd.id}`)
  task.after(destroyMs + (cleans ? cleanMs : 0), () => {
    if (!ceph.monitors.canCommit) return task.end('got timeout')
    if (osd.in || osd.up) return task.end('osd is in use (in == 1)')
    ceph.osdMap.stopOsd(osd.id, 'killed')
    ceph.osdMap.remove(osd.id)
    task.log(`Remove osd.${osd.id} from the CRUSH map`, `Remove the osd.${osd.id} authentication key.`)
    task.log(`Remove OSD osd.${osd.id}`)
    leaveDisk(call, osd.id, cleans)
    lab.world.daemonsChanged()
    task.end()
  })
  return task.upid
}

/** The volume group stays until the disk is wiped, unless it is cleaned up with its last OSD. */
function leaveDisk({ lab, node }: Call, id: number, cleans: boolean): void {
  const { disks } = lab.world
  for (const { name, content } of disks.of(node)) {
    if (content.kind !== 'osd' || !content.ids.includes(id)) continue
    const ids = content.ids.filter((other) => other !== id)
    if (ids.length > 0) disks.fill(node, name, { kind: 'osd', ids })
    else disks.fill(node, name, cleans ? { kind: 'empty' } : { kind: 'remains', ids: [id] })
  }
}

const volumeName = (id: number) => `osd-block-${String(id).padStart(8, '0')}-0000-4000-8000-000000000000`

function metadata(call: Call) {
  const { lab } = call
  const osd = ownOsd(call)
  if (!osd.up) refuse('OSD is not running')
  const address = lab.addressOf(osd.node)
  const port = (offset: number) => `[v2:${address}:${6800 + offset}/0,v1:${address}:${6801 + offset}/0]`
  return {
    osd: {
      id: osd.id,
      hostname: osd.node,
      version: 'ceph version 16.2.15 pacific (stable)',
      osd_data: `/var/lib/ceph/osd/ceph-${osd.id}`,
      osd_objectstore: 'bluestore',
      mem_usage: lab.world.parameters.osdIdleMemory * 1024 ** 2,
      front_addr: port(0),
      back_addr: port(2),
      hb_front_addr: port(4),
      hb_back_addr: port(6),
      encrypted: 0,
    },
    devices: [
      {
        device: 'block',
        dev_node: 'dm-0',
        physical_device: 'sdb',
        size: osd.diskGiB * gibibyte,
        support_discard: 1,
        type: 'hdd',
      },
    ],
  }
}

function volume(call: Call) {
  const osd = ownOsd(call)
  const { wallTime, world } = call.lab
  const { createdMs } = world.ceph
  const [group, name] = [volumeGroupOf(osd.id), volumeName(osd.id)]
  return {
    creation_time: wallTime.stamp(wallTime.secondsAt(createdMs)),
    lv_name: name,
    lv_path: `/dev/${group}/${name}`,
    lv_size: Math.floor(osd.diskGiB * gibibyte),
    lv_uuid: `kuorum-${osd.id}`,
    vg_name: group,
  }
}
