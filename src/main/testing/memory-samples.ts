import { summarise } from '../../shared/analysis/chunk-summary.ts'
import { type OutcomeCode, outcomes, type Sample } from '../../shared/domain/sample.ts'
import type { SampleColumns, SampleSource } from '../../shared/domain/sample-columns.ts'

/** As in run files, so that tests meet the same boundaries. */
const ticksPerChunk = 300

/** Samples in memory as a source for analysis; `samples[i]` are those of series i, from tick 0 without gaps. */
export function memorySamples(samples: readonly (readonly Sample[])[]): SampleSource {
  const chunks = samples.map(chunksOf)
  const within = (series: number, fromTick: number, toTick: number) =>
    (chunks[series] ?? []).filter(
      ({ firstTick, outcome }) => firstTick < toTick && firstTick + outcome.length > fromTick,
    )
  return {
    columns: (series, fromTick = 0, toTick = Number.POSITIVE_INFINITY) => within(series, fromTick, toTick),
    summaries: (series, fromTick = 0, toTick = Number.POSITIVE_INFINITY) =>
      within(series, fromTick, toTick).map(summarise),
  }
}

function chunksOf(samples: readonly Sample[]): readonly SampleColumns[] {
  const chunks: SampleColumns[] = []
  for (let first = 0; first < samples.length; first += ticksPerChunk) {
    const part = samples.slice(first, first + ticksPerChunk)
    chunks.push({
      firstTick: first,
      latenessUs: Int32Array.from(part, ({ latenessUs }) => latenessUs),
      rttUs: Int32Array.from(part, ({ rttUs }) => rttUs),
      outcome: Uint8Array.from(part, ({ outcome }) => outcome),
    })
  }
  return chunks
}

const codes: Readonly<Record<string, OutcomeCode>> = {
  '.': outcomes.ok,
  l: outcomes.late,
  x: outcomes['bad:timeout'],
  r: outcomes['bad:refused'],
  '?': outcomes['void:missed'],
}

/** Samples drawn as text, one character a tick: `.` good, `x` lost, `r` refused, `l` late, `?` void. */
export function drawnSamples(drawing: string, latenessUs = 0): readonly Sample[] {
  return Array.from(drawing, (character, tick) => {
    const outcome = codes[character]
    if (outcome === undefined) throw new Error(`not a sample: ${character}`)
    return { tick, latenessUs, rttUs: outcome === outcomes.ok ? 1000 + tick : 0, outcome }
  })
}
