/** Journals and frames as the host sends them, written short. */
import type { JournalEntry, RunEvent } from '../../../shared/domain/journal.ts'
import type { RunSpec } from '../../../shared/domain/run.ts'
import type { Series } from '../../../shared/domain/sample.ts'
import type { SeriesBuckets } from '../../../shared/domain/series-buckets.ts'
import type { RunFrame } from '../../../shared/host-api/table.ts'
import { exampleRecipe } from './example-recipe.ts'

const trial = exampleRecipe.trials.find(({ id }) => id === 'second')
const plan = exampleRecipe.plans[0]
if (trial === undefined || plan === undefined) throw new Error('the recipe has no second trial or no plan')
const { title: _title, summary: _summary, ...publishedPlan } = plan

/** The published schedule on the second trial: twelve hours, eight faults, four guests. */
export const exampleSpec: RunSpec = {
  recipe: 'P0',
  recipeVersion: 1,
  trial: 'second',
  group: 'treatment',
  backend: 'simulated',
  seed: 1,
  lab: {
    name: 'P0-second',
    laptop: exampleRecipe.laptop,
    nodes: exampleRecipe.nodeNames.map((name) => ({ name, ...trial.node })),
    guests: exampleRecipe.guests,
    ceph: exampleRecipe.ceph,
  },
  plan: publishedPlan,
}

/** Entries numbered from `firstSeq`; each is its moment in seconds and its event. */
export function journalOf(
  events: readonly (readonly [number, RunEvent])[],
  firstSeq = 1,
): readonly JournalEntry[] {
  return events.map(([seconds, event], index) => ({ seq: firstSeq + index, atMs: seconds * 1000, event }))
}

/** A line of the HA log. */
export function haLine(node: string, message: string): RunEvent {
  return { type: 'lab-log', node, source: 'pve-ha-crm', level: 'info', message }
}

/** A run whose window opened 300 s after the lab. */
export const openedJournal = journalOf([
  [0, { type: 'run-started', spec: exampleSpec }],
  [1, { type: 'series-declared', series: [exampleSeries(0, 'ct:101')] }],
  [300, { type: 'window-opened' }],
  [300, { type: 'phase-started', phase: 'initial' }],
])

export function exampleSeries(index: number, subject: string, kind: Series['kind'] = 'icmp'): Series {
  return { index, kind, subject, address: '10.10.10.101', intervalMs: 1000, deadlineMs: 900, originMs: 0 }
}

/** Buckets of ten seconds; each item is good, late, bad and void probes. */
export function exampleBuckets(
  series: number,
  first: number,
  counts: readonly (readonly [number, number, number, number])[],
): SeriesBuckets {
  const rtt = counts.map(([ok]) => (ok > 0 ? 400 : null))
  return {
    series,
    startMs: 0,
    bucketMs: 10_000,
    first,
    ok: counts.map(([ok]) => ok),
    late: counts.map(([, late]) => late),
    bad: counts.map(([, , bad]) => bad),
    void: counts.map(([, , , none]) => none),
    rttMinUs: rtt,
    rttMaxUs: rtt,
    rttMeanUs: rtt,
  }
}

export function frameOf(part: Partial<RunFrame>): RunFrame {
  return { entries: [], series: [], buckets: [], nowMs: 0, speed: 'max', live: true, ...part }
}
