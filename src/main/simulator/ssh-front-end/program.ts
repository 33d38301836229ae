/** What a program of a node is: a name in the table, and what it does with its words. */
import type { PveFrontEnd } from '../pve-front-end/front-end.ts'
import type { ServedLab } from '../pve-front-end/served-lab.ts'
import type { NodeFiles } from './files.ts'

export interface ProgramCall {
  readonly frontEnd: PveFrontEnd
  readonly lab: ServedLab
  readonly files: NodeFiles
  /** The node it runs on. */
  readonly node: string
  /** Its words, without its name. */
  readonly argv: readonly string[]
  readonly environment: ReadonlyMap<string, string>
  /** Everything that comes in until its end. */
  stdin(): Promise<string>
  stdout(text: string): void
  stderr(text: string): void
  /** Aborted when whoever started it has gone. */
  readonly signal: AbortSignal
  /** Runs another command line, on this node or another; `signal` ends it earlier than whoever started this. */
  shell(text: string, changes?: { readonly node?: string; readonly signal?: AbortSignal }): Promise<number>
  /** Whether there is a program of that name. */
  knows(name: string): boolean
}

/** Gives the exit code. */
export type Program = (call: ProgramCall) => number | Promise<number>

/** By name, without a path. */
export type Programs = Readonly<Record<string, Program>>
