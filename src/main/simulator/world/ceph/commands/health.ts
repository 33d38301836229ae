import type { CephReport, HealthCheck, HealthMute } from '../ceph-report.ts'
import { stampOffset } from './cluster-time.ts'
import { ageText } from './number-text.ts'

type Health = CephReport['health']

function checksJson(health: Health, withDetail: boolean) {
  const muted = mutedCodes(health)
  return Object.fromEntries(
    health.checks.map((check) => [
      check.code,
      {
        severity: check.severity,
        summary: { message: check.summary, count: check.count },
        ...(withDetail ? { detail: check.detail.map((message) => ({ message })) } : {}),
        muted: muted.has(check.code),
      },
    ]),
  )
}

/** The `health` of a status, and the answer to `ceph health detail` with details. */
export function healthJson(health: Health, withDetail: boolean) {
  return {
    status: health.status,
    checks: checksJson(health, withDetail),
    mutes: health.mutes.map((mute) => ({
      code: mute.code,
      ...(mute.untilMs === undefined ? {} : { ttl: stampOffset(mute.untilMs) }),
      sticky: mute.sticky,
      summary: mute.summary,
      count: mute.count,
    })),
  }
}

/** `HEALTH_WARN 1 osds down; ...`, and a paragraph for each check when details are wanted. */
export function healthText(health: Health, nowMs: number, withDetail: boolean): string {
  const muted = mutedCodes(health)
  const summaries = health.checks.filter(({ code }) => !muted.has(code)).map(({ summary }) => summary)
  const mutes = mutesText(health.mutes, nowMs)
  if (mutes !== undefined) summaries.push(mutes)
  const head = [health.status, ...(summaries.length === 0 ? [] : [summaries.join('; ')])].join(' ')
  const lines = [head]
  if (withDetail)
    for (const check of health.checks) {
      const mute = health.mutes.find(({ code }) => code === check.code)
      lines.push(`${muteMark(mute, nowMs)}[${levelOf(check)}] ${check.code}: ${check.summary}`)
      for (const message of check.detail) lines.push(`    ${message}`)
    }
  return `${lines.join('\n')}\n`
}

/** `(muted: OSDMAP_FLAGS(9m) TOO_FEW_OSDS(4m))` */
export function mutesText(mutes: readonly HealthMute[], nowMs: number): string | undefined {
  if (mutes.length === 0) return undefined
  const texts = mutes.map(({ code, untilMs }) =>
    untilMs === undefined ? code : `${code}(${ageText((untilMs - nowMs) / 1000)})`,
  )
  return `(muted: ${texts.join(' ')})`
}

export function mutedCodes(health: Health): ReadonlySet<string> {
  return new Set(health.mutes.map(({ code }) => code))
}

function muteMark(mute: HealthMute | undefined, nowMs: number): string {
  if (mute === undefined) return ''
  return mute.untilMs === undefined ? '(MUTED) ' : `(MUTED ttl ${ageText((mute.untilMs - nowMs) / 1000)}) `
}

function levelOf({ severity }: HealthCheck): 'WRN' | 'ERR' {
  return severity === 'HEALTH_ERR' ? 'ERR' : 'WRN'
}
