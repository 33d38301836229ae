import { guestSubcommands } from '../pve-command/guest-subcommands.ts'
import { pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

interface ListedGuest {
  readonly vmid: number
  readonly name: string
  readonly status: string
  readonly maxmem: number
  readonly maxdisk: number
  readonly pid?: number
}

const list: Subcommand = {
  usage: ' [OPTIONS]',
  method: 'GET',
  path: '/nodes/{node}/qemu',
  print(data) {
    const guests = (data as ListedGuest[]).toSorted((first, second) => first.vmid - second.vmid)
    if (guests.length === 0) return ''
    const head = row('VMID', 'NAME', 'STATUS', 'MEM(MB)', 'BOOTDISK(GB)', 'PID')
    const rows = guests.map(({ vmid, name, status, maxmem, maxdisk, pid = 0 }) =>
      row(vmid, name, status, maxmem / 2 ** 20, (maxdisk / 2 ** 30).toFixed(2), pid),
    )
    return [head, ...rows].join('')
  },
}

function row(
  vmid: unknown,
  name: string,
  status: string,
  memory: unknown,
  disk: string,
  pid: unknown,
): string {
  const text = (value: unknown, width: number) => String(value).padEnd(width)
  return `${String(vmid).padStart(10)} ${text(name, 20)} ${text(status, 10)} ${text(memory, 10)} ${disk.padStart(12)} ${text(pid, 10)}\n`
}

export const qm = pveCommand({
  name: 'qm',
  startMs: 430,
  subcommands: { ...guestSubcommands('vm'), list },
})
