/** Monotonic time of the process, the same on all of its threads (each thread's clock counts from its own start). */
export function processTimeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
