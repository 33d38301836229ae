/** Tasks of the nodes: each has an id (UPID), a log and an end, and dies with its node's power. */
import type { World } from '../world/world.ts'
import type { WallTime } from './wall-time.ts'

export interface Task {
  readonly upid: string
  readonly node: string
  readonly pid: number
  readonly pstart: number
  readonly starttime: number
  readonly type: string
  readonly id: string
  readonly user: string
  readonly lines: string[]
  readonly bootedAtMs: number | undefined
  endtime?: number
  /** `OK` or what went wrong. */
  status?: string
}

export interface RunningTask {
  readonly upid: string
  log(line: string): void
  /** `error`: what went wrong, undefined when nothing did. */
  end(error?: string): void
}

/** Kernel ticks per second, in which a process' start is counted. */
const jiffiesPerSecond = 100

export class Tasks {
  readonly #tasks: Task[] = []
  readonly #world: World
  readonly #wallTime: WallTime
  readonly #ended: (task: Task) => void
  #lastPid = 1000

  constructor(world: World, wallTime: WallTime, ended: (task: Task) => void) {
    this.#world = world
    this.#wallTime = wallTime
    this.#ended = ended
  }

  begin(node: string, type: string, id: string, user: string): RunningTask {
    const { upSinceMs } = this.#world.node(node)
    const pid = this.nextPid()
    const upMs = this.#world.scheduler.nowMs() - (upSinceMs ?? 0)
    const pstart = Math.floor((upMs / 1000) * jiffiesPerSecond)
    const starttime = this.#wallTime.seconds()
    const upid = `UPID:${[node, hex8(pid), hex8(pstart), hex8(starttime), type, id, user].join(':')}:`
    const lines: string[] = []
    const task: Task = { upid, node, pid, pstart, starttime, type, id, user, lines, bootedAtMs: upSinceMs }
    this.#tasks.push(task)
    return {
      upid,
      log: (line) => lines.push(line),
      end: (error) => {
        if (this.isOver(task)) return
        task.status = error ?? 'OK'
        task.endtime = this.#wallTime.seconds()
        lines.push(error === undefined ? 'TASK OK' : `TASK ERROR: ${error}`)
        this.#ended(task)
      },
    }
  }

  find(node: string, upid: string): Task | undefined {
    return this.#tasks.find((task) => task.node === node && task.upid === upid)
  }

  /** Newest first. */
  ofNode(node: string): readonly Task[] {
    return this.#tasks.filter((task) => task.node === node).reverse()
  }

  /** A task whose node lost power meanwhile never said how it ended. */
  statusOf(task: Task): string | undefined {
    if (task.status !== undefined) return task.status
    return this.#world.node(task.node).upSinceMs === task.bootedAtMs ? undefined : 'unexpected status'
  }

  isOver(task: Task): boolean {
    return this.statusOf(task) !== undefined
  }

  nextPid(): number {
    this.#lastPid += 7
    return this.#lastPid
  }
}

const upidPattern =
  /^UPID:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?:[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:[0-9A-Fa-f]{8}:[^:\s/]+:[^:\s/]*:[^:\s/]+:$/

export function isUpid(text: string): boolean {
  return upidPattern.test(text)
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0')
}
