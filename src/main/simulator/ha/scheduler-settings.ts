/** The `crs` options of the datacenter configuration with their defaults filled in. */
import type { DatacenterOptions } from './cluster-data.ts'

export interface SchedulerSettings {
  /** As written, so that an unknown word can be reported; `basic` when absent. */
  readonly mode: string
  readonly rebalanceOnStart: boolean
  readonly autoRebalance: boolean
  readonly threshold: number
  readonly method: 'bruteforce' | 'topsis'
  readonly holdRounds: number
  readonly margin: number
}

export function schedulerSettingsOf(options: DatacenterOptions): SchedulerSettings {
  const crs = options.crs ?? {}
  return {
    mode: crs.ha ?? 'basic',
    rebalanceOnStart: crs.rebalanceOnStart ?? false,
    autoRebalance: crs.autoRebalance ?? false,
    threshold: crs.autoRebalanceThreshold ?? 0.3,
    method: crs.autoRebalanceMethod === 'topsis' ? 'topsis' : 'bruteforce',
    holdRounds: crs.autoRebalanceHoldDuration ?? 3,
    margin: crs.autoRebalanceMargin ?? 0.1,
  }
}
