import type { Sample } from '../../shared/domain/sample.ts'
import { SystemClock } from '../base/system-clock.ts'
import type { Clock } from '../contracts/clock.ts'
import { ProbeEngine } from '../probes/probe-engine.ts'
import type { Prober } from '../probes/prober.ts'

/** Sends `count` real probes through a real engine and gives their samples. */
export async function probeTimes(
  prober: Prober,
  count: number,
  { intervalMs = 100, deadlineMs = 300 } = {},
  clock: Clock = new SystemClock(),
): Promise<readonly Sample[]> {
  const series = { originMs: clock.nowMs() + 2, intervalMs, deadlineMs }
  const samples: Sample[] = []
  const engine = new ProbeEngine(clock, [{ series, prober }], ({ tick, latenessUs, rttUs, outcome }) =>
    samples.push({ tick, latenessUs, rttUs, outcome }),
  )
  engine.stop([count])
  await engine.run()
  return samples
}

export async function probeOnce(prober: Prober, options = {}): Promise<Sample> {
  const [sample] = await probeTimes(prober, 1, options)
  if (sample === undefined) throw new Error('the engine gave no sample')
  return sample
}
