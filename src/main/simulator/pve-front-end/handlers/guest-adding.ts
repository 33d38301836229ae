/** A guest is put into the lab, however it came about. */
import type { LabGuest } from '../../../../shared/domain/lab.ts'
import type { GuestMachine } from '../../world/guest-machine.ts'
import { writePlacement } from '../../world/shared-files.ts'
import { type GuestOptions, writeConfig } from '../guest-configs.ts'
import type { Call } from '../handler.ts'
import { memoryMiB } from './guest-config.ts'
import { diskName, sizeGiB } from './volumes.ts'

type Kind = GuestMachine['kind']

export const wordOf = (kind: Kind) => (kind === 'vm' ? 'VM' : 'CT')
export const typeOf = (kind: Kind, verb: string) => `${kind === 'vm' ? 'qm' : 'vz'}${verb}`

/** Puts a guest into the lab, with the configuration and the disk it describes. */
export function addGuest({ lab, node }: Call, kind: Kind, vmid: string, options: GuestOptions): GuestMachine {
  const id = `${kind}:${vmid}`
  const disk = Object.entries(options).find(
    ([name, value]) => diskName.test(name) && /size=/.test(String(value)),
  )
  const [storage] = String(disk?.[1] ?? '').split(':')
  const isNamed = lab.world.lab.storages?.some(({ name }) => name === storage) === true
  const spec: LabGuest = {
    id,
    // A container without a name is called without a space (recorded of machines, as of 8.4).
    name: String(options.name ?? options.hostname ?? (kind === 'vm' ? `VM ${vmid}` : `CT${vmid}`)),
    ramMiB: memoryMiB(options),
    cpus: Number(options.cores ?? 1) * Number(options.sockets ?? 1),
    diskGB: sizeGiB(String(disk?.[1] ?? '')),
    node,
    ...(isNamed && storage !== undefined ? { storage } : {}),
  }
  const guest = lab.world.inventory.addGuest(spec)
  writePlacement(lab.world.shared, node, id, node)
  writeConfig(lab, node, guest, { options, pending: {}, snapshots: [] })
  return guest
}
