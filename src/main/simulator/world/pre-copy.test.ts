import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  advance,
  beginPreCopy,
  dirtiedMiB,
  type MovingMemory,
  type PreCopy,
  secondsToStep,
} from './pre-copy.ts'

const rules = { downtimeLimitSeconds: 0.1, patienceSeconds: 5, raiseFactor: 2, deviceStateMiB: 0.5 }

/** All states at the steps of a migration with the same bandwidth throughout. */
function course(memory: MovingMemory, bandwidth: number): PreCopy[] {
  const states = [beginPreCopy(memory, rules)]
  for (;;) {
    const state = states.at(-1)
    if (state === undefined || state.phase === 'complete') return states
    states.push(advance(state, secondsToStep(state, bandwidth), bandwidth))
    expect(states.length).toBeLessThan(10_000)
  }
}

function last(states: readonly PreCopy[]): PreCopy {
  const state = states.at(-1)
  if (state === undefined) throw new Error('no states')
  return state
}

const memory = fc
  .record({
    residentMiB: fc.double({ min: 1, max: 65_536, noNaN: true }),
    dirtyMiBPerSecond: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 4000, noNaN: true })),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ share, ...rest }): MovingMemory => ({ ...rest, workingSetMiB: share * rest.residentMiB }))
const bandwidth = fc.double({ min: 0.5, max: 1200, noNaN: true })

describe('pre-copy', () => {
  it('always ends, however fast memory is written', () => {
    fc.assert(
      fc.property(memory, bandwidth, (moving, rate) => {
        expect(last(course(moving, rate)).phase).toBe('complete')
      }),
    )
  })

  it('sends all of memory once, what was dirtied, and the devices', () => {
    fc.assert(
      fc.property(memory, bandwidth, (moving, rate) => {
        const states = course(moving, rate)
        const rounds = states.filter(({ phase, roundSeconds }) => phase === 'copying' && roundSeconds === 0)
        const copied = rounds.reduce((sum, { roundMiB }) => sum + roundMiB, 0)
        const stopped = states.find(({ phase }) => phase === 'stopped')
        const { sentMiB, totalSeconds } = last(states)
        expect(sentMiB).toBeCloseTo(copied + (stopped?.leftMiB ?? Number.NaN), 4)
        expect(sentMiB).toBeGreaterThanOrEqual(moving.residentMiB)
        expect(totalSeconds * rate).toBeCloseTo(sentMiB, 3)
      }),
    )
  })

  it('stands still no longer than the limit it ended with, and the devices', () => {
    fc.assert(
      fc.property(memory, bandwidth, (moving, rate) => {
        const { stoppedSeconds, limitSeconds } = last(course(moving, rate))
        expect(stoppedSeconds).toBeLessThanOrEqual(limitSeconds + rules.deviceStateMiB / rate + 1e-9)
      }),
    )
  })

  it('raises no limit while memory is written more slowly than it is copied', () => {
    fc.assert(
      fc.property(memory, bandwidth, fc.double({ min: 0, max: 0.9, noNaN: true }), (moving, rate, part) => {
        const calm = { ...moving, dirtyMiBPerSecond: rate * part }
        expect(last(course(calm, rate)).limitSeconds).toBe(rules.downtimeLimitSeconds)
      }),
    )
  })

  it('comes to the same end however often one looks', () => {
    const looks = fc.array(fc.double({ min: 0.001, max: 3, noNaN: true }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(memory, bandwidth, looks, (moving, rate, steps) => {
        const expected = last(course(moving, rate))
        fc.pre(expected.totalSeconds < 300)
        let state = beginPreCopy(moving, rules)
        for (let index = 0; state.phase !== 'complete'; index++)
          state = advance(state, steps[index % steps.length] ?? 1, rate)
        expect(state.round).toBe(expected.round)
        expect(state.sentMiB).toBeCloseTo(expected.sentMiB, 4)
        expect(state.stoppedSeconds).toBeCloseTo(expected.stoppedSeconds, 6)
      }),
    )
  })

  it('moves nothing while the way is cut, and has more to copy again afterwards', () => {
    const moving = { residentMiB: 1024, dirtyMiBPerSecond: 20, workingSetMiB: 512 }
    const half = advance(beginPreCopy(moving, rules), 5, 100)
    const cut = advance(half, 60, 0)
    expect(secondsToStep(half, 0)).toBe(Number.POSITIVE_INFINITY)
    expect([cut.sentMiB, cut.leftMiB, cut.phase]).toEqual([half.sentMiB, half.leftMiB, 'copying'])
    const through = advance(cut, secondsToStep(cut, 100), 100)
    const uncut = advance(half, secondsToStep(half, 100), 100)
    expect(through.leftMiB).toBeGreaterThan(uncut.leftMiB * 2)
  })

  it('copies a quiet guest in one round, at the speed of the network', () => {
    const states = course({ residentMiB: 1000, dirtyMiBPerSecond: 0, workingSetMiB: 0 }, 100)
    expect(last(states)).toMatchObject({ round: 1, sentMiB: 1000.5 })
    expect(last(states).totalSeconds).toBeCloseTo(10.005, 9)
    expect(last(states).stoppedSeconds).toBeCloseTo(0.005, 9)
  })

  it('leaves less to copy from round to round, in the ratio of writing to copying', () => {
    // A working set much larger than what a round dirties: the textbook's geometric series.
    const states = course({ residentMiB: 1000, dirtyMiBPerSecond: 25, workingSetMiB: 1e9 }, 100)
    const rounds = states.map(({ roundMiB }) => roundMiB)
    expect(rounds[1]).toBeCloseTo(250, 3)
    expect(rounds[2]).toBeCloseTo(62.5, 3)
    // 15.6 MiB take 0.156 s, more than the limit; the 3.9 MiB after them do not.
    expect(last(states).round).toBe(4)
    expect(last(states).stoppedSeconds).toBeCloseTo((1000 / 256 + 0.5) / 100, 4)
  })

  it('raises the limit of a guest that writes faster than it is copied until its working set fits', () => {
    const moving = { residentMiB: 2048, dirtyMiBPerSecond: 400, workingSetMiB: 300 }
    const { limitSeconds, stoppedSeconds } = last(course(moving, 100))
    expect(limitSeconds).toBe(3.2)
    expect(stoppedSeconds).toBeGreaterThan(2.5)
    expect(stoppedSeconds).toBeLessThan(3.1)
  })

  it('never counts more memory as dirty than is written or than is written to at all', () => {
    fc.assert(
      fc.property(memory, fc.double({ min: 0, max: 1e5, noNaN: true }), (moving, seconds) => {
        const dirty = dirtiedMiB(moving, seconds)
        expect(dirty).toBeLessThanOrEqual(moving.workingSetMiB * (1 + 1e-12))
        expect(dirty).toBeLessThanOrEqual(moving.dirtyMiBPerSecond * seconds * (1 + 1e-12) + 1e-12)
      }),
    )
  })
})
