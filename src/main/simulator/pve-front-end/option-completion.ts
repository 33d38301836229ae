/** What the server makes of options as a client gives them: new disks get volumes, network cards addresses. */
import type { GuestMachine } from '../world/guest-machine.ts'
import { volumesAt } from './free-volumes.ts'
import { drawnIds, type GuestOptions } from './guest-configs.ts'
import { diskName, newVolume } from './handlers/volumes.ts'
import type { ServedLab } from './served-lab.ts'
import { storages } from './storages.ts'
import type { RunningTask } from './tasks.ts'

type Kind = GuestMachine['kind']

interface Completion {
  readonly lab: ServedLab
  readonly node: string
  readonly kind: Kind
  readonly vmid: string
  /** Options the guest has already, whose volumes keep their names. */
  readonly present: GuestOptions
  readonly task: Pick<RunningTask, 'log'>
}

/** `given`: as the client wrote them. */
export function completedOptions(
  { lab, node, kind, vmid, present, task }: Completion,
  given: GuestOptions,
): Readonly<Record<string, string | number>> {
  const { mac } = drawnIds(lab, `${kind}:${vmid}`, `/${lab.wallTime.seconds()}`)
  const done: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(given)) {
    const nic = /^net(\d+)$/.exec(name)?.[1]
    if (nic !== undefined) done[name] = withAddress(kind, String(value), mac(Number(nic)), present[name])
    else if (diskName.test(name))
      done[name] = withVolume({ lab, node, kind, vmid, present: { ...present, ...done }, task }, name, value)
    else done[name] = value
  }
  return done
}

/** A card keeps the address it has unless another one is given. */
function withAddress(kind: Kind, text: string, drawn: string, former: string | number | undefined): string {
  const own = /([0-9A-F]{2}:){5}[0-9A-F]{2}/i.exec(String(former ?? ''))?.[0] ?? drawn
  // A model with an address of its own keeps it.
  if (kind === 'vm') return text.replace(/^(?:model=)?([a-z0-9-]+)(?=,|$)/, `$1=${own}`)
  return /hwaddr=/.test(text) ? text : `${text},hwaddr=${own},type=veth`
}

/** `local:4` asks for a new disk of 4 GiB, `local:cloudinit` for a drive with what a guest reads when it starts. */
function withVolume(of: Completion, name: string, value: string | number): string | number {
  const { lab, node, kind, vmid, present, task } = of
  const text = String(value)
  const [, seed, about = ''] = /^([^:,]+):cloudinit((?:,.*)?)$/.exec(text) ?? []
  if (seed !== undefined) return `${seedVolume(lab, seed, vmid)}${about === '' ? ',media=cdrom' : about}`
  const [, storage, size, rest = ''] = /^([^:,]+):(\d+)((?:,.*)?)$/.exec(text) ?? []
  if (storage === undefined) return value
  const format = /,format=([a-z0-9]+)/.exec(rest)?.[1]
  const number = freeDiskNumber(lab, node, storage, vmid, present)
  const volume = `${newVolume(lab, task, { kind, storage, vmid, number, gib: Number(size), format })},size=${size}G`
  if (kind === 'vm') task.log(`${name}: successfully created disk '${volume}'`)
  return `${volume}${rest.replaceAll(/,(format|size|import-from)=[^,]*/g, '')}`
}

function seedVolume(lab: ServedLab, storage: string, vmid: string): string {
  const place = storages(lab).find((known) => known.storage === storage)
  const isFolder = typeof place?.configuration.path === 'string'
  return isFolder ? `${storage}:${vmid}/vm-${vmid}-cloudinit.qcow2` : `${storage}:vm-${vmid}-cloudinit`
}

function freeDiskNumber(
  lab: ServedLab,
  node: string,
  storage: string,
  vmid: string,
  present: GuestOptions,
): number {
  const place = storages(lab).find((known) => known.storage === storage)
  const there = place === undefined ? [] : volumesAt(lab, node, place).map(({ volid }) => volid)
  const own = Object.values(present).map((value) => String(value).split(',')[0] ?? '')
  const taken = [...there, ...own].flatMap((volid) => {
    const [, at, owner, number] = /^([^:]+):.*-(\d+)-disk-(\d+)/.exec(volid) ?? []
    return at === storage && owner === vmid ? [Number(number)] : []
  })
  let number = 0
  while (taken.includes(number)) number++
  return number
}
