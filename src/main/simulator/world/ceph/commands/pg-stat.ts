import type { CephReport } from '../ceph-report.ts'
import { bytesText, percentText } from './number-text.ts'
import { lostCopiesJson, rawUse, recoveryJson } from './status.ts'

/** What a manager says that has just become the active one: it knows no more than how many groups there are. */
function unheard({ groups }: CephReport) {
  return {
    pg_ready: false,
    pg_summary: {
      num_pg_by_state: groups.groups === 0 ? [] : [{ name: 'unknown', num: groups.groups }],
      num_pgs: groups.groups,
      num_bytes: 0,
      total_bytes: 0,
      total_avail_bytes: 0,
      total_used_bytes: 0,
      total_used_raw_bytes: 0,
    },
  }
}

/** The answer to `ceph pg stat -f json`. */
export function pgStatJson(report: CephReport) {
  const { groups } = report
  if (!groups.ready && groups.groups > 0) return unheard(report)
  const { usedBytes, totalBytes } = rawUse(report)
  const { client, recovery } = groups
  return {
    pg_ready: groups.ready,
    pg_summary: {
      num_pg_by_state: groups.states.map(({ name, count }) => ({ name, num: count })),
      num_pgs: groups.groups,
      num_bytes: groups.dataBytes,
      total_bytes: totalBytes,
      total_avail_bytes: totalBytes - usedBytes,
      total_used_bytes: usedBytes,
      total_used_raw_bytes: usedBytes,
      ...(client === undefined
        ? {}
        : {
            ...(client.readBytes > 0 ? { read_bytes_sec: client.readBytes } : {}),
            write_bytes_sec: client.writeBytes,
            io_sec: client.readOperations + client.writeOperations,
          }),
      ...lostCopiesJson(groups),
      ...(recovery === undefined ? {} : recoveryJson(recovery)),
    },
  }
}

/** The answer to `ceph pg stat`. No recording shows this line; its form is that of Ceph's documentation. */
export function pgStatText(report: CephReport): string {
  const { groups } = report
  const { usedBytes, totalBytes } = groups.ready ? rawUse(report) : { usedBytes: 0, totalBytes: 0 }
  const states = groups.states.map(({ name, count }) => `${count} ${name}`).join(', ')
  const space = `${bytesText(groups.dataBytes)} data, ${bytesText(usedBytes)} used, ${bytesText(totalBytes - usedBytes)} / ${bytesText(totalBytes)} avail`
  const parts = [`${groups.groups} pgs: ${states}`, space]
  if (groups.degradedCopies > 0)
    parts.push(
      `${groups.degradedCopies}/${groups.copies} objects degraded (${percentText(groups.degradedCopies, groups.copies)})`,
    )
  return `${parts.join('; ')}\n`
}
