/** What Ceph's daemons of one node need, and which of them the kernel kills when they may not have it. */
import type { WorldParameters } from '../parameters.ts'

export interface DaemonMemory {
  /** The node's manager runs. */
  readonly hasManager: boolean
  /** OSDs of the node that run. */
  readonly osds: number
  readonly activity: 'idle' | 'load' | 'recovery'
}

type Sizes = Pick<
  WorldParameters,
  'monMemory' | 'mgrMemory' | 'osdIdleMemory' | 'osdLoadMemory' | 'osdRecoveryMemory'
>

/**
 * Whom the kernel kills under a limit, if anybody. Beside a manager OSDs make do with less, at the cost of their
 * caches; they grow until the limit is reached, and the largest process of that moment goes.
 */
export function killedForMemory(
  daemons: DaemonMemory,
  limitMiB: number,
  sizes: Sizes,
): 'manager' | 'osd' | undefined {
  const { hasManager, osds, activity } = daemons
  if (osds === 0) return undefined
  const perOsd = osdMemory(activity, sizes)
  if (!hasManager) return sizes.monMemory + osds * perOsd > limitMiB ? 'osd' : undefined
  const others = sizes.monMemory + sizes.mgrMemory
  if (others + osds * Math.min(perOsd, sizes.osdLoadMemory) <= limitMiB) return undefined
  return sizes.mgrMemory > (limitMiB - others) / osds ? 'manager' : 'osd'
}

function osdMemory(activity: DaemonMemory['activity'], sizes: Sizes): number {
  if (activity === 'recovery') return sizes.osdRecoveryMemory
  return activity === 'load' ? sizes.osdLoadMemory : sizes.osdIdleMemory
}
