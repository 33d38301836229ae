/** Links of a node: shown, cut, made bad. */
import { type LinkQuality, type NetworkName, networkNames } from '../../../../shared/domain/lab.ts'
import type { Path } from '../../world/network.ts'
import type { Program, ProgramCall } from '../program.ts'

/** ens18 and the bridge on it carry management; further cards follow, one for each network. */
function networkOf({ lab }: ProgramCall, device: string): NetworkName | undefined {
  if (device === 'vmbr0') return 'management'
  const [, number] = /^ens(\d+)$/.exec(device) ?? []
  const network = number === undefined ? undefined : networkNames[Number(number) - 18]
  return network !== undefined && networksOf(lab.world.lab).includes(network) ? network : undefined
}

function networksOf({ networks }: ProgramCall['lab']['world']['lab']): readonly NetworkName[] {
  const used = new Set<NetworkName>(['management', 'cluster', ...(networks?.corosyncLinks ?? [])])
  return networkNames.filter((name) => used.has(name))
}

const deviceOf = (network: NetworkName) => `ens${18 + networkNames.indexOf(network)}`

export const ip: Program = (call) => {
  const words = call.argv.filter((word) => !word.startsWith('-'))
  const [object = 'address', verb = 'show'] = words
  if ('link'.startsWith(object) && verb === 'set') return setLink(call, words.slice(2))
  if ('address'.startsWith(object) || 'link'.startsWith(object)) return show(call, object.startsWith('a'))
  if ('route'.startsWith(object)) return routes(call)
  call.stderr(`Object "${object}" is unknown, try "ip help".\n`)
  return 1
}

/** Each network is a subnet of its own; the laptop is the way to all others. */
function routes({ lab, node, stdout }: ProgramCall): number {
  const own = lab.addressOf(node)
  const net = (position: number) => own.replace('.0.', `.${position - 1}.`)
  const others = networksOf(lab.world.lab).slice(2)
  const line = (address: string, device: string) =>
    `${address.replace(/\d+$/, '0')}/24 dev ${device} proto kernel scope link src ${address}\n`
  stdout(`default via ${own.replace(/\d+$/, '1')} dev vmbr0 proto kernel onlink\n`)
  stdout(line(own, 'vmbr0'))
  for (const [at, network] of others.entries())
    if (lab.world.network.isLinkUp(node, network)) stdout(line(net(at + 2), deviceOf(network)))
  return 0
}

function setLink(call: ProgramCall, words: readonly string[]): number {
  const [device = '', state] = words.filter((word) => word !== 'dev')
  const network = networkOf(call, device)
  if (network === undefined) {
    call.stderr(`Cannot find device "${device}"\n`)
    return 1
  }
  if (state === 'up' || state === 'down') {
    call.lab.world.network.setLink(call.node, network, state === 'up')
    return 0
  }
  call.stderr(`Error: either "dev" is duplicate, or "${state ?? ''}" is a garbage.\n`)
  return 255
}

function show(call: ProgramCall, withAddresses: boolean): number {
  const { lab, node } = call
  const devices = networksOf(lab.world.lab).map((network, position) => {
    const isUp = lab.world.network.isLinkUp(node, network)
    const address =
      position < 2 ? '' : `    inet ${lab.addressOf(node).replace('.0.', `.${position - 1}.`)}/24\n`
    const state = isUp ? 'UP' : 'DOWN'
    const flags = isUp ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'BROADCAST,MULTICAST'
    return `${position + 2}: ${deviceOf(network)}: <${flags}> mtu 1500 qdisc fq_codel state ${state} group default qlen 1000\n${withAddresses ? address : ''}`
  })
  const bridge = `${devices.length + 2}: vmbr0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000\n`
  const own = withAddresses ? `    inet ${lab.addressOf(node)}/24 scope global vmbr0\n` : ''
  const loopback = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n${withAddresses ? '    inet 127.0.0.1/8 scope host lo\n' : ''}`
  call.stdout(`${loopback}${devices.join('')}${bridge}${own}`)
  return 0
}

/** `tc qdisc add dev ens19 root netem delay 200ms loss 10% rate 10mbit`. */
export const tc: Program = (call) => {
  const { argv, lab, node } = call
  const [object, verb = 'show', ...words] = argv
  const device = words[words.indexOf('dev') + 1] ?? ''
  const network = networkOf(call, device)
  if (object !== 'qdisc' || network === undefined) {
    call.stderr(
      object === 'qdisc'
        ? `Cannot find device "${device}"\n`
        : `Object "${object}" is unknown, try "tc help".\n`,
    )
    return 1
  }
  if (verb === 'del' || verb === 'delete') lab.world.network.setQuality(network, {}, node)
  else if (verb === 'show' || verb === 'list') {
    const quality = lab.world.network.qualityOf(network, node)
    call.stdout(
      quality === undefined
        ? `qdisc fq_codel 0: root refcnt 2\n`
        : `qdisc netem 8001: root refcnt 2 limit 1000${netemText(quality)}\n`,
    )
  } else {
    const quality = netem(words)
    if (quality === undefined) {
      call.stderr('Error: the embedded lab knows netem with delay, loss and rate\n')
      return 1
    }
    lab.world.network.setQuality(network, quality, node)
  }
  return 0
}

function netem(words: readonly string[]): LinkQuality | undefined {
  const at = words.indexOf('netem')
  if (at < 0) return undefined
  const after = (name: string) => {
    const position = words.indexOf(name, at)
    return position < 0 ? undefined : words[position + 1]
  }
  const [delay, loss, rate] = ['delay', 'loss', 'rate'].map(after)
  const latencyMs = delay === undefined ? undefined : inUnits(delay, { us: 0.001, ms: 1, s: 1000 })
  const lossPercent = loss === undefined ? undefined : Number.parseFloat(loss)
  const bandwidthMbps = rate === undefined ? undefined : inUnits(rate, { kbit: 0.001, mbit: 1, gbit: 1000 })
  return {
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(lossPercent === undefined ? {} : { lossPercent }),
    ...(bandwidthMbps === undefined ? {} : { bandwidthMbps }),
  }
}

function inUnits(text: string, units: Readonly<Record<string, number>>): number {
  const unit = text.replace(/^[\d.]+/, '').toLowerCase()
  return Number.parseFloat(text) * (units[unit] ?? 1)
}

function netemText({ latencyMs, loss, bandwidthMbps }: Path): string {
  const parts = [
    latencyMs === 0 ? '' : ` delay ${latencyMs}ms`,
    loss === 0 ? '' : ` loss ${loss * 100}%`,
    bandwidthMbps === Number.POSITIVE_INFINITY ? '' : ` rate ${bandwidthMbps}Mbit`,
  ]
  return parts.join('')
}

/**
 * `iptables -A INPUT -s ADDRESS -j DROP` cuts this node from that one, `-i DEVICE` from a network; `-D` takes it
 * back, `-F` takes back all. There are no rules for single ports.
 */
export const iptables: Program = (call) => {
  const { argv, lab, node } = call
  const { network } = lab.world
  const after = (...names: string[]) => {
    const at = argv.findIndex((word) => names.includes(word))
    return at < 0 ? undefined : argv[at + 1]
  }
  const others = lab.world.nodes.map(({ name }) => name).filter((name) => name !== node)
  if (argv.includes('-F')) {
    for (const name of networksOf(lab.world.lab)) {
      network.setLink(node, name, true)
      for (const other of others) network.setPair(node, other, name, true)
    }
    return 0
  }
  const isMending = argv.includes('-D')
  const isRule = isMending || argv.includes('-A') || argv.includes('-I')
  const device = after('-i', '-o')
  const peer = others.find((other) => lab.addressOf(other) === after('-s', '-d')?.replace(/\/32$/, ''))
  const chosen = device === undefined ? undefined : networkOf(call, device)
  const drops = ['DROP', 'REJECT'].includes(after('-j') ?? '') && !argv.includes('--dport')
  if (isRule && drops && peer !== undefined) {
    for (const name of chosen === undefined ? networksOf(lab.world.lab) : [chosen])
      network.setPair(node, peer, name, isMending)
    return 0
  }
  if (isRule && drops && chosen !== undefined) {
    network.setLink(node, chosen, isMending)
    return 0
  }
  call.stderr('iptables: the embedded lab knows rules that drop all packets of a node or a device\n')
  return 2
}
