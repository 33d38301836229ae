/** What an operating system's network error says about the target, and what about the observer. */
import { BlockList, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { type OutcomeCode, outcomes } from '../../shared/domain/sample.ts'

const outcomeByErrno: Readonly<Record<string, OutcomeCode>> = {
  ECONNREFUSED: outcomes['bad:refused'],
  ECONNRESET: outcomes['bad:reset'],
  ECONNABORTED: outcomes['bad:reset'],
  EPIPE: outcomes['bad:closed'],
  ETIMEDOUT: outcomes['bad:timeout'],
  // No route, interface down, neighbour dead (macOS), local firewall: said by this computer.
  ENETUNREACH: outcomes['bad:unreachable-local'],
  ENETDOWN: outcomes['bad:unreachable-local'],
  EHOSTDOWN: outcomes['bad:unreachable-local'],
  EACCES: outcomes['bad:unreachable-local'],
  EPERM: outcomes['bad:unreachable-local'],
  // Out of descriptors, ports or memory: nothing was sent, so nothing is known about the target.
  EMFILE: outcomes['void:spawn-failed'],
  ENFILE: outcomes['void:spawn-failed'],
  ENOBUFS: outcomes['void:spawn-failed'],
  ENOMEM: outcomes['void:spawn-failed'],
  EAGAIN: outcomes['void:spawn-failed'],
  EADDRNOTAVAIL: outcomes['void:spawn-failed'],
}

/**
 * Outcome of an error of connect, read or write. `EHOSTUNREACH` to a neighbour comes from the own computer
 * (nobody answered for that address); to a farther target a router said it.
 */
export function outcomeOfErrno(code: string | undefined, isNeighbour: boolean): OutcomeCode {
  if (code === 'EHOSTUNREACH')
    return isNeighbour ? outcomes['bad:unreachable-local'] : outcomes['bad:unreachable-remote']
  return outcomeByErrno[code ?? ''] ?? outcomes['bad:closed']
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : undefined
}

/** Addresses of this computer, and whether another one is reached without a router. */
export interface LocalAddresses {
  readonly own: ReadonlySet<string>
  isNeighbour(ip: string): boolean
}

export function readLocalAddresses(): LocalAddresses {
  const own = new Set<string>()
  const networks = new BlockList()
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, cidr } of addresses ?? []) {
      own.add(address)
      const prefix = Number(cidr?.split('/')[1])
      if (Number.isInteger(prefix)) networks.addSubnet(address, prefix, isIPv4(address) ? 'ipv4' : 'ipv6')
    }
  }
  return { own, isNeighbour: (ip) => networks.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6') }
}
