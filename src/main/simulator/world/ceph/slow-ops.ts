import type { Outage } from './ceph-monitors.ts'
import type { HealthCheck } from './ceph-report.ts'
import type { ReportedGroup } from './group-statistics.ts'

export interface SlowOpsInput {
  readonly nowMs: number
  readonly leader: string
  readonly slowMs: number
  /** Reports of silent OSDs wait since then for somebody to second them. */
  readonly reportsWaitingSinceMs: number | undefined
  /** The last time without a quorum, if its requests are not worked off yet. */
  readonly outage: Outage | undefined
  readonly groups: readonly ReportedGroup[]
}

/** Requests that pile up at a monitor per second without quorum (measured: 24 within 34 s). */
const requestsPerSecond = 0.7

interface Slow {
  readonly daemon: string
  readonly count: number
  readonly forMs: number
}

/** Requests that daemons have not answered for long. */
export function slowOps(input: SlowOpsInput): HealthCheck | undefined {
  const slow = [...osdOps(input), ...monitorOps(input)].filter(({ forMs }) => forMs >= input.slowMs)
  if (slow.length === 0) return undefined
  const count = slow.reduce((sum, each) => sum + each.count, 0)
  const seconds = Math.floor(Math.max(...slow.map(({ forMs }) => forMs)) / 1000)
  const daemons = [...new Set(slow.map(({ daemon }) => daemon))]
  const who =
    daemons.length === 1 ? `${daemons[0]} has slow ops` : `daemons [${daemons.join(',')}] have slow ops.`
  return {
    code: 'SLOW_OPS',
    severity: 'HEALTH_WARN',
    summary: `${count} slow ops, oldest one blocked for ${seconds} sec, ${who}`,
    count: 1,
    detail: [],
  }
}

/** A primary waits for replicas that are silent. */
function osdOps({ nowMs, groups }: SlowOpsInput): Slow[] {
  return groups.flatMap(({ laggySinceMs, state, reporter }) => {
    if (laggySinceMs === undefined || reporter === undefined) return []
    return [{ daemon: `osd.${state.acting[0]}`, count: 1, forMs: nowMs - laggySinceMs }]
  })
}

function monitorOps({ nowMs, leader, reportsWaitingSinceMs, outage }: SlowOpsInput): Slow[] {
  const daemon = `mon.${leader}`
  const slow: Slow[] = []
  if (reportsWaitingSinceMs !== undefined)
    slow.push({ daemon, count: 2, forMs: nowMs - reportsWaitingSinceMs })
  if (outage !== undefined) {
    const seconds = (outage.toMs - outage.fromMs) / 1000
    slow.push({ daemon, count: Math.ceil(seconds * requestsPerSecond), forMs: nowMs - outage.fromMs })
  }
  return slow
}
