import { outcomeNameOf, type Sample } from '../../shared/domain/sample.ts'
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

/** One probe that no busy machine can miss: its tick is current for minutes. */
export async function probeOnce(prober: Prober, { deadlineMs = 300 } = {}, clock?: Clock): Promise<Sample> {
  const [sample] = await probeTimes(prober, 1, { intervalMs: 300_000, deadlineMs }, clock)
  if (sample === undefined) throw new Error('the engine gave no sample')
  return sample
}

/** Names of the outcomes that occurred, without those of ticks that a busy machine could not send. */
export function judgedAs(samples: readonly Pick<Sample, 'outcome'>[]): readonly (string | undefined)[] {
  return [...new Set(samples.map(({ outcome }) => outcomeNameOf(outcome)))].filter(
    (name) => name !== 'void:missed',
  )
}
