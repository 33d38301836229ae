/** One subcommand of a Proxmox program: a call of the API on this node, and how its answer is printed. */
import type { ProgramCall } from '../program.ts'

export interface Subcommand {
  /** What follows the words in the line of usage. */
  readonly usage: string
  /** Parameters given by their position, in order. */
  readonly positional?: readonly string[]
  /** A parameter that all words without a dash make together. */
  readonly list?: string
  readonly method: string
  /** `{node}` stands for this node, other names for parameters of that name. */
  readonly path: string
  /** Another name of a subcommand, which the help does not show. */
  readonly isAlias?: true
  readonly fixed?: Readonly<Record<string, string>>
  /** Options of the program alone, which are not sent. */
  readonly own?: Readonly<Record<string, 'flag' | 'value'>>
  /** Exit code of a refused call: what errno happened to be, which only recordings know; 255 if not given. */
  refusalCode?(message: string): number
  /** Nothing is printed where this is missing. */
  print?(data: unknown, invocation: Invocation): string | Promise<string>
}

export interface Invocation {
  readonly call: ProgramCall
  readonly parameters: Readonly<Record<string, string>>
  readonly own: Readonly<Record<string, string>>
}
