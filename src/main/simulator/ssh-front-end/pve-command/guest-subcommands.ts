/** What `qm` and `pct` have in common. */
import type { Subcommand } from './subcommand.ts'

/** A guest that is not there: what errno then is (recorded). */
const missingCode = () => 2

export function guestSubcommands(kind: 'vm' | 'ct'): Readonly<Record<string, Subcommand>> {
  const guest = `/nodes/{node}/${kind === 'vm' ? 'qemu' : 'lxc'}/{vmid}`
  const power = (verb: string): Subcommand => ({
    usage: '<vmid> [OPTIONS]',
    positional: ['vmid'],
    method: 'POST',
    path: `${guest}/status/${verb}`,
  })
  return {
    config: {
      usage: '<vmid> [OPTIONS]',
      positional: ['vmid'],
      method: 'GET',
      path: `${guest}/config`,
      refusalCode: missingCode,
      print: settings,
    },
    migrate: {
      usage: '<vmid> <target> [OPTIONS]',
      positional: ['vmid', 'target'],
      method: 'POST',
      path: `${guest}/migrate`,
    },
    reboot: power('reboot'),
    shutdown: power('shutdown'),
    start: power('start'),
    status: {
      usage: '<vmid> [OPTIONS]',
      positional: ['vmid'],
      method: 'GET',
      path: `${guest}/status/current`,
      own: { verbose: 'flag' },
      refusalCode: missingCode,
      print: (data, { own }) =>
        own.verbose === '1' ? everything(data) : `status: ${(data as { status: string }).status}\n`,
    },
    stop: power('stop'),
  }
}

function settings(data: unknown): string {
  const { digest: _digest, ...values } = data as Record<string, unknown>
  return described(encoded(values), '')
}

/** A description may have lines of its own; in a file and on a terminal it has one. */
export function encoded({ description, ...values }: Record<string, unknown>): Record<string, unknown> {
  if (typeof description !== 'string') return values
  return {
    ...values,
    description: description.replaceAll(/[^\x20-\x24\x26-\x39\x3b-\x7e]+/gu, encodeURIComponent),
  }
}

/** HA and the load of processors are added by the API alone (recorded). */
function everything(data: unknown): string {
  const { ha: _ha, cpu: _cpu, ...values } = data as Record<string, unknown>
  return described(values, '')
}

/** `name: value` in the order of names; what has parts goes below, further in. */
export function described(data: unknown, indent: string): string {
  return Object.entries(data as Record<string, unknown>)
    .sort(([first], [second]) => (first < second ? -1 : 1))
    .map(([name, value]) => {
      if (typeof value !== 'object' || value === null) return `${indent}${name}: ${value}\n`
      return `${indent}${name}:\n${described(value, `${indent}\t`)}`
    })
    .join('')
}
