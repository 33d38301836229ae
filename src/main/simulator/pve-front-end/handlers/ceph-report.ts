import type { CephReport } from '../../world/ceph/ceph-report.ts'
import { refuse } from '../api-error.ts'
import { requireConfiguration } from '../ceph-setup.ts'
import type { Call } from '../handler.ts'

/** Throws what a real node says without Ceph, or without a monitor that answers. */
export function reportOf({ lab, node }: Call): CephReport {
  requireConfiguration(lab, node)
  return lab.world.ceph.report(node) ?? refuse('got timeout')
}
