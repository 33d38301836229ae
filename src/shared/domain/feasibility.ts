/** What a laptop of a given size can hold of a trial, and what happens when one node is lost. */
export interface FeasibilityRow {
  readonly trial: string
  readonly laptopRamGiB: number
  readonly nodesRamMiB: number
  readonly guestsRamMiB: number
  /** Laptop memory minus the nodes' and the operating system's share; negative: does not fit. */
  readonly laptopSpareMiB: number
  /** Memory of the remaining nodes minus guests and the nodes' own needs after losing one node. */
  readonly spareAfterNodeLossMiB: number
  readonly verdict: 'fits' | 'tight' | 'does-not-fit'
}
