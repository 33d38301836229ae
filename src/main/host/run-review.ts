/** From an open run file to what window, command line and exports show of it. */
import { bucketsOf } from '../../shared/analysis/buckets.ts'
import { resultsOf, windowOf } from '../../shared/analysis/results.ts'
import { stripOf } from '../../shared/analysis/strip.ts'
import { type JournalEntry, type RunState, runStateOf } from '../../shared/domain/journal.ts'
import { planWindowSeconds } from '../../shared/domain/plan.ts'
import type { Recipe } from '../../shared/domain/recipe.ts'
import type { RunResults } from '../../shared/domain/results.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import type { RunFrame, RunOverview } from '../../shared/host-api/table.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import type { RunReader } from '../contracts/run-store.ts'

/** Cells of a strip: about the pixels a window is wide. */
const maxStripSegments = 1500
/** Chart buckets of a run that is only read; a live run sends as many. */
const followBuckets = 720

export interface RunReview {
  readonly spec: RunSpec
  readonly state: RunState
  readonly results: RunResults
}

/** Specification and journal. Throws `run-file.damaged` for a file whose run never started. */
export function journalOf(reader: RunReader): { spec: RunSpec; entries: readonly JournalEntry[] } {
  const entries = reader.entries()
  const { spec } = runStateOf(entries.slice(0, 1))
  return spec === undefined ? throwProblem('run-file.damaged', { path: reader.path }) : { spec, entries }
}

export function reviewRun(reader: RunReader, recipes: readonly Recipe[]): RunReview {
  const { spec, entries } = journalOf(reader)
  const results = resultsOf({
    spec,
    entries,
    series: reader.series(),
    samples: reader,
    publishedPercentOf: (guest) => publishedPercent(recipes, spec, guest),
  })
  return { spec, state: runStateOf(entries), results }
}

/** The paper's tables are about guests under HA over the published schedule; other runs have no published cell. */
function publishedPercent(recipes: readonly Recipe[], spec: RunSpec, guest: string): number | null {
  if (spec.group === 'control') return null
  const recipe = recipes.find(({ id }) => id === spec.recipe)
  const [published] = recipe?.plans ?? []
  if (published === undefined || planWindowSeconds(published) !== planWindowSeconds(spec.plan)) return null
  const cells = recipe?.publishedTables.find(({ unit }) => unit === 'percent')?.cells ?? []
  return cells.find((cell) => cell.trial === spec.trial && cell.guest === guest)?.value ?? null
}

export interface OverviewQuery {
  readonly buckets: number
  readonly fromMs?: number
  readonly toMs?: number
}

/** Throws `run.no-window` for a run that ended before anything was measured. */
export function overviewOf(reader: RunReader, query: OverviewQuery): RunOverview {
  const { spec, entries } = journalOf(reader)
  const state = runStateOf(entries)
  if (state.windowOpenedAtMs === undefined) throwProblem('run.no-window')
  const series = reader.series()
  const whole = windowOf({ spec, series, samples: reader }, state)
  const fromMs = Math.max(whole.fromMs, query.fromMs ?? whole.fromMs)
  const window = { fromMs, toMs: Math.max(fromMs, Math.min(whole.toMs, query.toMs ?? whole.toMs)) }
  return {
    spec,
    windowOpenedAtMs: whole.fromMs,
    windowClosedAtMs: whole.toMs,
    series,
    buckets: series.map((item) => bucketsOf(reader, item, window, query.buckets)),
    strips: series.map((item) => ({
      series: item.index,
      segments: stripOf(reader, item, window, maxStripSegments),
    })),
  }
}

/** Everything a follower of a run that no longer goes on needs, in one frame. */
export function wholeFrameOf(reader: RunReader, afterSeq: number): RunFrame {
  const { spec, entries } = journalOf(reader)
  const series = reader.series()
  // Of an interrupted run there are samples long after the last event.
  const { toMs } = windowOf({ spec, series, samples: reader }, runStateOf(entries))
  const nowMs = Math.max(entries.at(-1)?.atMs ?? 0, toMs)
  return {
    entries: entries.filter((entry) => entry.seq > afterSeq),
    series,
    buckets: series.map((item) => bucketsOf(reader, item, { fromMs: 0, toMs: nowMs }, followBuckets)),
    nowMs,
    speed: 'max',
    live: false,
  }
}
