/** Monotonic time of the process, the same on all of its threads (each thread's clock counts from its own start). */
export function processTimeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Seconds that all threads of this process have computed so far; waiting for a processor does not count. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
