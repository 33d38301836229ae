import assert from 'node:assert'
import { foldJournal, type JournalEntry, type RunEvent, type RunState } from '../../shared/domain/journal.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Logger } from '../contracts/logger.ts'
import type { RunWriter, WriteUrgency } from '../contracts/run-store.ts'

/** What the engine needs of a run file; opening and closing it is its owner's business. */
export type RunRecord = Pick<RunWriter, 'append' | 'declareSeries' | 'record' | 'flush'>

export interface RunJournalOptions {
  readonly record: RunRecord
  readonly clock: Clock
  readonly log: Logger
  /** State before the first entry that will be appended. */
  readonly state: RunState
  /** Called once, when an entry could not be written: nothing may go on as if it had been. */
  readonly onBroken: (error: unknown) => void
}

/** The journal as the engine writes it, and the state that follows from it. */
export class RunJournal {
  readonly #options: RunJournalOptions
  readonly #listeners = new Set<(entry: JournalEntry) => void>()
  #state: RunState
  #breakage: { readonly error: unknown } | undefined

  constructor(options: RunJournalOptions) {
    this.#options = options
    this.#state = options.state
  }

  /** What follows from everything appended and noted so far, on disk or still on its way there. */
  get state(): RunState {
    return this.#state
  }

  /** Why nothing more can be written; undefined while all is well. */
  get breakage(): { readonly error: unknown } | undefined {
    return this.#breakage
  }

  /** Calls back with each entry once it is on disk, until the returned function is called. */
  onEntry(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Resolves when the event, and all before it, is on disk; no run time passes until then. For what announces an
   * act: a fault, its healing, a command of the user.
   */
  async append(event: RunEvent): Promise<void> {
    await this.#options.clock.hold(`journal: ${event.type}`, this.#write(event, 'now'))
  }

  /**
   * Writes in the order of the calls, without waiting for the disk. For what tells of something that has happened:
   * lost in a crash, it is found out again when the run is resumed.
   */
  note(event: RunEvent): void {
    this.#write(event, 'soon').catch(() => {
      // Kept as the breakage, which ends the run.
    })
  }

  async #write(event: RunEvent, urgency: WriteUrgency): Promise<void> {
    if (this.#breakage) throw this.#breakage.error
    const { record, clock } = this.#options
    const seq = this.#state.lastSeq + 1
    const atMs = clock.nowMs()
    this.#state = foldJournal(this.#state, { seq, atMs, event })
    try {
      const entry = await record.append(atMs, event, urgency)
      assert(entry.seq === seq, `journal entry ${entry.seq} instead of ${seq}`)
      this.#tell(entry)
    } catch (error) {
      if (this.#breakage === undefined) {
        this.#breakage = { error }
        this.#options.onBroken(error)
      }
      throw error
    }
  }

  #tell(entry: JournalEntry): void {
    for (const listener of this.#listeners) {
      try {
        listener(entry)
      } catch (error) {
        // Who only watches must not end a run.
        this.#options.log.error('run.listener-failed', { seq: entry.seq, error: String(error) })
      }
    }
  }
}
