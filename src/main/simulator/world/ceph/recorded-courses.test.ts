/** Replays the faults of recorded scenarios and compares what a poller of the status saw, and when. */
import { describe, expect, it } from 'vitest'
import { CephBench } from '../../../testing/ceph-bench.ts'
import { recordedAnswers, recordedCommands, unlike } from '../../../testing/recorded-answers.ts'
import {
  disagreements,
  eventsOf,
  hasRecordedCeph,
  longestRecordedStall,
  prevailingStates,
  recordedRows,
  recordedScenarios,
} from '../../../testing/recorded-ceph.ts'
import { recordedCourses as courses, type RecordedCourse } from '../../../testing/recorded-ceph-courses.ts'

/** The course of seed 1, with every recorded question asked twice a second within the tolerance of its recorded time. */
async function askedAlong({ scenario, options, act, tolerance = 7 }: RecordedCourse) {
  const asked = recordedAnswers(scenario).map((recorded) => ({ recorded, answers: [] as unknown[] }))
  const bench = await new CephBench({ ...options, seed: 1 }).replay(async (each) => {
    for (const { recorded, answers } of asked) {
      const { fromSecond, toSecond, key } = recorded
      for (let second = fromSecond - tolerance; second <= toSecond + tolerance; second += 0.5)
        each.askAt(second, recordedCommands[key] ?? [], (answer) => answers.push(answer))
    }
    await act(each)
  })
  return { bench, asked }
}

const benches = new Map<string, ReturnType<typeof askedAlong>>()

/** Several tests look at the same one. */
function benchOf(course: RecordedCourse): ReturnType<typeof askedAlong> {
  const known = benches.get(course.scenario) ?? askedAlong(course)
  benches.set(course.scenario, known)
  return known
}

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
    async (course) => {
      const { scenario, options, to, tolerance = 7 } = course
      const { bench } = await benchOf(course)
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

  it.each(courses)('$scenario: commands answer what they answered, in the same fields', async (course) => {
    const { answersApart = {} } = course
    const { asked } = await benchOf(course)
    expect(asked.length).toBeGreaterThan(0)
    const compared = asked.filter(({ recorded: { step, key } }) => !(`${step} ${key}` in answersApart))
    expect(compared.flatMap(({ recorded, answers }) => unlike(recorded, answers))).toEqual([])
  })

  it('leave no recorded folder out, with those that other tests replay', () => {
    const elsewhere = [
      '01-fresh',
      '02-healthy',
      '11-misc-warnings',
      '12-memory-limit',
      '13-rbd-failover-integrity',
    ]
    const replayed = [...elsewhere, ...courses.map(({ scenario }) => scenario)]
    expect(recordedScenarios().filter((scenario) => !replayed.includes(scenario))).toEqual([])
  })

  // The other courses have no client of their own, or one that waits for a command that was given.
  it.each(courses.filter(({ scenario }) => /^(03|04|05a|06a|10)/.test(scenario)))(
    '$scenario: a client waits as long as the recorded one',
    async (course) => {
      const { scenario, to, nextFault = to, tolerance = 7 } = course
      const { bench } = await benchOf(course)
      const modelled = Math.max(0, ...bench.stalls.map(({ seconds }) => seconds))
      const recorded = longestRecordedStall(scenario, -1, nextFault)
      expect(Math.abs(modelled - recorded), `${modelled} s, recorded ${recorded} s`).toBeLessThan(
        Math.min(tolerance, 12),
      )
    },
  )
})
