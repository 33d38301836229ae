/** Journals of the nodes and the log of the cluster. */
import type { World } from '../world/world.ts'
import type { WallTime } from './wall-time.ts'

export interface JournalLine {
  /** Counts the lines of all nodes. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly wallMs: number
  /** The program that wrote it. */
  readonly source: string
  readonly unit: string
  readonly pid: number
  readonly text: string
}

export interface ClusterLogEntry {
  readonly uid: string
  readonly node: string
  readonly user: string
  readonly msg: string
  readonly pri: number
  readonly time: number
}

/** Lines kept per node; the oldest go first. */
const linesKept = 5000
/** Entries of the cluster's log that a member hands out (recorded: 50 by default). */
const entriesKept = 500

export class Journal {
  readonly #lines = new Map<string, JournalLine[]>()
  readonly #cluster: ClusterLogEntry[] = []
  readonly #wallTime: WallTime
  #entries = 0
  #written = 0

  constructor(world: World, wallTime: WallTime) {
    this.#wallTime = wallTime
    for (const node of world.nodes) this.#lines.set(node.name, [])
    world.onLog(({ node, source, message }) => this.#hear(node, source, message))
  }

  /** A daemon of HA and systemd say of its start what the model has no use for (recorded). */
  #hear(node: string, source: string, message: string): void {
    const description = message.startsWith('status change startup =>') ? haDaemons[source] : undefined
    const unit = `${source}.service - ${description}`
    if (description !== undefined) {
      this.#write(node, 'systemd', `Starting ${unit}...`, source)
      this.#write(node, source, 'starting server')
    }
    this.#write(node, source, message)
    if (description !== undefined) this.#write(node, 'systemd', `Started ${unit}.`, source)
  }

  /** For the cluster's log, and the node's journal. */
  note(node: string, user: string, msg: string, pri: number): void {
    this.#entries += 1
    this.#cluster.unshift({
      uid: String(this.#entries),
      node,
      user,
      msg,
      pri,
      time: this.#wallTime.seconds(),
    })
    this.#cluster.length = Math.min(this.#cluster.length, entriesKept)
    this.#write(node, 'pvedaemon', `<${user}> ${msg}`)
  }

  /** What these nodes did, newest first. */
  clusterLog(nodes: readonly string[], count: number): readonly ClusterLogEntry[] {
    return this.#cluster.filter(({ node }) => nodes.includes(node)).slice(0, count)
  }

  /** As `journalctl` prints them, oldest first; moments in seconds. */
  lines(node: string, wish: { service?: string; since?: number; until?: number } = {}): string[] {
    const { service, since = 0, until = Number.POSITIVE_INFINITY } = wish
    const unit = service?.replace(/\.service$/, '')
    return this.entries(node)
      .filter((line) => {
        const seconds = Math.floor(line.wallMs / 1000)
        return seconds >= since && seconds <= until && (unit === undefined || line.unit === unit)
      })
      .map(({ wallMs, source, pid, text }) => {
        const stamp = this.#wallTime.journalStamp(Math.floor(wallMs / 1000))
        return `${stamp} ${node} ${source}[${pid}]: ${text}`
      })
  }

  /** Daemons of a lab have process ids by their names, which is enough to tell lines apart. */
  pidOf(source: string): number {
    return pidOf(source)
  }

  /** Everything a node has kept, oldest first. */
  entries(node: string): readonly JournalLine[] {
    return this.#lines.get(node) ?? []
  }

  #write(node: string, source: string, text: string, ofUnit = unitOf(source)): void {
    const lines = this.#lines.get(node)
    if (lines === undefined) return
    this.#written += 1
    const wallMs = this.#wallTime.date().getTime()
    const [number, unit, pid] = [this.#written, ofUnit, pidOf(source)]
    lines.push({ number, wallMs, source, unit, pid, text })
    if (lines.length > linesKept) lines.shift()
  }
}

const haDaemons: Readonly<Record<string, string>> = {
  'pve-ha-crm': 'PVE Cluster HA Resource Manager Daemon',
  'pve-ha-lrm': 'PVE Local HA Resource Manager Daemon',
}

/** pmxcfs belongs to the unit pve-cluster; the others are called as their units. */
function unitOf(source: string): string {
  return source === 'pmxcfs' ? 'pve-cluster' : source
}

function pidOf(source: string): number {
  if (source === 'systemd') return 1
  return Array.from(source).reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
}
