/** What a virtual machine reads of itself when it first starts: user, network and name (cloud-init, NoCloud form). */
import { createHash } from 'node:crypto'
import type { GuestOptions } from './guest-configs.ts'

/** Options that go into the drive. */
const cloudInitOption =
  /^(ciuser|cipassword|citype|ciupgrade|cicustom|sshkeys|nameserver|searchdomain|name|ipconfig\d+|net\d+)$/

export const isCloudInitOption = (name: string): boolean => cloudInitOption.test(name)

/** Passwords are never shown. */
export function shownOption(name: string, value: string | number): string | number {
  return name === 'cipassword' ? '**********' : value
}

export type CloudInitPart = 'user' | 'network' | 'meta'

export function cloudInitText(part: CloudInitPart, options: GuestOptions, vmid: string): string {
  if (part === 'network') return networkText(options)
  const user = userText(options, vmid)
  if (part === 'user') return user
  // Another content is another instance, which a guest then sets up anew.
  return `instance-id: ${createHash('sha1')
    .update(`${user}${networkText(options)}`)
    .digest('hex')}\n`
}

function userText(options: GuestOptions, vmid: string): string {
  const { ciuser, cipassword, sshkeys, searchdomain, name = `VM${vmid}`, ciupgrade = 1 } = options
  const keys = sshkeys === undefined ? [] : decodeURIComponent(String(sshkeys)).trim().split('\n')
  const lines = [
    '#cloud-config',
    `hostname: ${String(name).split('.')[0]}`,
    'manage_etc_hosts: true',
    `fqdn: ${name}${searchdomain === undefined || String(name).includes('.') ? '' : `.${String(searchdomain).split(' ')[0]}`}`,
    ...(ciuser === undefined ? [] : [`user: ${ciuser}`]),
    ...(cipassword === undefined ? [] : [`password: ${hashOf(String(cipassword))}`]),
    ...(keys.length === 0 ? [] : ['ssh_authorized_keys:', ...keys.map((key) => `  - ${key}`)]),
    'chpasswd:',
    '  expire: False',
    ...(ciuser === undefined || ciuser === 'root' ? [] : ['users:', '  - default']),
    ...(Number(ciupgrade) === 1 ? ['package_upgrade: true'] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** In the form of a hash of crypt(3); nobody logs in with it here. */
function hashOf(password: string): string {
  return `$5$${createHash('sha256').update(password).digest('base64url').slice(0, 43)}`
}

function networkText(options: GuestOptions): string {
  const cards = Object.entries(options)
    .filter(([name]) => /^net\d+$/.test(name))
    .map(([name, value]) =>
      cardLines(name.slice(3), String(value), String(options[`ipconfig${name.slice(3)}`] ?? '')),
    )
  const servers = String(options.nameserver ?? '')
    .split(/[ ,;]+/)
    .filter(Boolean)
  const domains = String(options.searchdomain ?? '')
    .split(/[ ,;]+/)
    .filter(Boolean)
  const resolver =
    servers.length + domains.length === 0
      ? []
      : ['    - type: nameserver', ...listLines('address', servers), ...listLines('search', domains)]
  return ['version: 1', 'config:', ...cards.flat(), ...resolver].map((line) => `${line}\n`).join('')
}

const listLines = (name: string, values: readonly string[]) =>
  values.length === 0 ? [] : [`      ${name}:`, ...values.map((value) => `      - '${value}'`)]

function cardLines(number: string, card: string, addresses: string): readonly string[] {
  const mac = /([0-9A-F]{2}:){5}[0-9A-F]{2}/i.exec(card)?.[0].toLowerCase() ?? ''
  const given = Object.fromEntries(
    addresses
      .split(',')
      .filter(Boolean)
      .map((part) => part.split('=') as [string, string]),
  )
  const subnet = (address: string | undefined, gateway: string | undefined, dhcp: string) => {
    if (address === undefined) return []
    if (address === 'dhcp') return [`      - type: ${dhcp}`]
    if (address === 'auto') return ['      - type: ipv6_slaac']
    const [ip = '', prefix = '24'] = address.split('/')
    const isOld = !ip.includes(':')
    return [
      `      - type: static${isOld ? '' : '6'}`,
      `        address: '${isOld ? ip : address}'`,
      ...(isOld ? [`        netmask: '${netmask(Number(prefix))}'`] : []),
      ...(gateway === undefined ? [] : [`        gateway: '${gateway}'`]),
    ]
  }
  const subnets = [...subnet(given.ip, given.gw, 'dhcp4'), ...subnet(given.ip6, given.gw6, 'dhcp6')]
  return [
    '    - type: physical',
    `      name: eth${number}`,
    `      mac_address: '${mac}'`,
    ...(subnets.length === 0 ? [] : ['      subnets:', ...subnets]),
  ]
}

function netmask(prefix: number): string {
  return [0, 8, 16, 24].map((start) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - start)))).join('.')
}
