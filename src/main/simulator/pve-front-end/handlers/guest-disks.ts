/** Disks of guests: what their storage can do, growing, moving to another storage, letting go. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import {
  digestOfConfig,
  type GuestConfig,
  type GuestOptions,
  readConfig,
  requireUnlocked,
  writeConfig,
} from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { requirePrivilege } from '../privileges.ts'
import { vmidOf } from '../served-lab.ts'
import { isFor, storages } from '../storages.ts'
import { guestOf } from './guest-config.ts'
import { copyMsPerGiB, newVolume, sizeGiB } from './volumes.ts'

type Kind = GuestMachine['kind']

export function diskHandlers(kind: Kind, guest: string): Handlers {
  return {
    [`GET ${guest}/feature`]: (call) => feature(call, kind),
    [`PUT ${guest}/resize`]: (call) => resize(call, kind),
    ...(kind === 'vm'
      ? { [`POST ${guest}/move_disk`]: (call) => move(call, kind), [`PUT ${guest}/unlink`]: unlink }
      : { [`POST ${guest}/move_volume`]: (call) => move(call, kind) }),
  }
}

/** Disks on Ceph can be cloned and frozen in snapshots, those in a directory as raw files cannot. */
function feature(call: Call, kind: Kind) {
  const { disk } = guestOf(call, kind)
  const isInDirectory = disk.storage === undefined || ['dir', 'nfs'].includes(disk.storage.kind)
  return {
    hasFeature: Number(!isInDirectory),
    ...(kind === 'vm' ? { nodes: call.lab.members(call.node) } : {}),
  }
}

const resizeMs = 400

/** `+1G`, or the size itself. */
function resize(call: Call, kind: Kind): string {
  const { lab, node, caller, parameters } = call
  const machine = guestOf(call, kind)
  requireUnlocked(readConfig(lab, node, machine), machine)
  const disk = parameters.required('disk')
  const task = lab.beginTask(node, 'resize', vmidOf(machine), caller.label)
  lab.machine(node).scope.after(resizeMs, () => {
    const config = readConfig(lab, node, machine)
    const drive = config.options[disk]
    if (drive === undefined) {
      task.end(`disk '${disk}' does not exist`)
      return
    }
    const [, plus, count = '0', unit = ''] = /^(\+?)(\d+)([KMGT]?)$/.exec(parameters.required('size')) ?? []
    const gibibytes = Number(count) * ({ K: 2 ** -20, M: 2 ** -10, G: 1, T: 1024 }[unit] ?? 2 ** -30)
    const old = sizeGiB(String(drive))
    const size = plus === '+' ? old + gibibytes : gibibytes
    if (size < old) {
      task.end('shrinking disks is not supported')
      return
    }
    const grown = String(drive).replace(/size=\d+G/, `size=${Math.ceil(size)}G`)
    writeConfig(lab, node, machine, { ...config, options: { ...config.options, [disk]: grown } })
    task.end()
  })
  return task.upid
}

/** Copies a disk to another storage while its guest runs on; containers have to be stopped. */
function move(call: Call, kind: Kind): string {
  const { lab, node, caller, parameters } = call
  const machine = guestOf(call, kind)
  const config = readConfig(lab, node, machine)
  const disk = parameters.required(kind === 'vm' ? 'disk' : 'volume')
  if (parameters.text('target-vmid') !== undefined)
    refuseParameters({ 'target-vmid': 'disks of the lab stay with their guests\n' })
  const target = parameters.text('storage')
  if (target === undefined)
    return refuseParameters({ storage: "either 'storage' or 'target-vmid' parameter is required" })
  const place = storages(lab).find(({ storage }) => storage === target)
  if (place === undefined || !isFor(place, node)) return refuse(`storage '${target}' does not exist`)
  requirePrivilege(caller, `/storage/${target}`, 'Datastore.AllocateSpace')
  requireUnlocked(config, machine)
  const digest = parameters.text('digest')
  if (digest !== undefined && digest !== digestOfConfig(config))
    refuse('checksum mismatch (file change by other user?)')
  const drive = config.options[disk]
  if (drive === undefined) return refuse(`${kind === 'vm' ? 'disk' : 'volume'} '${disk}' does not exist`)
  const source = String(drive).split(':')[0]
  if (source === target) refuse("you can't move to the same storage with same format")
  if (kind === 'ct' && machine.host !== undefined) refuse('cannot move volumes of a running container')
  const [job] = lab.world.storages.zfsDiskOf(machine.id)?.jobs ?? []
  if (job !== undefined && isFirstDisk(kind, disk, config))
    refuse(
      `There is a replication job '${job.id}' for guest '${vmidOf(machine)}' - Please remove that first.`,
    )
  const task = lab.beginTask(node, kind === 'vm' ? 'qmmove' : 'move_volume', vmidOf(machine), caller.label)
  task.log(`create full clone of drive ${disk} (${String(drive).split(',')[0]})`)
  lab.machine(node).scope.after(Math.max(1, sizeGiB(String(drive))) * copyMsPerGiB, () => {
    const now = readConfig(lab, node, machine)
    const volume = newVolume(lab, task, {
      kind,
      storage: target,
      vmid: vmidOf(machine),
      number: freeNumber(now.options, target),
      gib: sizeGiB(String(drive)),
      format: parameters.text('format'),
    })
    const options = movedTo(now.options, disk, volume, parameters.flag('delete'))
    writeConfig(lab, node, machine, { ...now, options })
    if (isFirstDisk(kind, disk, now)) lab.world.inventory.moveDisk(machine.id, target, node)
    task.end()
  })
  return task.upid
}

/** The world knows one disk of a guest: that it boots from. */
function isFirstDisk(kind: Kind, disk: string, { options }: GuestConfig): boolean {
  if (kind === 'ct') return disk === 'rootfs'
  return Object.keys(options).find((name) => /^(scsi|virtio|sata|ide)\d+$/.test(name)) === disk
}

/** Without `deletes`, the old volume stays as one that is not used. */
function movedTo(options: GuestOptions, disk: string, volume: string, deletes: boolean): GuestOptions {
  const [old = '', ...rest] = String(options[disk]).split(',')
  const moved = { ...options, [disk]: [volume, ...rest].join(',') }
  if (deletes) return moved
  let number = 0
  while (options[`unused${number}`] !== undefined) number++
  return { ...moved, [`unused${number}`]: old }
}

function freeNumber(options: GuestOptions, storage: string): number {
  const taken = Object.values(options)
    .map((value) => new RegExp(`^${storage}:.*-disk-(\\d+)`).exec(String(value))?.[1])
    .filter((number) => number !== undefined)
  return taken.length === 0 ? 0 : Math.max(...taken.map(Number)) + 1
}

/** Disks become unused, unused ones go; with force all go. */
function unlink(call: Call): null {
  const { lab, node, parameters } = call
  const machine = guestOf(call, 'vm')
  const config = readConfig(lab, node, machine)
  requireUnlocked(config, machine)
  let { options } = config
  for (const name of listOf(parameters.text('idlist'))) {
    const { [name]: drive, ...left } = options
    if (drive === undefined) continue
    const isKept = !name.startsWith('unused') && !parameters.flag('force')
    options = isKept ? withoutDisk(movedTo(options, name, '', false), name) : left
  }
  writeConfig(lab, node, machine, { ...config, options })
  return null
}

function withoutDisk({ ...options }: GuestOptions, name: string): GuestOptions {
  return Object.fromEntries(Object.entries(options).filter(([each]) => each !== name))
}
