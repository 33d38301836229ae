/** Chance as an argument: the same seed gives the same sequence on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  fraction(): number
  /** Uniform integer in [0, maxExclusive). */
  int(maxExclusive: number): number
  /** Uniform in [min, max). */
  between(min: number, max: number): number
  /** A source of its own for a part of the program, so that one part's use does not shift another's. */
  fork(label: string): Random
}
