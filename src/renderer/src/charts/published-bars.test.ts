import { expect, test } from 'vitest'
import type { GuestResult } from '../../../shared/domain/results.ts'
import { percentAxisStart, publishedBarsOf } from './published-bars.ts'

function guestWith(paper: number, published: number | null, measured: number | null): GuestResult {
  return {
    trial: 'second',
    group: 'treatment',
    guest: 'vm:103',
    guestName: 'vm-a',
    faults: 8,
    hits: 2,
    probe: 'icmp',
    intervalMs: 1000,
    windowSeconds: 43_200,
    voidSeconds: 0,
    availabilityPercent: measured,
    availabilityLowPercent: measured,
    availabilityHighPercent: measured,
    paperAvailabilityPercent: paper,
    publishedPercent: published,
    downtimeSeconds: 0,
    lostRecords: 0,
    medianDowntimePerHitSeconds: null,
    minDowntimePerHitSeconds: null,
    maxDowntimePerHitSeconds: null,
    counts: { ok: 0, late: 0, bad: 0, void: 0 },
    outages: [],
  }
}

test('the difference compares the paper’s formula on both sides, not two methods', () => {
  const [bar] = publishedBarsOf([guestWith(98.1, 97.581, 98.4)])
  expect(bar?.differencePoints).toBeCloseTo(0.519, 9)
})

test('a cell the paper did not measure has no difference', () => {
  expect(publishedBarsOf([guestWith(98.1, null, 98.4)])[0]?.differencePoints).toBeNull()
})

test('the axis starts at 90 only while every figure lies above it', () => {
  expect(percentAxisStart(publishedBarsOf([guestWith(98.1, 97.5, 98.4)]))).toBe(90)
  expect(percentAxisStart(publishedBarsOf([guestWith(98.1, 97.5, 98.4), guestWith(52, null, 51)]))).toBe(0)
  expect(percentAxisStart(publishedBarsOf([guestWith(95, null, null)]))).toBe(90)
  expect(percentAxisStart([])).toBe(0)
})
