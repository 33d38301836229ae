import type { HealthCheck } from './ceph-report.ts'
import type { ReportedGroup } from './group-statistics.ts'

export interface GroupHealthInput {
  readonly nowMs: number
  /** mon_pg_stuck_threshold: groups are called stuck after that time. */
  readonly stuckMs: number
  readonly groups: readonly ReportedGroup[]
  nameOf(group: ReportedGroup): string
  /** All copies there should be of the objects reported. */
  copies(): number
}

/** Lines a check shows at most. */
const mostDetail = 50

interface Stuck {
  readonly group: ReportedGroup
  readonly what: 'inactive' | 'peering' | 'stale' | 'down'
  readonly forMs: number
}

// Lines of detail are made when somebody reads them: checks are worked out far oftener than read.

/** Groups that do not answer: peering ones at once if they had been idle, others when they are stuck. */
export function availabilityCheck(input: GroupHealthInput): HealthCheck | undefined {
  const stuck: Stuck[] = []
  for (const group of input.groups) {
    const found = stuckOf(group, input)
    if (found !== undefined) stuck.push(found)
  }
  if (stuck.length === 0) return undefined
  const parts = (['down', 'inactive', 'peering', 'stale'] as const).flatMap((what) => {
    const count = stuck.filter((each) => each.what === what).length
    return count === 0 ? [] : [`${pgs(count)} ${what}`]
  })
  return {
    code: 'PG_AVAILABILITY',
    severity: 'HEALTH_WARN',
    summary: `Reduced data availability: ${parts.join(', ')}`,
    count: stuck.length,
    get detail() {
      return shorten(
        stuck.map(({ group, what, forMs }) => stuckLine(group, what, forMs, input.nameOf(group))),
      )
    },
  }
}

function stuckOf(group: ReportedGroup, input: GroupHealthInput): Stuck | undefined {
  const { nowMs, stuckMs } = input
  const { reporter, state, inactiveSinceMs } = group
  if (group.isStale && reporter !== undefined) {
    const forMs = nowMs - reporter.downSinceMs
    return forMs >= stuckMs ? { group, what: 'stale', forMs } : undefined
  }
  if (state.name.includes('peering'))
    return group.steadyMs >= stuckMs
      ? { group, what: 'peering', forMs: nowMs - group.changedMs + group.steadyMs }
      : undefined
  if (state.isActive || inactiveSinceMs === undefined) return undefined
  const forMs = nowMs - inactiveSinceMs
  if (forMs < stuckMs) return undefined
  return { group, what: state.name.startsWith('down') ? 'down' : 'inactive', forMs }
}

/** Copies that are missing. A group is called undersized only when it is so for long. */
export function degradedCheck(input: GroupHealthInput): HealthCheck | undefined {
  const { groups, nowMs, stuckMs } = input
  const degraded = groups.filter(({ state }) => state.degradedCopies > 0)
  const undersized = groups.filter(
    ({ state, undersizedSinceMs }) =>
      state.isUndersized && undersizedSinceMs !== undefined && nowMs - undersizedSinceMs >= stuckMs,
  )
  if (degraded.length === 0 && undersized.length === 0) return undefined
  const missing = degraded.reduce((sum, { state }) => sum + state.degradedCopies, 0)
  const copies = input.copies()
  const percent = ((100 * missing) / Math.max(1, copies)).toFixed(3)
  const parts = [
    ...(degraded.length > 0
      ? [`${missing}/${copies} objects degraded (${percent}%)`, `${pgs(degraded.length)} degraded`]
      : []),
    ...(undersized.length > 0 ? [`${pgs(undersized.length)} undersized`] : []),
  ]
  return {
    code: 'PG_DEGRADED',
    severity: 'HEALTH_WARN',
    summary: `Degraded data redundancy: ${parts.join(', ')}`,
    count: degraded.length + undersized.length,
    get detail() {
      const listed = groups.filter((group) => degraded.includes(group) || undersized.includes(group))
      return shorten(
        listed.map((group) => {
          const name = input.nameOf(group)
          return undersized.includes(group)
            ? stuckLine(group, 'undersized', nowMs - (group.undersizedSinceMs ?? nowMs), name)
            : `pg ${group.id} is ${name}, acting [${group.state.acting.join(',')}]`
        }),
      )
    },
  }
}

/** When the next group will have been stuck long enough to be called so. */
export function nextStuckMs({
  groups,
  nowMs,
  stuckMs,
}: Pick<GroupHealthInput, 'groups' | 'nowMs' | 'stuckMs'>): number | undefined {
  let nextMs = Number.POSITIVE_INFINITY
  const consider = (sinceMs: number | undefined) => {
    if (sinceMs !== undefined && sinceMs + stuckMs > nowMs) nextMs = Math.min(nextMs, sinceMs + stuckMs)
  }
  for (const { inactiveSinceMs, undersizedSinceMs, reporter } of groups) {
    consider(inactiveSinceMs)
    consider(undersizedSinceMs)
    if (reporter?.up === false) consider(reporter.downSinceMs)
  }
  return nextMs === Number.POSITIVE_INFINITY ? undefined : nextMs
}

function stuckLine(group: ReportedGroup, what: string, forMs: number, name: string): string {
  const seconds = Math.floor(forMs / 1000)
  const time = seconds < 120 ? `${seconds}s` : `${Math.floor(seconds / 60)}m`
  return `pg ${group.id} is stuck ${what} for ${time}, current state ${name}, last acting [${group.state.acting.join(',')}]`
}

function shorten(lines: readonly string[]): readonly string[] {
  return lines.length <= mostDetail
    ? lines
    : [...lines.slice(0, mostDetail), `${lines.length - mostDetail} more pgs are not shown`]
}

function pgs(count: number): string {
  return `${count} ${count === 1 ? 'pg' : 'pgs'}`
}
