import type { CephReport } from '../ceph-report.ts'
import { mutedCodes, mutesText } from './health.ts'
import { ageText, bytesText, countText, percentText } from './number-text.ts'
import { progressLines, rawUse, recoveryEvent } from './status.ts'

/** The answer to `ceph status`. */
export function statusText(report: CephReport): string {
  const sections = [
    section('cluster', [
      `id:     ${report.fsid}`,
      `health: ${report.health.status}`,
      ...healthLines(report).map((line) => `        ${line}`),
    ]),
    section('services', serviceLines(report)),
    section('data', dataLines(report)),
  ]
  const io = ioLines(report)
  if (io.length > 0) sections.push(section('io', io))
  const { progress } = report.groups
  if (progress !== undefined) {
    const [title, bar] = progressLines(progress, recoveryEvent)
    sections.push(section('progress', [title, `  ${bar}`]))
  }
  return sections.join('')
}

function section(name: string, lines: readonly string[]): string {
  return `  ${name}:\n${lines.map((line) => `    ${line}\n`).join('')} \n`
}

function healthLines({ health, nowMs }: CephReport): string[] {
  const muted = mutedCodes(health)
  const mutes = mutesText(health.mutes, nowMs)
  return [
    ...health.checks.filter(({ code }) => !muted.has(code)).map(({ summary }) => summary),
    ...(mutes === undefined ? [] : [mutes]),
  ]
}

function serviceLines(report: CephReport): string[] {
  const { osdMap } = report
  return [
    monitorLine(report),
    managerLine(report),
    osdLine(report),
    ...(osdMap.flags.length === 0 ? [] : [`     flags ${osdMap.flags.join(',')}`]),
  ]
}

function monitorLine({ monitors, nowMs }: CephReport): string {
  const missing = monitors.names.filter((name) => !monitors.quorum.includes(name))
  const age = ageText((nowMs - monitors.quorumSinceMs) / 1000)
  const away = missing.length === 0 ? '' : `, out of quorum: ${missing.join(', ')}`
  return `mon: ${monitors.names.length} daemons, quorum ${monitors.quorum.join(',')} (age ${age})${away}`
}

function managerLine({ managers, nowMs }: CephReport): string {
  const since = `since ${ageText((nowMs - managers.sinceMs) / 1000)}`
  const standbys = managers.standbys.length === 0 ? '' : `, standbys: ${managers.standbys.join(', ')}`
  if (managers.active === undefined)
    return managers.epoch === 1 ? 'mgr: no daemons active' : `mgr: no daemons active (${since})`
  return `mgr: ${managers.active}(active, ${managers.available ? since : 'starting'})${standbys}`
}

function osdLine({ osds, osdMap, groups, nowMs }: CephReport): string {
  if (osds.length === 0) return 'osd: 0 osds: 0 up, 0 in'
  const since = (atMs: number) => `(since ${ageText((nowMs - atMs) / 1000)})`
  const up = osds.filter((osd) => osd.up).length
  const isIn = osds.filter((osd) => osd.reweight > 0).length
  const remapped = groups.remapped === 0 ? '' : `; ${groups.remapped} remapped pgs`
  return `osd: ${osds.length} osds: ${up} up ${since(osdMap.upSinceMs)}, ${isIn} in ${since(osdMap.inSinceMs)}${remapped}`
}

function dataLines(report: CephReport): string[] {
  const { groups, pools } = report
  const { usedBytes, totalBytes } = rawUse(report)
  const states = groupLines(report)
  return [
    `pools:   ${pools.length} pools, ${groups.groups} pgs`,
    `objects: ${countText(groups.objects)} objects, ${bytesText(groups.dataBytes)}`,
    `usage:   ${bytesText(usedBytes)} used, ${bytesText(totalBytes - usedBytes)} / ${bytesText(totalBytes)} avail`,
    ...states.map((line, index) => (index === 0 ? `pgs:     ${line}` : `         ${line}`)),
  ]
}

/** Shares of what does not work, then the states with their counts. */
function groupLines({ groups }: CephReport): string[] {
  const lines: string[] = []
  if (groups.unknown > 0) lines.push(`${percentText(groups.unknown, groups.groups)} pgs unknown`)
  if (groups.inactive > 0) lines.push(`${percentText(groups.inactive, groups.groups)} pgs not active`)
  for (const [copies, what] of [
    [groups.degradedCopies, 'degraded'],
    [groups.misplacedCopies, 'misplaced'],
  ] as const)
    if (copies > 0)
      lines.push(`${copies}/${groups.copies} objects ${what} (${percentText(copies, groups.copies)})`)
  const width = Math.max(0, ...groups.states.map(({ count }) => String(count).length))
  for (const { name, count } of groups.states) lines.push(`${String(count).padEnd(width)} ${name}`)
  return lines.length === 0 ? [''] : lines
}

/** Rates of clients and of recovery, a line each where there are any. */
export function ioLines({ groups: { client, recovery } }: CephReport): string[] {
  const lines: string[] = []
  if (client !== undefined) {
    const rates = [
      ...(client.readBytes > 0 ? [`${bytesText(client.readBytes)}/s rd`] : []),
      ...(client.writeBytes > 0 ? [`${bytesText(client.writeBytes)}/s wr`] : []),
      `${countText(client.readOperations)} op/s rd`,
      `${countText(client.writeOperations)} op/s wr`,
    ]
    lines.push(`client:   ${rates.join(', ')}`)
  }
  if (recovery !== undefined)
    lines.push(
      `recovery: ${bytesText(recovery.bytesPerSecond)}/s, ${Math.round(recovery.objectsPerSecond)} objects/s`,
    )
  return lines
}
