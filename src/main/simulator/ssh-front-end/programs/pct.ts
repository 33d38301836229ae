import { guestSubcommands } from '../pve-command/guest-subcommands.ts'
import { pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

interface ListedContainer {
  readonly vmid: number
  readonly name: string
  readonly status: string
  readonly lock?: string
}

const list: Subcommand = {
  usage: '',
  method: 'GET',
  path: '/nodes/{node}/lxc',
  print(data) {
    const containers = (data as ListedContainer[]).toSorted((first, second) => first.vmid - second.vmid)
    if (containers.length === 0) return ''
    const row = (vmid: unknown, status: string, lock: string, name: string) =>
      `${String(vmid).padEnd(10)} ${status.padEnd(10)} ${lock.padEnd(12)} ${name.padEnd(20)}\n`
    const rows = containers.map(({ vmid, status, lock = '', name }) => row(vmid, status, lock, name))
    return [row('VMID', 'Status', 'Lock', 'Name'), ...rows].join('')
  },
}

export const pct = pveCommand({
  name: 'pct',
  startMs: 430,
  subcommands: { ...guestSubcommands('ct'), list },
})
