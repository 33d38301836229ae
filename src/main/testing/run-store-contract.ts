import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { outcomes, type Sample } from '../../shared/domain/sample.ts'
import type { SampleColumns } from '../../shared/domain/sample-columns.ts'
import type { ProblemCode } from '../../shared/problems/codes.ts'
import { ProblemError } from '../../shared/problems/problem.ts'
import type { RunReader, RunStore, RunWriter } from '../contracts/run-store.ts'
import {
  endExample,
  exampleEnd,
  exampleEvents,
  exampleSample,
  exampleSeries,
  exampleSession,
  exampleTicks,
  writeExample,
} from './example-run.ts'

const resumedSession = { ...exampleSession, kind: 'resumed', wallTime: '2026-03-01T09:30:00.000Z' } as const

/** What every run store must keep. Each test gets a folder of its own, with a blank and an umlaut in its name. */
export function describeRunStoreContract(name: string, store: RunStore): void {
  describe(`${name} as a run store`, () => {
    let folder: string
    let path: string
    const open: RunWriter[] = []

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'kuorum lab ü-'))
      path = join(folder, 'run.kuorum')
    })

    afterEach(async () => {
      await Promise.allSettled(open.splice(0).map((writer) => writer.close()))
      rmSync(folder, { recursive: true, force: true })
    })

    const create = async (at = path, session = exampleSession) => {
      const writer = await store.create(at, session)
      open.push(writer)
      return writer
    }
    const reopen = async (resumption?: 'replay' | 'continue') => {
      const writer = await store.reopen(path, resumedSession, resumption)
      open.push(writer)
      return writer
    }

    it('gives back every entry, series and sample, and leaves one file', async () => {
      const writer = await create()
      await writeExample(writer)
      const journalSha256 = await endExample(writer)
      expect(readdirSync(folder)).toEqual(['run.kuorum'])
      const reader = store.read(path)
      expect(reader.sessions).toEqual([exampleSession])
      expect(reader.series()).toEqual(exampleSeries)
      const events = [...exampleEvents, { atMs: 1_301_000, event: exampleEnd }]
      expect(reader.entries()).toEqual(events.map((entry, index) => ({ seq: index + 1, ...entry })))
      for (const { index } of exampleSeries) expect(samplesOf(reader, index)).toEqual(exampleSamples(index))
      expect(reader.journalSha256).toBe(journalSha256)
      reader.close()
      expect(readdirSync(folder)).toEqual(['run.kuorum'])
    })

    it('verifies a complete run and an interrupted one, and tells them apart', async () => {
      const writer = await create()
      await writeExample(writer)
      await writer.close()
      expect(store.verify(path)).toMatchObject({ complete: false, entries: 8, samples: 2 * exampleTicks })
      const again = await reopen()
      await writeExample(again)
      const journalSha256 = await endExample(again)
      expect(store.verify(path)).toEqual({
        path,
        entries: 9,
        samples: 2 * exampleTicks,
        sessions: [exampleSession, resumedSession],
        journalSha256,
        complete: true,
      })
    })

    it('numbers entries in the order of the calls and returns them', async () => {
      const writer = await create()
      const appended = await Promise.all(exampleEvents.map(({ atMs, event }) => writer.append(atMs, event)))
      expect(appended.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(appended[0]).toEqual({ seq: 1, ...exampleEvents[0] })
    })

    it('has an entry on disk when the append resolves', async () => {
      const writer = await create()
      for (const { atMs, event } of exampleEvents) {
        const { seq } = await writer.append(atMs, event)
        const reader = store.read(path)
        expect(reader.entries().at(-1)).toEqual({ seq, atMs, event })
        reader.close()
      }
    })

    it('has samples on disk when the flush resolves, also those of an unfilled chunk', async () => {
      const writer = await create()
      await writeExample(writer, { ticks: 317 })
      await writer.flush()
      const reader = store.read(path)
      expect(samplesOf(reader, 1)).toEqual(exampleSamples(1).slice(0, 317))
      expect(reader.journalSha256).toBeUndefined()
      reader.close()
    })

    it('reads stretches of a series, with summaries that agree with the samples', async () => {
      const writer = await create()
      await writeExample(writer)
      await endExample(writer)
      const reader = store.read(path)
      const stretch = [...reader.columns(0, 601, 900)]
      expect(stretch.map(({ firstTick, outcome }) => [firstTick, outcome.length])).toEqual([[600, 300]])
      expect([...reader.summaries(0, 601, 900)]).toEqual([
        {
          firstTick: 600,
          count: 300,
          ok: 162,
          late: 0,
          bad: 138,
          void: 0,
          ...roundTrips(exampleSamples(0).slice(600, 900)),
        },
      ])
      expect([...reader.summaries(0)].map(({ count }) => count)).toEqual([300, 300, 300, 300, 100])
      expect([...reader.columns(7)]).toEqual([])
      reader.close()
    })

    it('turns ticks that were left out into void, never into a gap', async () => {
      const writer = await create()
      writer.declareSeries(exampleSeries)
      const [series] = exampleSeries
      if (!series) throw new Error('the example has series')
      for (const tick of [2, 3, 700]) writer.record(series, exampleSample(0, tick))
      await writer.close()
      const reader = store.read(path)
      const samples = samplesOf(reader, 0)
      expect(samples).toHaveLength(701)
      expect(samples.filter(({ outcome }) => outcome !== outcomes['void:not-recorded'])).toEqual(
        [2, 3, 700].map((tick) => exampleSample(0, tick)),
      )
      reader.close()
      expect(store.verify(path).samples).toBe(701)
    })

    it('gives the same digest whenever chunks are written and whoever runs, another for another run', async () => {
      const digestOf = async (
        file: string,
        write: (writer: RunWriter) => Promise<void>,
        session = exampleSession,
      ) => {
        const writer = await create(join(folder, file), session)
        await write(writer)
        return endExample(writer)
      }
      const reference = await digestOf('a.kuorum', (writer) => writeExample(writer))
      const oftenFlushed = await digestOf('b.kuorum', (writer) =>
        writeExample(writer, { between: () => writer.flush() }),
      )
      const elsewhere = await digestOf('c.kuorum', (writer) => writeExample(writer), {
        ...exampleSession,
        cpu: 'Another CPU',
        platform: 'win32-x64',
      })
      const oneSampleLess = await digestOf('d.kuorum', (writer) =>
        writeExample(writer, { ticks: exampleTicks - 1 }),
      )
      const oneEventLess = await digestOf('e.kuorum', (writer) => writeExample(writer, { events: 7 }))
      expect(reference).toMatch(/^[0-9a-f]{64}$/)
      expect([oftenFlushed, elsewhere]).toEqual([reference, reference])
      expect(new Set([reference, oneSampleLess, oneEventLess]).size).toBe(3)
    })

    it.each([
      ['between chunks', 4, 600],
      ['inside a chunk', 5, 733],
      ['before the first sample', 2, 0],
      ['before the first entry', 0, 0],
    ])('repeats an interrupted past and goes on to the same digest: %s', async (_, events, ticks) => {
      const whole = await create(join(folder, 'whole.kuorum'))
      await writeExample(whole)
      const expected = await endExample(whole)

      const interrupted = await create()
      await writeExample(interrupted, { events, ticks })
      await interrupted.close()
      const resumed = await reopen()
      await writeExample(resumed)
      expect(await endExample(resumed)).toBe(expected)
      expect(store.verify(path)).toMatchObject({ complete: true, journalSha256: expected })
    })

    it('keeps the recorded past when a repetition is interrupted earlier', async () => {
      const first = await create()
      await writeExample(first, { ticks: 700 })
      await first.close()
      const second = await reopen()
      await writeExample(second, { events: 2, ticks: 10 })
      await second.close()
      const reader = store.read(path)
      expect(reader.entries()).toHaveLength(8)
      expect(samplesOf(reader, 0)).toEqual(exampleSamples(0).slice(0, 700))
      expect(reader.sessions).toHaveLength(2)
      reader.close()
    })

    it('refuses a repetition that differs, naming the entry, and keeps the past', async () => {
      const first = await create()
      await writeExample(first)
      await first.close()
      const second = await reopen()
      await second.append(0, exampleEvents[0]?.event ?? exampleEnd)
      await expectProblem(second.append(0.5, { type: 'window-opened' }), 'run-file.diverged', { seq: 2 })
      await expectProblem(second.flush(), 'run-file.diverged')
      await expectProblem(second.close(), 'run-file.diverged')
      expect(store.verify(path)).toMatchObject({ entries: 8, complete: false })
    })

    it('refuses a repeated sample that differs', async () => {
      const first = await create()
      await writeExample(first)
      await first.close()
      const second = await reopen()
      second.declareSeries(exampleSeries)
      const [series] = exampleSeries
      if (!series) throw new Error('the example has series')
      second.record(series, exampleSample(0, 0))
      second.record(series, { ...exampleSample(0, 1), rttUs: 1 })
      await expectProblem(second.flush(), 'run-file.diverged')
    })

    it('refuses a repetition that ends where the recorded run went on', async () => {
      const first = await create()
      await writeExample(first)
      await first.close()
      const second = await reopen()
      await writeExample(second, { events: 3, ticks: 10 })
      await expectProblem(second.append(1_301_000, exampleEnd), 'run-file.diverged')
    })

    it('follows the past when the lab went on without us', async () => {
      const first = await create()
      await writeExample(first, { events: 5, ticks: 250 })
      await first.close()
      const second = await reopen('continue')
      const healed = await second.append(900_000, { type: 'fault-healed', fault: 'fault-1' })
      expect(healed.seq).toBe(6)
      second.declareSeries(exampleSeries)
      for (const series of exampleSeries) second.record(series, exampleSample(series.index, 900))
      await endExample(second)
      const reader = store.read(path)
      const classes = samplesOf(reader, 1).map(({ outcome }) => outcome)
      expect(classes.slice(250, 900)).toEqual(new Array(650).fill(outcomes['void:not-recorded']))
      expect(classes).toHaveLength(901)
      reader.close()
      expect(store.verify(path)).toMatchObject({ complete: true, entries: 7 })
    })

    it('takes everything recorded to disk with the end of the run', async () => {
      const writer = await create()
      await writeExample(writer, { ticks: 123 })
      await writer.append(1_301_000, exampleEnd)
      expect(store.verify(path)).toMatchObject({ complete: true, samples: 246 })
    })

    it('never overwrites a file', async () => {
      writeFileSync(path, 'something of the user')
      await expectProblem(store.create(path, exampleSession), 'input.file-exists', { path })
      expect(readdirSync(folder)).toEqual(['run.kuorum'])
    })

    it('keeps a second writer out while the first is there, and lets it in afterwards', async () => {
      const writer = await create()
      await writer.append(0, exampleEvents[0]?.event ?? exampleEnd)
      await expectProblem(store.reopen(path, resumedSession), 'run-file.in-use', { path })
      await writer.close()
      const second = await reopen()
      await second.close()
      expect(store.verify(path).sessions).toHaveLength(2)
    })

    it('lets a writer in, and out, while somebody reads', async () => {
      const writer = await create()
      await writeExample(writer, { ticks: 400 })
      const during = store.read(path)
      await writer.close()
      const between = store.read(path)
      const second = await reopen()
      await writeExample(second)
      await endExample(second)
      expect(samplesOf(during, 0).length).toBeLessThanOrEqual(400)
      expect(samplesOf(between, 0)).toHaveLength(400)
      during.close()
      between.close()
      expect(readdirSync(folder)).toEqual(['run.kuorum'])
    })

    it('does not reopen a run that has ended', async () => {
      const writer = await create()
      await writeExample(writer)
      await endExample(writer)
      await expectProblem(store.reopen(path, resumedSession), 'run-file.already-complete', { path })
      expect(readdirSync(folder)).toEqual(['run.kuorum'])
    })

    it('names a missing file', async () => {
      expectThrown(() => store.read(path), 'input.file-missing')
      expectThrown(() => store.verify(path), 'input.file-missing')
      await expectProblem(store.reopen(path, resumedSession), 'input.file-missing', { path })
      expect(readdirSync(folder)).toEqual([])
    })

    it('names a folder that is not there', async () => {
      await expectProblem(
        store.create(join(folder, 'no', 'run.kuorum'), exampleSession),
        'run-file.write-failed',
      )
    })

    it('keeps thousands of entries nobody waited for, in order', async () => {
      const writer = await create()
      for (let line = 0; line < 2000; line++) void writer.append(line, logLine(line))
      await writer.flush()
      const reader = store.read(path)
      expect(reader.entries().map(({ event }) => event)).toEqual(
        Array.from({ length: 2000 }, (_, line) => logLine(line)),
      )
      reader.close()
    })

    it('closes once, however often it is asked to', async () => {
      const writer = await create()
      const [first, second] = await Promise.all([writer.close(), writer.close()])
      expect(second).toEqual(first)
    })
  })
}

function logLine(line: number) {
  return {
    type: 'lab-log',
    node: 'pve1',
    source: 'pve-ha-lrm',
    level: 'info',
    message: `line ${line}`,
  } as const
}

function exampleSamples(series: number): readonly Sample[] {
  return Array.from({ length: exampleTicks }, (_, tick) => exampleSample(series, tick))
}

/** Samples of a series, one object each. */
export function samplesOf(reader: RunReader, series: number): readonly Sample[] {
  return [...reader.columns(series)].flatMap(samplesIn)
}

function samplesIn({ firstTick, latenessUs, rttUs, outcome }: SampleColumns): Sample[] {
  return Array.from(outcome, (code, index) => ({
    tick: firstTick + index,
    latenessUs: latenessUs[index] ?? Number.NaN,
    rttUs: rttUs[index] ?? Number.NaN,
    outcome: code as Sample['outcome'],
  }))
}

function roundTrips(samples: readonly Sample[]) {
  const good = samples.filter(({ outcome }) => outcome === outcomes.ok).map(({ rttUs }) => rttUs)
  return {
    rttMinUs: Math.min(...good),
    rttMaxUs: Math.max(...good),
    rttSumUs: good.reduce((sum, rttUs) => sum + rttUs, 0),
  }
}

export async function expectProblem(
  work: Promise<unknown>,
  code: ProblemCode,
  params: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const error: unknown = await work.then(
    () => 'nothing was rejected',
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProblemError)) throw error
  expect(error.problem.code).toBe(code)
  expect(error.problem.params).toMatchObject(params)
}

export function expectThrown(action: () => unknown, code: ProblemCode): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    expect(error.problem.code).toBe(code)
    return
  }
  expect.unreachable(`nothing was thrown instead of ${code}`)
}
