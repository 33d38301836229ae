/** Turning points of a fail-over in the log of the HA daemons. The texts are those Proxmox VE 8 prints. */
import type { JournalEntry } from '../../../shared/domain/journal.ts'

export const landmarkKinds = [
  'node-unknown',
  'fence',
  'lock-acknowledged',
  'recover',
  'start',
  'started',
  'master',
  'node-online',
] as const

export type LandmarkKind = (typeof landmarkKinds)[number]

export interface Landmark {
  readonly kind: LandmarkKind
  /** Milliseconds after `originMs`. */
  readonly atMs: number
  /** Node or guest the line speaks of. */
  readonly subject: string
  readonly message: string
}

const patterns: readonly (readonly [LandmarkKind, RegExp])[] = [
  // A fenced node becomes `unknown` once more after the recovery; only the first time is a turning point.
  ['node-unknown', /^node '([^']+)': state changed from 'online' => 'unknown'/],
  ['fence', /^node '([^']+)': state changed from '[^']+' => 'fence'/],
  ['node-online', /^node '([^']+)': state changed from '[^']+' => 'online'/],
  ['lock-acknowledged', /^fencing: acknowledged - got agent lock for node '([^']+)'/],
  ['recover', /^recover service '([^']+)'/],
  ['start', /^starting service (\S+)/],
  ['started', /^service status (\S+) started/],
]
const masterPattern = /^status change \S+ => master$/

export function landmarkOf(entry: JournalEntry, originMs: number): Landmark | undefined {
  const { event } = entry
  if (event.type !== 'lab-log') return undefined
  const atMs = entry.atMs - originMs
  if (masterPattern.test(event.message))
    return { kind: 'master', atMs, subject: event.node, message: event.message }
  for (const [kind, pattern] of patterns) {
    const subject = pattern.exec(event.message)?.[1]
    if (subject !== undefined) return { kind, atMs, subject, message: event.message }
  }
  return undefined
}

export function landmarksOf(entries: readonly JournalEntry[], originMs: number): readonly Landmark[] {
  return entries.flatMap((entry) => landmarkOf(entry, originMs) ?? [])
}
