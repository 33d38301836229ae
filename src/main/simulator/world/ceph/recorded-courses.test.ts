/** Replays the faults of recorded scenarios and compares what a poller of the status saw, and when. */
import { describe, expect, it } from 'vitest'
import { CephBench } from '../../../testing/ceph-bench.ts'
import {
  disagreements,
  eventsOf,
  hasRecordedCeph,
  longestRecordedStall,
  prevailingStates,
  recordedRows,
} from '../../../testing/recorded-ceph.ts'
import { recordedCourses as courses } from '../../../testing/recorded-ceph-courses.ts'

describe.skipIf(!hasRecordedCeph)('recorded courses of Ceph (skipped without KUORUM_CEPH_FIXTURES)', () => {
  it.each(courses.flatMap((course) => [1, 2, 3].map((seed) => ({ ...course, seed }))))(
    '$scenario: same checks, counts, quorum and managers at the same times (seed $seed)',
    async ({ scenario, options, act, from = 0, to, tolerance = 7, apart = {}, seed }) => {
      const bench = await new CephBench({ ...options, seed }).replay(act)
      const wanted = (events: ReturnType<typeof eventsOf>) => events.filter(({ what }) => !(what in apart))
      const recorded = wanted(eventsOf(recordedRows(scenario), from, to))
      const modelled = wanted(eventsOf(bench.rows, from, to))
      expect(disagreements(recorded, modelled, tolerance)).toEqual([])
    },
  )

  it.each(courses.filter(({ apart }) => apart?.states === undefined))(
    '$scenario: groups go through the same states, with as many copies degraded at first',
    async ({ scenario, options, act, to, tolerance = 7 }) => {
      const bench = await new CephBench({ ...options, seed: 1 }).replay(act)
      const recorded = prevailingStates(recordedRows(scenario), to)
      const modelled = prevailingStates(bench.rows, to)
      expect(modelled.map(({ name }) => name)).toEqual(recorded.map(({ name }) => name))
      // A recording may begin when the state had long been there.
      for (const [index, { name, fromSecond }] of recorded.slice(1).entries()) {
        const other = modelled[index + 1]?.fromSecond ?? Number.NaN
        expect(
          Math.abs(other - fromSecond),
          `${name} from ${other} s, recorded ${fromSecond} s`,
        ).toBeLessThan(tolerance + 1)
      }
      const first = (states: typeof recorded) =>
        states.find(({ name }) => /degraded/.test(name))?.degraded ?? 0
      // Of six OSDs each holds another part of the groups than in the recording.
      const share = options.osdsPerNode === 2 ? 0.3 : 0
      expect(Math.abs(first(modelled) - first(recorded))).toBeLessThanOrEqual(share * first(recorded))
    },
  )

  // The other courses have no client of their own, or one that waits for a command that was given.
  it.each(courses.filter(({ scenario }) => /^(03|04|05a|06a|10)/.test(scenario)))(
    '$scenario: a client waits as long as the recorded one',
    async ({ scenario, options, act, to, nextFault = to, tolerance = 7 }) => {
      const bench = await new CephBench({ ...options, seed: 1 }).replay(act)
      const modelled = Math.max(0, ...bench.stalls.map(({ seconds }) => seconds))
      const recorded = longestRecordedStall(scenario, -1, nextFault)
      expect(Math.abs(modelled - recorded), `${modelled} s, recorded ${recorded} s`).toBeLessThan(
        Math.min(tolerance, 12),
      )
    },
  )
})
