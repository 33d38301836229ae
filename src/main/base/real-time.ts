/** The machine's own time, as an argument, so that pacing can be tested without waiting. */
export interface RealTime {
  /** Monotonic, milliseconds with fraction. */
  nowMs(): number
  /** Calls back once after about `delayMs`. Returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void
  /** Resolves after one turn of the event loop: every promise continuation that could run has run. */
  turn(): Promise<void>
}

/** Longest delay `setTimeout` keeps; a longer one would fire at once (it is a signed 32-bit integer). */
const longestTimerMs = 2_147_483_647

export const machineTime: RealTime = {
  nowMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(longestTimerMs, Math.max(0, Math.ceil(delayMs))))
    return () => clearTimeout(timer)
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}
