/** One measured figure. */
export interface BenchRow {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What the project promises: `<= 2` or `>= 4000`; absent where nothing is promised. */
  readonly bound?: string
}
