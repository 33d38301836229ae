import type { CephReport } from '../ceph-report.ts'
import { unixSeconds } from './cluster-time.ts'
import { ageText } from './number-text.ts'

/** The answer to `ceph osd stat -f json`. */
export function osdStatJson({ osds, osdMap, groups }: CephReport) {
  return {
    epoch: osdMap.epoch,
    num_osds: osds.length,
    num_up_osds: osds.filter(({ up }) => up).length,
    osd_up_since: unixSeconds(osdMap.upSinceMs),
    num_in_osds: osds.filter(({ reweight }) => reweight > 0).length,
    osd_in_since: unixSeconds(osdMap.inSinceMs),
    num_remapped_pgs: groups.remapped,
  }
}

/** The answer to `ceph osd stat`. No recording shows this line; its form is that of Ceph's documentation. */
export function osdStatText(report: CephReport): string {
  const { nowMs, osdMap } = report
  const stat = osdStatJson(report)
  const age = (sinceMs: number) => ageText((nowMs - sinceMs) / 1000)
  const remapped = stat.num_remapped_pgs === 0 ? '' : `; ${stat.num_remapped_pgs} remapped pgs`
  return `${stat.num_osds} osds: ${stat.num_up_osds} up (since ${age(osdMap.upSinceMs)}), ${stat.num_in_osds} in (since ${age(osdMap.inSinceMs)}); epoch: e${stat.epoch}${remapped}\n`
}
