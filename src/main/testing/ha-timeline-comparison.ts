/** Where a course of the model differs from a recorded timeline. */
import type { HaTimeline, PhaseMark } from './recorded-ha-timeline.ts'

/** One HA round: how faults meet the rounds is chance, in recordings too. */
const roundSeconds = 10
/** Phases closer than that have no order: daemons of several nodes take part. */
const sameMomentSeconds = 2

export interface ComparedPhase extends PhaseMark {
  /** Undefined where the model did not come to it. */
  readonly ownSeconds: number | undefined
}

export interface Comparison {
  readonly phases: readonly ComparedPhase[]
  readonly differences: readonly string[]
}

/** What is known of a recording that makes parts of it no measure. */
export interface Contamination {
  readonly timeline: string
  readonly reason: string
  readonly pattern: RegExp
  readonly fromSeconds: number
}

export function compare(
  { marks, endSeconds, name }: HaTimeline,
  run: readonly PhaseMark[],
  contaminations: readonly Contamination[],
): Comparison {
  const counts = (mark: PhaseMark) =>
    !contaminations.some(
      ({ timeline, pattern, fromSeconds }) =>
        name.startsWith(timeline) &&
        mark.seconds >= fromSeconds - roundSeconds &&
        pattern.test(`${mark.node} ${mark.text}`),
    )
  const recorded = numbered(marks.filter(counts))
  const own = numbered(run.filter(counts))
  const ownSeconds = new Map(own.map(({ key, seconds }) => [key, seconds]))
  const phases = recorded.map((mark) => ({ ...mark, ownSeconds: ownSeconds.get(mark.key) }))
  const known = new Set(recorded.map(({ key }) => key))
  const unexpected = own.filter(
    // The recorder may have missed a process, and what comes at the end may have come later there.
    ({ key, text, seconds }) =>
      !known.has(key) && !/^process /.test(text) && seconds < endSeconds - roundSeconds,
  )
  return {
    phases,
    differences: [
      ...phases.flatMap(({ node, text, seconds, ownSeconds: found }) => {
        if (found === undefined) return [`missing at ${seconds}: ${node} ${text}`]
        const isNear = Math.abs(found - seconds) <= roundSeconds
        return isNear ? [] : [`${seconds} recorded, ${found.toFixed(1)} here: ${node} ${text}`]
      }),
      ...unexpected.map(({ node, text, seconds }) => `unexpected at ${seconds.toFixed(1)}: ${node} ${text}`),
      ...disorder(phases),
    ],
  }
}

/** The second time a node says the same is another phase. */
function numbered(marks: readonly PhaseMark[]): readonly (PhaseMark & { readonly key: string })[] {
  const times = new Map<string, number>()
  return [...marks]
    .sort((a, b) => a.seconds - b.seconds)
    .map((mark) => {
      const line = `${mark.node} ${mark.text}`
      const time = (times.get(line) ?? 0) + 1
      times.set(line, time)
      return { ...mark, key: `${line} ${time}` }
    })
}

function disorder(phases: readonly ComparedPhase[]): string[] {
  const found: string[] = []
  for (const [index, later] of phases.entries()) {
    for (const earlier of phases.slice(0, index)) {
      if (later.seconds - earlier.seconds <= sameMomentSeconds) continue
      if (later.ownSeconds === undefined || earlier.ownSeconds === undefined) continue
      if (later.ownSeconds < earlier.ownSeconds)
        found.push(`other order: ${later.node} ${later.text} before ${earlier.node} ${earlier.text}`)
    }
  }
  return found
}

export function tableOf({ title }: HaTimeline, { phases }: Comparison, seed: number): string {
  const cell = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(1)).padStart(8)
  const lines = phases.map(
    (phase) => `${cell(phase.seconds)}${cell(phase.ownSeconds)}  ${phase.node} ${phase.text}`,
  )
  return [title, `recorded   seed ${seed}`, ...lines].join('\n')
}
