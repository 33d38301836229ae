import { expect, test } from 'vitest'
import type { Series } from '../../../shared/domain/sample.ts'
import { bySubject, seriesLabel, stripRowsOf } from './strip-rows.ts'

function seriesOf(index: number, subject: string, kind: Series['kind']): Series {
  return { index, kind, subject, address: '', intervalMs: 500, deadlineMs: 400, originMs: 0 }
}

const all = [
  seriesOf(0, 'control', 'icmp'),
  seriesOf(1, 'vm:103', 'icmp'),
  seriesOf(2, 'ct:101', 'icmp'),
  seriesOf(3, 'vm:103', 'http'),
]
const names = { nameOf: (guest: string) => guest.replace(':', '-'), control: 'Control' }

test('probes of one guest stand together and the control address is last', () => {
  expect(bySubject(all).map(({ index }) => index)).toEqual([1, 3, 2, 0])
})

test('the kind of probe is named only where a guest has several', () => {
  expect(all.map((series) => seriesLabel(series, all, names))).toEqual([
    'Control',
    'vm-103 ICMP',
    'ct-101',
    'vm-103 HTTP',
  ])
})

test('losses are counted by probes, not by the width of what is drawn, and only within the window', () => {
  const buckets = {
    series: 2,
    startMs: 0,
    bucketMs: 60_000,
    first: 0,
    ok: [0, 119, 116],
    late: [0, 0, 1],
    bad: [120, 1, 0],
    void: [0, 0, 3],
    rttMinUs: [null, 400, 400],
    rttMaxUs: [null, 400, 400],
    rttMeanUs: [null, 400, 400],
  }
  const [row] = stripRowsOf(
    all.slice(2, 3),
    () => ({ buckets, segments: [{ fromMs: 0, toMs: 120_000, class: 'bad' }] }),
    60_000,
    { fromMs: 0, toMs: 120_000 },
    names,
  )
  expect(row).toMatchObject({ lostSeconds: 1, voidSeconds: 1.5 })
  expect(row?.segments).toEqual([{ fromMs: 0, toMs: 60_000, class: 'bad' }])
})
