/** What a probe is aimed at: read from an address, resolved once, then probed by number. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { throwProblem } from '../../shared/problems/problem.ts'

export interface ProbeTarget {
  /** Host name or address as written. */
  readonly host: string
  /** 0 for ICMP. */
  readonly port: number
  /** Path and query of an HTTP target, else empty. */
  readonly path: string
}

/** A target whose name was looked up: probes use `ip`, so that a dead resolver cannot stall them. */
export interface ProbeEndpoint extends ProbeTarget {
  readonly ip: string
}

const hostPattern = /^[a-z0-9]([a-z0-9._-]{0,252}[a-z0-9])?$/i

/** Reads `192.0.2.10` or a name; undefined for anything else. IPv4 only: ping.exe prints no TTL for IPv6, and TTL is
 * what tells a reply from a router's message. */
export function parseHost(address: string): ProbeTarget | undefined {
  return isIPv4OrName(address) ? { host: address, port: 0, path: '' } : undefined
}

function isIPv4OrName(host: string): boolean {
  if (isIP(host) === 4) return true
  // Digits and dots that are no address are a mistyped address, not a name.
  return hostPattern.test(host) && !/^[\d.]+$/.test(host)
}

/** Reads `192.0.2.10:80`, `name:80` or `[2001:db8::1]:80`; undefined for anything else. */
export function parseHostAndPort(address: string): ProbeTarget | undefined {
  const match = /^(?:\[([0-9a-f:.%]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(address)
  if (match === null) return undefined
  const [, ipv6, host = ipv6, digits] = match
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535) return undefined
  if (ipv6 === undefined ? !isIPv4OrName(host) : isIP(ipv6) !== 6) return undefined
  return { host, port, path: '' }
}

/** Reads `http://192.0.2.10:8080/path?query`; undefined for anything else, also for https. */
export function parseHttpUrl(address: string): ProbeTarget | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (url.protocol !== 'http:' || url.username !== '' || url.password !== '') return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host === '') return undefined
  return { host, port: url.port === '' ? 80 : Number(url.port), path: url.pathname + url.search }
}

/** Looks the name up, IPv4 first (or only); numbers pass through. Rejects with `probe.address-unresolved`. */
export async function resolveProbeTarget(target: ProbeTarget, family: 0 | 4): Promise<ProbeEndpoint> {
  if (isIP(target.host) !== 0) return { ...target, ip: target.host }
  try {
    const { address } = await lookup(target.host, { family, order: 'ipv4first' })
    return { ...target, ip: address }
  } catch (error) {
    return throwProblem('probe.address-unresolved', { target: target.host }, String(error))
  }
}
