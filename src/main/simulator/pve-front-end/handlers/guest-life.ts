/** Creating, cloning and destroying guests. */
import type { LabGuest } from '../../../../shared/domain/lab.ts'
import type { GuestMachine } from '../../world/guest-machine.ts'
import { putService, readServices, removeService, writePlacement } from '../../world/ha-environment.ts'
import { refuse, refusePermission } from '../api-error.ts'
import {
  diskStorage,
  drawnIds,
  type GuestOptions,
  readConfig,
  requireUnlocked,
  writeConfig,
} from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { gibibyte } from '../load-figures.ts'
import { requirePrivilege } from '../privileges.ts'
import { releaseWords } from '../release.ts'
import { missingConfiguration, type ServedLab, vmidOf } from '../served-lab.ts'
import { storages } from '../storages.ts'
import type { RunningTask } from '../tasks.ts'
import { guestOf, memoryMiB, optionValue } from './guest-config.ts'

type Kind = GuestMachine['kind']

export function guestLifeHandlers(kind: Kind, base: string): Handlers {
  return {
    [`POST ${base}`]: (call) => create(call, kind),
    [`DELETE ${base}/{vmid}`]: (call) => destroy(call, kind),
    ...(kind === 'vm'
      ? { [`POST ${base}/{vmid}/clone`]: clone, [`POST ${base}/{vmid}/template`]: makeTemplate }
      : {}),
  }
}

const wordOf = (kind: Kind) => (kind === 'vm' ? 'VM' : 'CT')
const typeOf = (kind: Kind, verb: string) => `${kind === 'vm' ? 'qm' : 'vz'}${verb}`

/** Writing a configuration, making a disk (both recorded), unpacking a container's template (an assumption). */
const writeMs = 90
const diskMs = 400
const unpackMs = 4000
const destroyMs = 300
/** Copying a disk, per GiB (an assumption). */
const copyMsPerGiB = 1500

/** Parameters that are no options of the guest. */
const notOptions = new Set(
  'node vmid start archive force storage pool unique bwlimit live-restore ha-managed ostemplate restore password ssh-public-keys ignore-unpack-errors'.split(
    ' ',
  ),
)
const diskName = /^(scsi|virtio|sata|ide|rootfs|mp|efidisk|tpmstate)\d*$/

function create(call: Call, kind: Kind): string {
  const { lab, node, caller, parameters } = call
  const vmid = parameters.required('vmid')
  requireCreation(call, vmid)
  lab.requireQuorum(node)
  requireFree(lab, node, vmid, `unable to create ${wordOf(kind)} ${vmid} - `)
  const names = parameters.names.filter((name) => !notOptions.has(name))
  for (const name of names.filter((option) => diskName.test(option))) {
    const storage = /^([^:,]+):/.exec(parameters.required(name))?.[1]
    if (storage !== undefined && !storages(lab).some((known) => known.storage === storage))
      refuse(`storage '${storage}' does not exist`)
    if (storage !== undefined) requirePrivilege(caller, `/storage/${storage}`, 'Datastore.AllocateSpace')
  }
  const given = Object.fromEntries(
    names.map((name) => [name, optionValue(lab, kind, name, parameters.required(name))]),
  )
  const task = lab.beginTask(node, typeOf(kind, 'create'), vmid, caller.label)
  const missing = Object.values(given)
    .map(String)
    .find((value) => /^[^:,]+:(?!\d+(,|$))[^,]*disk/.test(value))
  const hasDisk = names.some((name) => diskName.test(name))
  const workMs = kind === 'ct' ? unpackMs : hasDisk ? diskMs : writeMs
  lab.machine(node).scope.after(missing === undefined ? workMs : writeMs, () => {
    if (missing !== undefined) {
      const volume = missing.split(',')[0]
      task.end(`unable to create ${wordOf(kind)} ${vmid} - volume '${volume}' does not exist`)
      return
    }
    const options = completed(lab, kind, vmid, given, task)
    const guest = add(call, kind, vmid, options)
    if (parameters.flag('ha-managed')) putService(lab.world.shared, node, guest.id, resourceOn(node))
    if (parameters.flag('start'))
      lab.world.agents.start(guest, lab.machine(node), 'pvedaemon', (error) => task.end(error))
    else task.end()
  })
  return task.upid
}

/** A guest of one's own number, or any in a pool of one's own. */
function requireCreation({ caller, parameters }: Call, vmid: string): void {
  const pool = parameters.text('pool')
  const may = (path: string) => caller.may(path, 'VM.Allocate')
  if (!may(`/vms/${vmid}`) && (pool === undefined || !may(`/pool/${pool}`))) refusePermission('')
}

const resourceOn = (node: string) => ({
  node,
  state: 'started',
  failback: true,
  maxRestart: 1,
  maxRelocate: 1,
})

function requireFree(lab: ServedLab, node: string, vmid: string, what: string): void {
  const taken = lab.guestsOf(node).find((guest) => vmidOf(guest) === vmid)
  if (taken === undefined) return
  const home = lab.world.configuredNode(taken, node)
  refuse(`${what}${wordOf(taken.kind)} ${vmid} already exists on node '${home}'`)
}

/** With disks that are there, addresses that are drawn, and what the server writes of its own. */
function completed(
  lab: ServedLab,
  kind: Kind,
  vmid: string,
  given: GuestOptions,
  task: RunningTask,
): GuestOptions {
  const id = `${kind}:${vmid}`
  const { mac, uuid, generation } = drawnIds(lab, id, `/${lab.wallTime.seconds()}`)
  let disks = 0
  const options = Object.entries(given).map(([name, value]): [string, string | number] => {
    const [, storage, size, rest = ''] = /^([^:,]+):(\d+)((?:,.*)?)$/.exec(String(value)) ?? []
    if (diskName.test(name) && storage !== undefined) {
      const format = /,format=([a-z0-9]+)/.exec(rest)?.[1]
      const volume = `${newVolume(lab, task, { storage, vmid, number: disks++, gib: Number(size), format })},size=${size}G`
      const kept = rest.replaceAll(/,(format|size)=[^,]*/g, '')
      if (kind === 'vm') task.log(`${name}: successfully created disk '${volume}'`)
      return [name, `${volume}${kept}`]
    }
    const nic = /^net(\d+)$/.exec(name)?.[1]
    if (nic === undefined) return [name, value]
    const own = mac(Number(nic))
    return kind === 'vm'
      ? [name, String(value).replace(/^([a-z0-9-]+)(?=,|$)/, `$1=${own}`)]
      : [name, /hwaddr=/.test(String(value)) ? value : `${value},hwaddr=${own},type=veth`]
  })
  const fixed: GuestOptions =
    kind === 'vm'
      ? {
          boot: bootOrder(options),
          meta: `creation-qemu=${releaseWords[lab.release].qemu},ctime=${lab.wallTime.seconds()}`,
          smbios1: `uuid=${uuid}`,
          vmgenid: generation,
        }
      : { arch: 'amd64', ostype: 'debian', memory: 512, swap: 512 }
  return { ...fixed, ...Object.fromEntries(options) }
}

interface NewDisk {
  readonly storage: string
  readonly vmid: string
  readonly number: number
  readonly gib: number
  readonly format: string | undefined
}

/** The name of a new volume; in a directory it is a file that qemu-img formats. */
function newVolume(
  lab: ServedLab,
  task: RunningTask,
  { storage, vmid, number, gib, format }: NewDisk,
): string {
  const place = storages(lab).find((known) => known.storage === storage)
  if (place?.type !== 'dir') return `${storage}:vm-${vmid}-disk-${number}`
  const form = format ?? 'raw'
  const file = `vm-${vmid}-disk-${number}.${form}`
  const size = gib * gibibyte
  const layout =
    form === 'qcow2'
      ? `cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib size=${size} lazy_refcounts=off refcount_bits=16`
      : `size=${size} preallocation=off`
  task.log(`Formatting '${place.configuration.path}/images/${vmid}/${file}', fmt=${form} ${layout}`)
  return `${storage}:${vmid}/${file}`
}

/** First disk, first drive for discs, first network card. */
function bootOrder(options: readonly (readonly [string, string | number])[]): string {
  const drives = options.filter(([name]) => /^(scsi|virtio|sata|ide)\d+$/.test(name))
  const isDisc = (value: string | number) => String(value).includes('media=cdrom')
  const order = [
    drives.find(([, value]) => !isDisc(value))?.[0],
    drives.find(([, value]) => isDisc(value))?.[0],
    options.find(([name]) => /^net\d+$/.test(name))?.[0],
  ]
  return `order=${order.filter((name) => name !== undefined).join(';')}`
}

function add({ lab, node }: Call, kind: Kind, vmid: string, options: GuestOptions): GuestMachine {
  const id = `${kind}:${vmid}`
  const disk = Object.entries(options).find(
    ([name, value]) => diskName.test(name) && /size=/.test(String(value)),
  )
  const [storage] = String(disk?.[1] ?? '').split(':')
  const isNamed = lab.world.lab.storages?.some(({ name }) => name === storage) === true
  const spec: LabGuest = {
    id,
    name: String(options.name ?? options.hostname ?? `${wordOf(kind)}${vmid}`),
    ramMiB: memoryMiB(options),
    cpus: Number(options.cores ?? 1) * Number(options.sockets ?? 1),
    diskGB: sizeGiB(String(disk?.[1] ?? '')),
    node,
    ...(isNamed && storage !== undefined ? { storage } : {}),
  }
  const guest = lab.world.addGuest(spec)
  writePlacement(lab.world.shared, node, id, node)
  writeConfig(lab, node, guest, { options, pending: {}, snapshots: [] })
  return guest
}

export function sizeGiB(disk: string): number {
  return Number(/size=(\d+)G/.exec(disk)?.[1] ?? 0)
}

function destroy(call: Call, kind: Kind): string {
  const { lab, node, caller, parameters } = call
  const vmid = parameters.required('vmid')
  const guest = lab.guestWith(vmid, kind)
  if (guest === undefined || lab.world.configuredNode(guest, node) !== node)
    return refuse(missingConfiguration(node, vmid, kind))
  const { shared } = lab.world
  const purges = parameters.flag('purge')
  if (readServices(shared, node)[guest.id] !== undefined && !purges)
    refuse(`unable to remove ${wordOf(kind)} ${vmid} - used in HA resources and purge parameter not set.`)
  requireUnlocked(readConfig(lab, node, guest), guest)
  if (guest.host !== undefined) refuse(`${wordOf(kind)} ${vmid} is running - destroy failed`)
  lab.requireQuorum(node)
  const task = lab.beginTask(node, typeOf(kind, 'destroy'), vmid, caller.label)
  lab.machine(node).scope.after(destroyMs, () => {
    if (guest.host !== undefined) {
      task.end(`${wordOf(kind)} ${vmid} is running - destroy failed`)
      return
    }
    if (purges) task.log(`purging ${wordOf(kind)} ${vmid} from related configurations..`)
    const service = readServices(shared, node)[guest.id]
    if (service !== undefined) removeService(shared, node, guest.id, service)
    writeConfig(lab, node, guest, null)
    lab.world.removeGuest(guest.id)
    task.end()
  })
  return task.upid
}

function clone(call: Call): string {
  const { lab, node, caller, parameters } = call
  const vmid = parameters.required('vmid')
  const source = lab.guestWith(vmid, 'vm')
  if (source === undefined || lab.world.configuredNode(source, node) !== node)
    return refuse(`unable to find configuration file for VM ${vmid} on node '${node}'`)
  const newid = parameters.required('newid')
  const config = readConfig(lab, node, source)
  requireUnlocked(config, source)
  const task = lab.beginTask(node, 'qmclone', vmid, caller.label)
  const home = parameters.text('target') ?? node
  if (lab.guestsOf(node).some((guest) => vmidOf(guest) === newid)) {
    const file = `/etc/pve/nodes/${node}/qemu-server/${newid}.conf`
    lab
      .machine(node)
      .scope.after(50, () => task.end(`close (rename) atomic file '${file}' failed: File exists`))
    return task.upid
  }
  const { mac, uuid, generation } = drawnIds(lab, `vm:${newid}`)
  const storage = parameters.text('storage') ?? diskStorage(lab)
  const entries = Object.entries(config.options).map(([name, value]): [string, string | number] => {
    const text = String(value)
    if (diskName.test(name) && /vm-\d+-disk-/.test(text)) {
      task.log(`create full clone of drive ${name} (${text.split(',')[0]})`)
      return [name, text.replace(/^[^:]+:vm-\d+-/, `${storage}:vm-${newid}-`)]
    }
    const nic = /^net(\d+)$/.exec(name)?.[1]
    return nic === undefined
      ? [name, value]
      : [name, text.replace(/=([0-9A-F]{2}:){5}[0-9A-F]{2}/, `=${mac(Number(nic))}`)]
  })
  const name = parameters.text('name') ?? `Copy-of-VM-${source.spec.name}`
  const { template: _template, ...options } = Object.fromEntries(entries)
  lab.machine(node).scope.after(Math.max(1, source.spec.diskGB) * copyMsPerGiB, () => {
    add({ ...call, node: home }, 'vm', newid, {
      ...options,
      name,
      smbios1: `uuid=${uuid}`,
      vmgenid: generation,
    })
    task.end()
  })
  return task.upid
}

function makeTemplate(call: Call): string {
  const { lab, node, caller } = call
  const guest = guestOf(call, 'vm')
  const config = readConfig(lab, node, guest)
  requireUnlocked(config, guest)
  if (guest.host !== undefined) refuse("you can't convert a VM to template if VM is running vm")
  const task = lab.beginTask(node, 'qmtemplate', vmidOf(guest), caller.label)
  writeConfig(lab, node, guest, { ...config, options: { ...config.options, template: 1 } })
  lab.machine(node).scope.after(destroyMs, () => task.end())
  return task.upid
}
