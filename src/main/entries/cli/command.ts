/** What every command gets and returns. */
import type { ExitCode } from '../../../shared/problems/codes.ts'
import type { CliOutput } from './output.ts'

export interface CliContext {
  readonly output: CliOutput
  /** Aborted by Ctrl+C; a second Ctrl+C ends the process at once. */
  readonly signal: AbortSignal
  /** Folder the user is in; relative paths count from here. */
  readonly workingFolder: string
}

export type Command<Arguments> = (args: Arguments, context: CliContext) => Promise<ExitCode>
