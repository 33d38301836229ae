/** Copies of guests, and templates to make them from. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse } from '../api-error.ts'
import {
  diskStorage,
  drawnIds,
  type GuestOptions,
  readConfig,
  requireUnlocked,
  writeConfig,
} from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { requirePrivilege } from '../privileges.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'
import { storages } from '../storages.ts'
import type { RunningTask } from '../tasks.ts'
import { addGuest, typeOf, wordOf } from './guest-adding.ts'
import { guestOf } from './guest-config.ts'
import { copyMsPerGiB, diskName } from './volumes.ts'

type Kind = GuestMachine['kind']

export function cloningHandlers(kind: Kind, guest: string): Handlers {
  return {
    [`POST ${guest}/clone`]: (call) => clone(call, kind),
    [`POST ${guest}/template`]: (call) => makeTemplate(call, kind),
  }
}

const linkMs = 50

function clone(call: Call, kind: Kind): string {
  const { lab, node, caller, parameters } = call
  const vmid = parameters.required('vmid')
  const source = lab.guestWith(vmid, kind)
  if (source === undefined || lab.world.configuredNode(source, node) !== node)
    return refuse(`unable to find configuration file for ${wordOf(kind)} ${vmid} on node '${node}'`)
  const newid = parameters.required('newid')
  const config = readConfig(lab, node, source)
  requireUnlocked(config, source)
  const home = parameters.text('target') ?? node
  if (!lab.members(node).includes(home)) refuse(`no such cluster node '${home}'`)
  const storage = parameters.text('storage')
  if (storage !== undefined) requirePrivilege(caller, `/storage/${storage}`, 'Datastore.AllocateSpace')
  const snapname = parameters.text('snapname')
  const snapshot = config.snapshots.find(({ name }) => name === snapname)
  if (snapname !== undefined && snapshot === undefined) refuse(`snapshot '${snapname}' does not exist`)
  // Only copies of templates may share their disks with them; of a running container a snapshot is copied.
  const isLinked = config.options.template === 1 && !parameters.flag('full')
  if (kind === 'ct' && source.host !== undefined && snapshot === undefined)
    refuse('cannot do full clones on a running container without snapshots')
  const task = lab.beginTask(node, typeOf(kind, 'clone'), vmid, caller.label)
  if (lab.guestsOf(node).some((guest) => vmidOf(guest) === newid)) {
    const file = `/etc/pve/nodes/${node}/${kind === 'vm' ? 'qemu-server' : 'lxc'}/${newid}.conf`
    lab
      .machine(node)
      .scope.after(50, () => task.end(`close (rename) atomic file '${file}' failed: File exists`))
    return task.upid
  }
  const options = clonedOptions(call, kind, snapshot?.options ?? config.options, { task, isLinked })
  const copyMs = isLinked ? linkMs : Math.max(1, source.spec.diskGB) * copyMsPerGiB
  lab.machine(node).scope.after(copyMs, () => {
    const copy = addGuest({ ...call, node: home }, kind, newid, {
      ...options,
      ...namesOf(call, kind, source, newid),
    })
    const pool = parameters.text('pool')
    if (pool !== undefined) lab.accountsOf(node).rights.pools.get(pool)?.vmids.add(vmidOf(copy))
    task.end()
  })
  return task.upid
}

/** The copy's name, and ids that no two guests may share. */
function namesOf({ lab, parameters }: Call, kind: Kind, source: GuestMachine, newid: string): GuestOptions {
  const { uuid, generation } = drawnIds(lab, `${kind}:${newid}`)
  const description = parameters.text('description')
  const common = description === undefined ? {} : { description }
  if (kind === 'ct')
    return { ...common, hostname: parameters.text('hostname') ?? `Copy-of-CT-${source.spec.name}` }
  const name = parameters.text('name') ?? `Copy-of-VM-${source.spec.name}`
  return { ...common, name, smbios1: `uuid=${uuid}`, vmgenid: generation }
}

interface Copying {
  readonly task: RunningTask
  readonly isLinked: boolean
}

/** With disks and network cards of its own. */
function clonedOptions(
  { lab, parameters }: Call,
  kind: Kind,
  options: GuestOptions,
  { task, isLinked }: Copying,
): GuestOptions {
  const newid = parameters.required('newid')
  const { mac } = drawnIds(lab, `${kind}:${newid}`)
  const asked = parameters.text('storage')
  const entries = Object.entries(options).map(([name, value]): [string, string | number] => {
    const text = String(value)
    if (diskName.test(name) && /(vm|base|subvol)-\d+-disk-/.test(text)) {
      const storage = asked ?? (kind === 'vm' ? diskStorage(lab) : (text.split(':')[0] ?? ''))
      const what = isLinked ? 'linked' : 'full'
      task.log(
        `create ${what} clone of ${kind === 'vm' ? 'drive' : 'mountpoint'} ${name} (${text.split(',')[0]})`,
      )
      return [name, copyOf(lab, kind, text, storage, newid)]
    }
    const nic = /^net(\d+)$/.exec(name)?.[1]
    return nic === undefined
      ? [name, value]
      : [name, text.replace(/=([0-9A-F]{2}:){5}[0-9A-F]{2}/, `=${mac(Number(nic))}`)]
  })
  const { template: _template, ...rest } = Object.fromEntries(entries)
  return rest
}

/** The same disk under the name of another guest, as the storage it goes to names volumes. */
function copyOf(lab: ServedLab, kind: Kind, drive: string, storage: string, newid: string): string {
  const [volume = '', ...rest] = drive.split(',')
  const [, number = '0', extension = ''] = /-disk-(\d+)(\.\w+)?$/.exec(volume) ?? []
  const place = storages(lab).find((known) => known.storage === storage)
  const isTree = kind === 'ct' && place?.type === 'zfspool'
  const name = `${isTree ? 'subvol' : 'vm'}-${newid}-disk-${number}`
  const isFile = typeof place?.configuration.path === 'string'
  const own = isFile ? `${storage}:${newid}/${name}${extension || '.raw'}` : `${storage}:${name}`
  return [own, ...rest].join(',')
}

const templateMs = 300

/** Of virtual machines in a task; containers are done at once. */
function makeTemplate(call: Call, kind: Kind): string | null {
  const { lab, node, caller } = call
  const guest = guestOf(call, kind)
  const config = readConfig(lab, node, guest)
  requireUnlocked(config, guest)
  if (config.options.template === 1) refuse(`you can't convert a template to a template`)
  if (guest.host !== undefined)
    refuse(
      kind === 'vm'
        ? "you can't convert a VM to template if VM is running vm"
        : "you can't convert a CT to template if the CT is running",
    )
  const task = kind === 'vm' ? lab.beginTask(node, 'qmtemplate', vmidOf(guest), caller.label) : undefined
  writeConfig(lab, node, guest, { ...config, options: { ...config.options, template: 1 } })
  lab.machine(node).scope.after(templateMs, () => task?.end())
  return task?.upid ?? null
}
