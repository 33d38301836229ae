/** The volumes that configurations of guests name. */
import type { GuestMachine } from '../world/guest-machine.ts'
import { type GuestOptions, readConfig } from './guest-configs.ts'
import { gibibyte } from './load-figures.ts'
import { type ServedLab, vmidOf } from './served-lab.ts'

export interface Volume {
  /** `rbd1:vm-100-disk-0`. */
  readonly volid: string
  readonly storage: string
  /** Of the guest it belongs to, if it is one's. */
  readonly vmid?: number
  /** Node of the guest's configuration. */
  readonly home: string
  readonly content: 'images' | 'rootdir' | 'iso' | 'vztmpl' | 'import' | 'backup'
  readonly format: string
  readonly size: number
  /** Seconds since 1970 at which a file was written. */
  readonly ctime?: number
  readonly notes?: string
  readonly isProtected?: boolean
  /** Of a backup: what a guest is made of again. */
  readonly guest?: BackedUpGuest
}

export interface BackedUpGuest {
  readonly kind: GuestMachine['kind']
  readonly options: GuestOptions
}

const diskOption = /^((scsi|virtio|sata|ide|efidisk|tpmstate|unused|mp)\d+|rootfs)$/

export function kindOfVolume(kind: GuestMachine['kind']): 'images' | 'rootdir' {
  return kind === 'vm' ? 'images' : 'rootdir'
}

export function volumesOfGuests(lab: ServedLab, viewer: string): readonly Volume[] {
  return lab.guestsOf(viewer).flatMap((guest) => {
    const { options } = readConfig(lab, viewer, guest)
    return Object.entries(options)
      .filter(([name]) => diskOption.test(name))
      .flatMap(([, value]) => volumeOf(lab, viewer, guest, String(value)))
  })
}

function volumeOf(lab: ServedLab, viewer: string, guest: GuestMachine, drive: string): readonly Volume[] {
  const [volid = '', ...rest] = drive.split(',')
  const [storage = '', name] = volid.split(':')
  // A drive for discs may be empty, and may hold an image that is nobody's disk.
  if (name === undefined || rest.includes('media=cdrom')) return []
  const size = /size=(\d+)G/.exec(drive)?.[1]
  const isTree = name.startsWith('subvol-')
  return [
    {
      volid,
      storage,
      vmid: Number(vmidOf(guest)),
      home: lab.world.configuredNode(guest, viewer),
      content: kindOfVolume(guest.kind),
      format: isTree ? 'subvol' : (/\.(qcow2|vmdk)$/.exec(name)?.[1] ?? 'raw'),
      size: Number(size ?? guest.spec.diskGB) * gibibyte,
    },
  ]
}
