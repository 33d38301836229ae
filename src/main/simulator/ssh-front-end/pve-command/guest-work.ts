/** What `qm` and `pct` do with guests beside power: making, copying, keeping states, changing disks. */
import { readConfig, writeConfig } from '../../pve-front-end/guest-configs.ts'
import { missingConfiguration } from '../../pve-front-end/served-lab.ts'
import type { LocalSubcommand } from './pve-command.ts'
import type { Invocation, Subcommand } from './subcommand.ts'

export interface Call extends Subcommand {
  readonly positional: readonly string[]
}

/** A call whose parameters stand in order, those of its path first. */
export const onGuest = (
  method: string,
  path: string,
  positional: readonly string[],
  print?: Subcommand['print'],
): Call => ({
  usage: `${positional.map((name) => `<${name}>`).join(' ')} [OPTIONS]`,
  positional,
  method,
  path,
  ...(print === undefined ? {} : { print }),
})

interface Snapshot {
  readonly name: string
  readonly description?: string
  readonly snaptime?: number
  readonly parent?: string
}

/** As a tree that ends where the guest is now. */
function snapshotTree(data: unknown, { call }: Invocation): string {
  const all = data as readonly Snapshot[]
  const lines: string[] = []
  const visit = (parent: string | undefined, depth: number): void => {
    for (const { name, description, snaptime } of all.filter((each) => each.parent === parent)) {
      const arrow = `${' '.repeat(depth * 2)}\`-> ${name}`
      const stamp = snaptime === undefined ? '' : call.lab.wallTime.stamp(snaptime)
      const text =
        name === 'current' ? 'You are here!' : (description ?? 'no-description').trim() || 'no-description'
      lines.push(`${arrow.padEnd(33)} ${stamp.padEnd(21)}${text}\n`)
      if (name !== 'current') visit(name, depth + 1)
    }
  }
  visit(undefined, 0)
  return lines.join('')
}

/** Takes away the lock that a job has left; there is no call for it. */
function unlockOf(kind: 'vm' | 'ct'): LocalSubcommand {
  return {
    usage: '<vmid>',
    run(call, [vmid = '']) {
      const { lab, node } = call
      const guest = lab.guestWith(vmid, kind)
      if (guest === undefined || lab.world.configuredNode(guest, node) !== node) {
        call.stderr(`${missingConfiguration(node, vmid, kind)}\n`)
        return 255
      }
      const config = readConfig(lab, node, guest)
      const { lock, ...options } = config.options
      if (lock !== undefined) writeConfig(lab, node, guest, { ...config, options })
      return 0
    },
  }
}

/** Of both kinds, under the names that both programs use. */
export function guestWork(kind: 'vm' | 'ct'): Readonly<Record<string, Subcommand | LocalSubcommand>> {
  const base = `/nodes/{node}/${kind === 'vm' ? 'qemu' : 'lxc'}`
  const guest = `${base}/{vmid}`
  const snapshot = `${guest}/snapshot`
  return {
    clone: onGuest('POST', `${guest}/clone`, ['vmid', 'newid']),
    delsnapshot: onGuest('DELETE', `${snapshot}/{snapname}`, ['vmid', 'snapname']),
    destroy: onGuest('DELETE', guest, ['vmid']),
    listsnapshot: onGuest('GET', snapshot, ['vmid'], snapshotTree),
    resize: onGuest('PUT', `${guest}/resize`, ['vmid', 'disk', 'size']),
    resume: onGuest('POST', `${guest}/status/resume`, ['vmid']),
    rollback: onGuest('POST', `${snapshot}/{snapname}/rollback`, ['vmid', 'snapname']),
    set: onGuest('PUT', `${guest}/config`, ['vmid']),
    snapshot: onGuest('POST', snapshot, ['vmid', 'snapname']),
    suspend: onGuest('POST', `${guest}/status/suspend`, ['vmid']),
    template: onGuest('POST', `${guest}/template`, ['vmid']),
    unlock: unlockOf(kind),
  }
}
