/** Configuration files of guests: made from the recipe at first, then as clients have changed them. */
import { createHash } from 'node:crypto'
import type { GuestMachine } from '../world/guest-machine.ts'
import { refuse } from './api-error.ts'
import { releaseWords } from './release.ts'
import { type ServedLab, vmidOf } from './served-lab.ts'
import { poolName, storages, volumeOf } from './storages.ts'

export type GuestOptions = Readonly<Record<string, string | number>>

export interface Snapshot {
  readonly name: string
  readonly description: string
  readonly seconds: number
  readonly options: GuestOptions
  readonly parent?: string
}

export interface GuestConfig {
  readonly options: GuestOptions
  /** Takes effect at the next start; null: the option goes. */
  readonly pending: Readonly<Record<string, string | number | null>>
  /** When it was last changed, by the lab's clock: a process that is younger has it. */
  readonly pendingSinceMs?: number
  readonly snapshots: readonly Snapshot[]
}

const fileOf = (guest: GuestMachine) => `${guest.kind === 'vm' ? 'qemu-server' : 'lxc'}/${vmidOf(guest)}.conf`

/** As `viewer` reads it; what was pending holds once the guest has stopped. */
export function readConfig(lab: ServedLab, viewer: string, guest: GuestMachine): GuestConfig {
  const stored = lab.world.shared.read(viewer, fileOf(guest)) as GuestConfig | null | undefined
  const config = stored ?? { options: madeOptions(lab, guest), pending: {}, snapshots: [] }
  const { processSinceMs } = guest
  const isDue = processSinceMs === undefined || processSinceMs > (config.pendingSinceMs ?? 0)
  return isDue ? { ...config, options: withPending(config), pending: {} } : config
}

/** Null when the guest is destroyed. */
export function writeConfig(
  lab: ServedLab,
  node: string,
  guest: GuestMachine,
  config: GuestConfig | null,
): void {
  lab.requireQuorum(node)
  lab.world.shared.write(node, fileOf(guest), config)
}

export function withPending({ options, pending }: GuestConfig): GuestOptions {
  const all = Object.entries({ ...options, ...pending })
  return Object.fromEntries(all.filter((entry): entry is [string, string | number] => entry[1] !== null))
}

export function digestOfConfig(config: GuestConfig): string {
  return createHash('sha1').update(JSON.stringify(config)).digest('hex')
}

/** Throws when somebody has locked the guest for a job of his own. */
export function requireUnlocked({ options }: GuestConfig, guest: GuestMachine): void {
  if (options.lock !== undefined) refuse(lockRefusal(options, guest))
}

export function lockRefusal({ lock }: GuestOptions, guest: GuestMachine): string {
  return `${guest.kind === 'vm' ? 'VM' : 'CT'} is locked (${lock})`
}

/** What the real server draws: ids, made here from the guest's own so that the same lab gives the same. */
export function drawnIds(lab: ServedLab, id: string, salt = '') {
  const hash = createHash('sha1').update(`${lab.world.lab.name}/${id}${salt}`).digest('hex')
  const mac = (nic: number) =>
    `BC:24:11:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${(Number.parseInt(hash.slice(4, 6), 16) ^ nic)
      .toString(16)
      .padStart(2, '0')}`.toUpperCase()
  return { mac, uuid: uuidOf(hash), generation: uuidOf(Array.from(hash).reverse().join('')) }
}

/** Where disks go when nobody says. */
export function diskStorage(lab: ServedLab): string {
  return storages(lab).length > 1 ? poolName : 'local'
}

/** The options of a guest that the recipe describes. */
function madeOptions(lab: ServedLab, guest: GuestMachine): GuestOptions {
  const { name, ramMiB, cpus, diskGB } = guest.spec
  const { mac, uuid, generation } = drawnIds(lab, guest.id)
  const disk = `${volumeOf(lab, guest.spec)},size=${diskGB}G`
  if (guest.kind === 'ct')
    return {
      arch: 'amd64',
      cores: cpus,
      hostname: name,
      memory: ramMiB,
      net0: `name=eth0,bridge=vmbr0,hwaddr=${mac(0)},ip=dhcp,type=veth`,
      onboot: 1,
      ostype: 'debian',
      rootfs: disk,
      swap: 512,
      unprivileged: 1,
    }
  return {
    boot: 'order=scsi0',
    cores: cpus,
    memory: String(ramMiB),
    meta: `creation-qemu=${releaseWords[lab.release].qemu},ctime=${lab.wallTime.secondsAt(0)}`,
    name,
    net0: `virtio=${mac(0)},bridge=vmbr0`,
    onboot: 1,
    ostype: 'l26',
    scsi0: disk,
    scsihw: 'virtio-scsi-single',
    smbios1: `uuid=${uuid}`,
    vmgenid: generation,
  }
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}
