/** How full disks and pools are. */
import type { WorldParameters } from '../parameters.ts'
import type { OsdUsage, PoolReport } from './ceph-report.ts'
import type { PoolSettings, Thresholds } from './cluster-settings.ts'
import type { Fullness, Osd } from './osd.ts'
import type { PlacedData } from './placed-data.ts'

const kibibytesPerGiB = 1024 * 1024

export function usageOf(osd: Osd, data: PlacedData, parameters: WorldParameters): OsdUsage {
  const totalKiB = osd.diskGiB * kibibytesPerGiB
  const metaKiB = Math.round(parameters.osdMetadata * 1024)
  return { totalKiB, metaKiB, dataKiB: Math.min(totalKiB - metaKiB, data.dataKiBOn(osd.id)) }
}

export function fullnessOf({ totalKiB, dataKiB, metaKiB }: OsdUsage, limits: Thresholds): Fullness {
  const share = (dataKiB + metaKiB) / totalKiB
  if (share >= limits.fullRatio) return 'full'
  if (share >= limits.backfillfullRatio) return 'backfillfull'
  return share >= limits.nearfullRatio ? 'nearfull' : 'roomy'
}

const byFullness: readonly Fullness[] = ['full', 'backfillfull', 'nearfull']

/** How full the fullest disk that is in is known to be. */
export function fullest(osds: readonly Osd[]): Fullness {
  return byFullness.find((fullness) => osds.some((osd) => osd.in && osd.fullness === fullness)) ?? 'roomy'
}

/** What a pool could still take, limited by the fullest of its OSDs that are in. */
export function maxAvailableBytes(
  pool: PoolSettings,
  osds: readonly Osd[],
  usage: (osd: Osd) => OsdUsage,
  limits: Thresholds,
): number {
  const placeable = osds.filter((osd) => osd.in)
  const total = placeable.reduce((sum, { diskGiB }) => sum + diskGiB, 0)
  if (total === 0) return 0
  const raw = placeable.map((osd) => {
    const { totalKiB, dataKiB, metaKiB } = usage(osd)
    // The same share of new data goes to this disk as it has of all disks.
    return ((totalKiB * limits.fullRatio - dataKiB - metaKiB) * total) / osd.diskGiB
  })
  return Math.max(0, Math.floor((Math.min(...raw) * 1024) / pool.size))
}

export function poolReport(
  pool: PoolSettings,
  data: PlacedData,
  osds: readonly Osd[],
  usage: (osd: Osd) => OsdUsage,
  limits: Thresholds,
): PoolReport {
  const objects = data.groups.reduce(
    (sum, group) => (group.poolId === pool.id ? sum + group.objects : sum),
    0,
  )
  return {
    id: pool.id,
    name: pool.name,
    size: pool.size,
    minSize: pool.minSize,
    pgNum: pool.pgNum,
    application: pool.application,
    autoscale: pool.autoscale,
    quotaBytes: pool.quotaBytes,
    fullness: fullest(osds),
    createdMs: pool.createdMs,
    lastChangeEpoch: pool.createdEpoch,
    objects,
    storedBytes: Math.round(objects * data.objectBytes),
    usedBytes: Math.round(data.copiesOf(pool.id) * data.objectBytes),
    maxAvailableBytes: maxAvailableBytes(pool, osds, usage, limits),
  }
}
