import type { CephReport } from '../ceph-report.ts'
import { column, textTable } from './text-table.ts'

/** The answer to `ceph pg dump pgs_brief -f json`. */
export function pgsBriefJson({ groups }: CephReport) {
  return {
    pg_ready: groups.ready,
    pg_stats: groups.placements().map(({ id, state, up, acting }) => ({
      pgid: id,
      state,
      up,
      acting,
      up_primary: up[0] ?? -1,
      acting_primary: acting[0] ?? -1,
    })),
  }
}

/** The answer to `ceph pg dump pgs_brief`. No recording shows this table; its form is that of Ceph's documentation. */
export function pgsBriefText(report: CephReport): string {
  const rows = pgsBriefJson(report).pg_stats.map((group) => [
    group.pgid,
    group.state,
    `[${group.up.join(',')}]`,
    String(group.up_primary),
    `[${group.acting.join(',')}]`,
    String(group.acting_primary),
  ])
  const columns = [
    column('PG_STAT', 'left'),
    column('STATE', 'left'),
    column('UP', 'left'),
    column('UP_PRIMARY'),
    column('ACTING', 'left'),
    column('ACTING_PRIMARY'),
  ]
  return `${textTable(columns, rows).join('\n')}\n`
}
