import { expect, test } from 'vitest'
import type { GuestResult, RunResults } from '../../../../shared/domain/results.ts'
import { exampleRecipe } from '../../testing/example-recipe.ts'
import { paperComparisonOf } from './paper-comparison.ts'

function guestWith(part: Partial<GuestResult>): GuestResult {
  return {
    trial: 'second',
    group: 'treatment',
    guest: 'ct:101',
    guestName: 'container-a',
    faults: 8,
    hits: 4,
    probe: 'icmp',
    intervalMs: 1000,
    windowSeconds: 43_200,
    voidSeconds: 0,
    availabilityPercent: 98.3,
    availabilityLowPercent: 98.2,
    availabilityHighPercent: 98.4,
    paperAvailabilityPercent: 98.336,
    publishedPercent: 96.951,
    downtimeSeconds: 719,
    lostRecords: 0,
    medianDowntimePerHitSeconds: 188,
    minDowntimePerHitSeconds: 144,
    maxDowntimePerHitSeconds: 200,
    counts: { ok: 42_481, late: 0, bad: 719, void: 0 },
    outages: [],
    ...part,
  }
}

function resultsWith(guest: Partial<GuestResult>, run: Partial<RunResults> = {}): RunResults {
  return {
    windowSeconds: 43_200,
    faultsInjected: 8,
    guests: [guestWith(guest)],
    faults: [],
    recordLosses: [],
    lints: [],
    ...run,
  }
}

test('the published cell of container A is 164.6 s of downtime per fault', () => {
  const { rows, isSamePlan } = paperComparisonOf(resultsWith({}), exampleRecipe)
  expect(rows[0]?.paperPerFaultSeconds).toBeCloseTo(164.65, 2)
  expect(rows[0]?.oursPerFaultSeconds).toBeCloseTo(89.86, 2)
  expect(rows[0]).toMatchObject({ verdict: 'higher', oursMedianPerHitSeconds: 188 })
  expect(isSamePlan).toBe(true)
})

test('a difference within one probe interval is none', () => {
  const equal = paperComparisonOf(resultsWith({ paperAvailabilityPercent: 96.952 }), exampleRecipe)
  expect(equal.rows[0]?.verdict).toBe('equal')
  const lower = paperComparisonOf(resultsWith({ paperAvailabilityPercent: 96.94 }), exampleRecipe)
  expect(lower.rows[0]?.verdict).toBe('lower')
})

test('a rehearsal is another plan, and its downtime per fault uses its own window', () => {
  const { rows, isSamePlan, paperFaults, paperWindowSeconds } = paperComparisonOf(
    resultsWith(
      { windowSeconds: 300, faults: 1, paperAvailabilityPercent: 50 },
      { windowSeconds: 300, faultsInjected: 1 },
    ),
    exampleRecipe,
  )
  expect({ isSamePlan, paperFaults, paperWindowSeconds }).toEqual({
    isSamePlan: false,
    paperFaults: 8,
    paperWindowSeconds: 43_200,
  })
  expect(rows[0]?.oursPerFaultSeconds).toBe(150)
})

test('a cell the paper left empty and a run without faults give no figures', () => {
  const { rows } = paperComparisonOf(resultsWith({ publishedPercent: null, faults: 0 }), exampleRecipe)
  expect(rows[0]).toMatchObject({
    verdict: 'not-published',
    differencePoints: null,
    paperPerFaultSeconds: null,
    oursPerFaultSeconds: null,
  })
})
