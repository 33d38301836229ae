import { type LinkQuality, type NetworkName, networkNames } from '../../../shared/domain/lab.ts'

export type { NetworkName }

/** Name of the laptop, from which guests are probed, among the ends of links. */
export const laptopEnd = 'laptop'

/** What a packet meets on its way from one end to the other. */
export interface Path {
  /** One way. */
  readonly latencyMs: number
  /** Probability that one packet is lost, 0 to 1. */
  readonly loss: number
  /** The narrowest part; infinite where nothing was limited. */
  readonly bandwidthMbps: number
}

export const perfectPath: Path = { latencyMs: 0, loss: 0, bandwidthMbps: Number.POSITIVE_INFINITY }

interface Surroundings {
  /** What the networks are like from the beginning. */
  readonly qualities: Readonly<Partial<Record<NetworkName, LinkQuality | undefined>>>
  /** That end has power and a working network stack. */
  answers(end: string): boolean
  /** Called before every change: what was sent so far met the old paths. */
  changes(): void
  /** Called after every change. */
  changed(): void
}

/**
 * The networks of a lab. Each node has one link to each of them; the laptop has one to the management network. A
 * link is up or down; a network is whole, split into sides, or cut between two ends. Latency, loss and bandwidth
 * belong to a whole network or to one end's link, and add up along a path.
 */
export class LabNetwork {
  readonly #downLinks = new Set<string>()
  readonly #cutPairs = new Set<string>()
  readonly #sides = new Map<NetworkName, ReadonlyMap<string, number>>()
  /** By network, or by link where one end's link is meant. */
  readonly #qualities = new Map<string, Path>()
  /** Whether a packet gets through between two ends that answer, as far as it was asked since the last change. */
  readonly #wired = new Map<NetworkName, Map<string, Map<string, boolean>>>(
    networkNames.map((network) => [network, new Map()]),
  )
  readonly #with: Surroundings

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    for (const network of networkNames) this.#setQuality(network, surroundings.qualities[network] ?? {})
  }

  setLink(end: string, network: NetworkName, up: boolean): void {
    const key = linkKey(end, network)
    if (up !== this.#downLinks.has(key)) return
    this.#change(() => (up ? this.#downLinks.delete(key) : this.#downLinks.add(key)))
  }

  /** Latency, loss and bandwidth of a network, or of one end's link to it; what is not given is perfect. */
  setQuality(network: NetworkName, quality: LinkQuality, end?: string): void {
    const key = end === undefined ? network : linkKey(end, network)
    if (isSamePath(pathOf(quality), this.#qualities.get(key) ?? perfectPath)) return
    this.#change(() => this.#setQuality(key, quality))
  }

  /** What was set of one end's link; undefined while that is perfect. */
  qualityOf(network: NetworkName, end: string): Path | undefined {
    return this.#qualities.get(linkKey(end, network))
  }

  /** Splits a network; ends that no side names stay together on a side of their own. */
  partition(network: NetworkName, sides: readonly (readonly string[])[]): void {
    const sideByEnd = new Map<string, number>()
    sides.forEach((ends, index) => {
      for (const end of ends) sideByEnd.set(end, index + 1)
    })
    if (sideByEnd.size === 0 && !this.#sides.has(network)) return
    this.#change(() =>
      sideByEnd.size === 0 ? this.#sides.delete(network) : this.#sides.set(network, sideByEnd),
    )
  }

  /** Ends every partition of a network into sides. */
  join(network: NetworkName): void {
    this.partition(network, [])
  }

  /** Cuts or mends the way between two ends alone; both still reach everybody else. */
  setPair(one: string, other: string, network: NetworkName, connected: boolean): void {
    const key = pairKey(one, other, network)
    if (connected !== this.#cutPairs.has(key)) return
    this.#change(() => (connected ? this.#cutPairs.delete(key) : this.#cutPairs.add(key)))
  }

  isLinkUp(end: string, network: NetworkName): boolean {
    return this.#downLinks.size === 0 || !this.#downLinks.has(linkKey(end, network))
  }

  /** No path anywhere has latency, loss or a limit. */
  get isPerfect(): boolean {
    return this.#qualities.size === 0
  }

  /** Whether it is as it was at the beginning: nothing of it was cut or made better or worse. */
  isAsBuilt(network: NetworkName): boolean {
    const isOfLink = (key: string) => key.endsWith(`/${network}`)
    const { latencyMs = 0, lossPercent = 0 } = this.#with.qualities[network] ?? {}
    const now = this.#qualities.get(network) ?? perfectPath
    return (
      !this.#sides.has(network) &&
      ![...this.#downLinks, ...this.#cutPairs, ...this.#qualities.keys()].some(isOfLink) &&
      now.latencyMs === latencyMs &&
      now.loss === lossPercent / 100
    )
  }

  /** Whether both ends answer each other over this network now. An end that answers reaches itself. */
  reaches(from: string, to: string, network: NetworkName): boolean {
    if (!this.#with.answers(from) || !this.#with.answers(to)) return false
    if (from === to) return true
    const known = this.#wired.get(network)?.get(from)?.get(to)
    if (known !== undefined) return known
    const isWired = this.#isWired(from, to, network)
    const wires = this.#wired.get(network)
    wires?.set(from, (wires.get(from) ?? new Map<string, boolean>()).set(to, isWired))
    return isWired
  }

  #isWired(from: string, to: string, network: NetworkName): boolean {
    const sides = this.#sides.get(network)
    return (
      this.isLinkUp(from, network) &&
      this.isLinkUp(to, network) &&
      (sides === undefined || (sides.get(from) ?? 0) === (sides.get(to) ?? 0)) &&
      !(this.#cutPairs.size > 0 && this.#cutPairs.has(pairKey(from, to, network))) &&
      (this.#qualities.size === 0 || this.path(from, to, network).loss < 1)
    )
  }

  /** The way between two ends, whether or not it is up. The way of an end to itself is perfect. */
  path(from: string, to: string, network: NetworkName): Path {
    if (this.#qualities.size === 0 || from === to) return perfectPath
    let path = perfectPath
    for (const key of [network, linkKey(from, network), linkKey(to, network)]) {
      const part = this.#qualities.get(key)
      if (part !== undefined) path = inSeries(path, part)
    }
    return path
  }

  #setQuality(key: string, quality: LinkQuality): void {
    const path = pathOf(quality)
    if (isSamePath(path, perfectPath)) this.#qualities.delete(key)
    else this.#qualities.set(key, path)
  }

  #change(act: () => void): void {
    this.#with.changes()
    act()
    for (const wires of this.#wired.values()) wires.clear()
    this.#with.changed()
  }
}

function pathOf({ latencyMs, lossPercent, bandwidthMbps }: LinkQuality): Path {
  return {
    latencyMs: latencyMs ?? 0,
    loss: (lossPercent ?? 0) / 100,
    bandwidthMbps: bandwidthMbps ?? Number.POSITIVE_INFINITY,
  }
}

function isSamePath(one: Path, other: Path): boolean {
  return (
    one.latencyMs === other.latencyMs && one.loss === other.loss && one.bandwidthMbps === other.bandwidthMbps
  )
}

function inSeries(one: Path, other: Path): Path {
  return {
    latencyMs: one.latencyMs + other.latencyMs,
    loss: 1 - (1 - one.loss) * (1 - other.loss),
    bandwidthMbps: Math.min(one.bandwidthMbps, other.bandwidthMbps),
  }
}

function linkKey(end: string, network: NetworkName): string {
  return `${end}/${network}`
}

function pairKey(one: string, other: string, network: NetworkName): string {
  return one < other ? `${one}/${other}/${network}` : `${other}/${one}/${network}`
}
