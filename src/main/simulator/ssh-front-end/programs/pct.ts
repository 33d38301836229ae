import { missingConfiguration } from '../../pve-front-end/served-lab.ts'
import { guestSubcommands } from '../pve-command/guest-subcommands.ts'
import { guestWork, onGuest } from '../pve-command/guest-work.ts'
import { type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
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

const container = '/nodes/{node}/lxc/{vmid}'

/** Nothing can be run in a container of a lab: there is a service in it, and no shell. */
const inside = (usage: string): LocalSubcommand => ({
  usage,
  run(call, [vmid = '']) {
    const { lab, node } = call
    const guest = lab.guestWith(vmid, 'ct')
    if (guest === undefined || lab.world.configuredNode(guest, node) !== node)
      call.stderr(`${missingConfiguration(node, vmid, 'ct')}\n`)
    else if (!lab.runsOn(guest, node)) call.stderr(`container '${vmid}' not running!\n`)
    else call.stderr('the embedded lab runs no programs in its guests\n')
    return 255
  },
})

export const pct = pveCommand({
  name: 'pct',
  startMs: 430,
  subcommands: {
    ...guestSubcommands('ct'),
    ...guestWork('ct'),
    create: onGuest('POST', '/nodes/{node}/lxc', ['vmid', 'ostemplate']),
    enter: inside('<vmid> [OPTIONS]'),
    exec: inside('<vmid> [<extra-args>] [OPTIONS]'),
    list,
    'move-volume': onGuest('POST', `${container}/move_volume`, ['vmid', 'volume', 'storage']),
    move_volume: {
      ...onGuest('POST', `${container}/move_volume`, ['vmid', 'volume', 'storage']),
      isAlias: true,
    },
    pending: onGuest('GET', `${container}/pending`, ['vmid'], (data) =>
      (data as { key: string; value?: unknown }[])
        .filter(({ key, value }) => key !== 'digest' && value !== undefined)
        .map(({ key, value }) => `cur ${key}: ${String(value)}\n`)
        .join(''),
    ),
    restore: { ...onGuest('POST', '/nodes/{node}/lxc', ['vmid', 'ostemplate']), fixed: { restore: '1' } },
  },
})
