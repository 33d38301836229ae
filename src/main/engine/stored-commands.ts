import type { JournalEntry } from '../../shared/domain/journal.ts'

/** What a user may ask of a run. `skip` names its fault once that is known. */
export type UserCommand =
  | { readonly kind: 'pause' | 'proceed' | 'cancel' }
  | { readonly kind: 'skip'; readonly fault?: string }

/** A command of an earlier session, to be repeated where it took effect. */
export interface StoredCommand {
  readonly atMs: number
  readonly command: UserCommand
  /** For a pause: what was asked while it lasted, in order. */
  readonly whilePaused: UserCommand[]
}

/** The user's part of a journal; the rest of a repeated run follows from its seed. */
export function storedCommandsOf(history: readonly JournalEntry[]): readonly StoredCommand[] {
  const stored: StoredCommand[] = []
  let pause: StoredCommand | undefined
  for (const { atMs, event } of history) {
    const command = commandOf(event)
    if (command === undefined) continue
    if (pause === undefined) stored.push({ atMs, command, whilePaused: [] })
    else pause.whilePaused.push(command)
    if (command.kind === 'pause') pause = stored.at(-1)
    else if (command.kind !== 'skip') pause = undefined
  }
  return stored
}

function commandOf(event: JournalEntry['event']): UserCommand | undefined {
  switch (event.type) {
    case 'schedule-paused':
      return { kind: 'pause' }
    case 'schedule-continued':
      return { kind: 'proceed' }
    case 'cancel-requested':
      return { kind: 'cancel' }
    case 'fault-skipped':
      return event.reason === 'user' ? { kind: 'skip', fault: event.fault } : undefined
    default:
      return undefined
  }
}
