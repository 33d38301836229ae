/** Backups, and guests made from them. */
import { singleCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

/** Numbers of guests stand first, however many there are. */
const backup: Subcommand = {
  usage: '{<vmid>} [OPTIONS]',
  list: 'vmid',
  method: 'POST',
  path: '/nodes/{node}/vzdump',
}

export const vzdump = singleCommand({ name: 'vzdump', startMs: 450, command: backup })

export const qmrestore = singleCommand({
  name: 'qmrestore',
  startMs: 430,
  command: {
    usage: '<archive> <vmid> [OPTIONS]',
    positional: ['archive', 'vmid'],
    method: 'POST',
    path: '/nodes/{node}/qemu',
  },
})
