/** Walks the samples of a series within a window, reading only chunks in which something happened. */
import type { Series } from '../domain/sample.ts'
import type { ChunkSummary, SampleColumns, SampleSource } from '../domain/sample-columns.ts'

/** [fromMs, toMs) on the run's time axis. */
export interface Window {
  readonly fromMs: number
  readonly toMs: number
}

/** Absorbs the rounding of origins that are not whole milliseconds. */
const roundingTicks = 1e-6

/** Ticks due within the window: [from, to). */
export function ticksWithin(
  series: Pick<Series, 'originMs' | 'intervalMs'>,
  window: Window,
): { readonly from: number; readonly to: number } {
  const tickAt = (ms: number) =>
    Math.max(0, Math.ceil((ms - series.originMs) / series.intervalMs - roundingTicks))
  const from = tickAt(window.fromMs)
  return { from, to: Math.max(from, tickAt(window.toMs)) }
}

/** Either samples, or a chunk that lies in the window, is good throughout and has good neighbours. */
export type Stretch =
  | { readonly kind: 'samples'; readonly columns: SampleColumns }
  | { readonly kind: 'good'; readonly summary: ChunkSummary }

/** The series in tick order. Samples may reach beyond [fromTick, toTick) on both sides. */
export function* stretchesOf(
  source: SampleSource,
  series: number,
  fromTick: number,
  toTick: number,
): Generator<Stretch> {
  const summaries = [...source.summaries(series, fromTick, toTick)]
  const isGood = summaries.map(
    ({ firstTick, count, ok }) => ok === count && firstTick >= fromTick && firstTick + count <= toTick,
  )
  let index = 0
  while (index < summaries.length) {
    const summary = summaries[index]
    if (summary && canSkip(isGood, index)) {
      yield { kind: 'good', summary }
      index++
      continue
    }
    const first = summaries[index]?.firstTick ?? 0
    while (index < summaries.length && !canSkip(isGood, index)) index++
    const end = summaries[index]?.firstTick ?? toTick
    for (const columns of source.columns(series, first, end)) yield { kind: 'samples', columns }
  }
}

/** The neighbours of trouble are read: the exact moments of the last and first good answers are in them. */
function canSkip(isGood: readonly boolean[], index: number): boolean {
  return (isGood[index] ?? false) && (isGood[index - 1] ?? true) && (isGood[index + 1] ?? true)
}
