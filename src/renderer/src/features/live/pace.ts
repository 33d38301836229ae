/** How fast the run's time passes, measured: at maximum speed nobody knows it beforehand. */

export interface Pace {
  readonly wallMs: number
  readonly runMs: number
  /** Run time per real time, smoothed; absent until two moments are known. */
  readonly rate?: number
  /** The rate as of `heldSinceMs`: an estimate that is shown must not change with every frame. */
  readonly heldRate?: number
  readonly heldSinceMs?: number
}

/** Weight of the newest interval: about a second of frames decides. */
const newestWeight = 0.2
/** A shown estimate is renewed this often. */
const holdMs = 5000

export function nextPace(before: Pace | undefined, wallMs: number, runMs: number): Pace {
  if (before === undefined || runMs < before.runMs || wallMs <= before.wallMs) return { wallMs, runMs }
  const newest = (runMs - before.runMs) / (wallMs - before.wallMs)
  const rate = before.rate === undefined ? newest : before.rate * (1 - newestWeight) + newest * newestWeight
  const { heldRate, heldSinceMs } = before
  if (heldRate !== undefined && heldSinceMs !== undefined && wallMs - heldSinceMs < holdMs)
    return { wallMs, runMs, rate, heldRate, heldSinceMs }
  return { wallMs, runMs, rate, heldRate: rate, heldSinceMs: wallMs }
}
