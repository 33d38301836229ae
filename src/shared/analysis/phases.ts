/**
 * The way from a fault back to service, read from the HA manager's log lines and the probes. Lines are matched
 * by the words pve-ha-manager writes; a line that never came is left out, so the list says what was seen.
 */
import type { JournalEntry } from '../domain/journal.ts'
import type { PhaseMark } from '../domain/results.ts'
import type { Episode } from './outages.ts'

export interface PhaseQuestion {
  readonly injectedAtMs: number
  readonly node: string
  readonly guest: string
  /** Whether the guest ran on the node; what HA does about the node is no way back for one that did not. */
  readonly hit: boolean
  /** Log lines between this fault and the next. */
  readonly log: readonly LogMoment[]
  /** The longest outage after the fault as seen by ping, and by the probe nearest to the user. */
  readonly icmp: Episode | undefined
  readonly service: Episode | undefined
}

export interface LogMoment {
  readonly atMs: number
  readonly node: string
  readonly message: string
}

export interface Phases {
  /** In the order of their moments. */
  readonly marks: readonly PhaseMark[]
  readonly recoveredOn: string | undefined
}

type Phase = PhaseMark['phase']

/** Order in which the phases follow from each other. */
export const phaseOrder: readonly Phase[] = [
  'first-lost',
  'membership',
  'node-unknown',
  'fence',
  'lock-acknowledged',
  'recover',
  'start',
  'started',
  'icmp-answers',
  'service-answers',
]

export function logMomentsOf(entries: readonly JournalEntry[]): readonly LogMoment[] {
  return entries.flatMap(({ atMs, event }) =>
    event.type === 'lab-log' ? [{ atMs, node: event.node, message: event.message }] : [],
  )
}

export function phasesOf(question: PhaseQuestion): Phases {
  const { injectedAtMs, node, guest, hit, icmp, service } = question
  const log = hit ? question.log : []
  const firstLine = (...parts: readonly string[]) =>
    log.find(({ message }) => parts.every((part) => message.includes(part)))
  const recover = firstLine(`recover service '${guest}' `)
  // A guest that starts again on a node that only returned was not recovered by HA, but its start counts as well.
  const started = firstLine(`service status ${guest} started`)
  const down = earliest(icmp?.firstBadMs, service?.firstBadMs)
  const moments: Readonly<Record<Phase, number | null | undefined>> = {
    'first-lost': down,
    membership: log.find(({ message }) => /new membership .*formed|Sync members\[/.test(message))?.atMs,
    'node-unknown': firstLine(`node '${node}': state changed from 'online' => 'unknown'`)?.atMs,
    fence: firstLine(`service '${guest}': state changed from `, ` to 'fence'`)?.atMs,
    'lock-acknowledged': firstLine(`acknowledged - got agent lock for node '${node}'`)?.atMs,
    recover: recover?.atMs,
    start: log.find(({ message }) => message === `starting service ${guest}`)?.atMs,
    started: started?.atMs,
    'icmp-answers': icmp?.firstGoodMs,
    'service-answers': service?.firstGoodMs,
  }
  const marks = phaseOrder.flatMap((phase) => {
    const atMs = moments[phase]
    return atMs === null || atMs === undefined ? [] : [{ phase, seconds: (atMs - injectedAtMs) / 1000 }]
  })
  return { marks, recoveredOn: recoveredNodeOf(recover) ?? started?.node }
}

/**
 * What the phases do not explain, in seconds: time to recovery minus the sum of the steps between marks. It is
 * zero when the marks follow each other in order, and negative where one moment is stamped before its cause.
 */
export function residualSecondsOf(marks: readonly PhaseMark[], recoverySeconds: number): number {
  let last = 0
  let sum = 0
  for (const { seconds } of marks) {
    sum += Math.max(0, seconds - last)
    last = seconds
  }
  return recoverySeconds - sum
}

/** `recover service 'vm:101' from fenced node 'a' to node 'b'`, or `... to previous failed and fenced node 'a' again`. */
function recoveredNodeOf(line: LogMoment | undefined): string | undefined {
  return line && / to (?:previous failed and fenced )?node '([^']+)'/.exec(line.message)?.[1]
}

function earliest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
