/** What a command line is made of. */

/** A piece of a word. Unquoted values fall apart at white space, quoted ones stay whole. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'command'; readonly script: Script; readonly quoted: boolean }

export type Word = readonly Part[]

export type Redirection =
  | { readonly kind: 'in'; readonly file: Word }
  | {
      readonly kind: 'out'
      readonly from: readonly (1 | 2)[]
      readonly file: Word
      readonly isAppending: boolean
    }
  | { readonly kind: 'join'; readonly from: 1 | 2; readonly to: 1 | 2 }

export interface SimpleCommand {
  readonly kind: 'simple'
  readonly assignments: readonly { readonly name: string; readonly value: Word }[]
  readonly words: readonly Word[]
  readonly redirections: readonly Redirection[]
}

export type Command =
  | SimpleCommand
  | {
      readonly kind: 'for'
      readonly variable: string
      readonly words: readonly Word[]
      readonly body: Script
    }
  /** `isWanted`: what the condition must be for another round. */
  | { readonly kind: 'while'; readonly isWanted: boolean; readonly condition: Script; readonly body: Script }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: Script }

export interface Branch {
  readonly condition: Script
  readonly body: Script
}

export interface Step {
  /** When it is run, by how the one before ended. */
  readonly when: 'always' | 'after success' | 'after failure'
  readonly pipeline: readonly Command[]
}

export type Script = readonly Step[]

/** `token`: the one that does not fit there. */
export class ScriptSyntaxError extends Error {
  readonly token: string

  constructor(token: string) {
    super(`syntax error near unexpected token \`${token}'`)
    this.token = token
  }
}
