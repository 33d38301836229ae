/** Creating, cloning and destroying guests. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { putService, readServices, removeService } from '../../world/shared-files.ts'
import { refuse, refusePermission } from '../api-error.ts'
import { drawnIds, type GuestOptions, readConfig, requireUnlocked, writeConfig } from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { completedOptions } from '../option-completion.ts'
import { releaseWords } from '../release.ts'
import { missingConfiguration, type ServedLab, vmidOf } from '../served-lab.ts'
import type { RunningTask } from '../tasks.ts'
import { addGuest, typeOf, wordOf } from './guest-adding.ts'
import { optionValue, requireStorages } from './guest-config.ts'
import { restoreGuest } from './guest-restore.ts'
import { diskName } from './volumes.ts'

type Kind = GuestMachine['kind']

export function guestLifeHandlers(kind: Kind, base: string): Handlers {
  return {
    [`POST ${base}`]: (call) => create(call, kind),
    [`DELETE ${base}/{vmid}`]: (call) => destroy(call, kind),
  }
}

/** Writing a configuration, making a disk (both recorded), unpacking a container's template (an assumption). */
const writeMs = 90
const diskMs = 400
const unpackMs = 4000
const destroyMs = 300

/** Parameters that are no options of the guest. */
const notOptions = new Set(
  'node vmid start archive force storage pool unique bwlimit live-restore ha-managed ostemplate restore password ssh-public-keys ignore-unpack-errors'.split(
    ' ',
  ),
)

function create(call: Call, kind: Kind): string {
  const { lab, node, caller, parameters } = call
  const vmid = parameters.required('vmid')
  requireCreation(call, vmid)
  const archive = archiveIn(call, kind)
  if (archive !== undefined)
    return restoreGuest(call, { kind, volid: archive, given: givenOptions(call, kind) })
  const pool = parameters.text('pool')
  if (pool !== undefined && !lab.accountsOf(node).rights.pools.has(pool))
    refuse(`pool '${pool}' does not exist`)
  lab.requireQuorum(node)
  requireFree(lab, node, vmid, `unable to create ${wordOf(kind)} ${vmid} - `)
  const given = givenOptions(call, kind)
  const names = Object.keys(given)
  requireStorages(call, given)
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
    const options = completed(call, kind, vmid, given, task)
    const guest = addGuest(call, kind, vmid, options)
    if (pool !== undefined) lab.accountsOf(node).rights.pools.get(pool)?.vmids.add(vmid)
    if (parameters.flag('ha-managed')) putService(lab.world.shared, node, guest.id, resourceOn(node))
    if (parameters.flag('start'))
      lab.world.agents.start(guest, lab.machine(node), 'pvedaemon', (error) => task.end(error))
    else task.end()
  })
  return task.upid
}

/** The backup that a guest is to be made from, if it is to be. */
function archiveIn({ parameters }: Call, kind: Kind): string | undefined {
  if (kind === 'vm') return parameters.text('archive')
  return parameters.flag('restore') ? parameters.text('ostemplate') : undefined
}

function givenOptions({ lab, parameters }: Call, kind: Kind): GuestOptions {
  const names = parameters.names.filter((name) => !notOptions.has(name))
  return Object.fromEntries(
    names.map((name) => [name, optionValue(lab, kind, name, parameters.required(name))]),
  )
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
  call: Call,
  kind: Kind,
  vmid: string,
  given: GuestOptions,
  task: RunningTask,
): GuestOptions {
  const { lab, node } = call
  const { uuid, generation } = drawnIds(lab, `${kind}:${vmid}`, `/${lab.wallTime.seconds()}`)
  const options = completedOptions({ lab, node, kind, vmid, present: {}, task }, given)
  const fixed: GuestOptions =
    kind === 'vm'
      ? {
          boot: bootOrder(Object.entries(options)),
          meta: `creation-qemu=${releaseWords[lab.release].qemu},ctime=${lab.wallTime.seconds()}`,
          smbios1: `uuid=${uuid}`,
          vmgenid: generation,
        }
      : { arch: 'amd64', ostype: 'debian', memory: 512, swap: 512 }
  return { ...fixed, ...options }
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
  const [job] = lab.world.storages.zfsDiskOf(guest.id)?.jobs ?? []
  if (job !== undefined && !purges)
    refuse(`There is a replication job '${job.id}' for guest '${vmid}' - Please remove that first.`)
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
    lab.world.shared.write(node, `firewall/${vmid}.fw`, undefined)
    lab.accountsOf(node).rights.forgetGuest(vmid)
    lab.world.inventory.removeGuest(guest.id)
    task.end()
  })
  return task.upid
}
