import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { outcomes, type Series } from '../../shared/domain/sample.ts'
import { exampleEnd, exampleSample, exampleSeries, exampleSession } from '../testing/example-run.ts'
import { ManualTime } from '../testing/manual-time.ts'
import {
  describeRunStoreContract,
  expectProblem,
  expectThrown,
  samplesOf,
} from '../testing/run-store-contract.ts'
import { createRunStore } from './run-store.ts'
import { loadSqlite } from './sqlite.ts'

const workerUrl = new URL('./store-worker.ts', import.meta.url)
const store = createRunStore({ workerUrl })

describeRunStoreContract('The SQLite store', store)

describe('the SQLite store', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kuorum-store-'))
    path = join(folder, 'run.kuorum')
  })

  afterEach(() => {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true, force: true })
  })

  it('writes samples within five seconds of real time, also in a chunk that is far from full', async () => {
    const time = new ManualTime()
    const writer = await createRunStore({ workerUrl, time }).create(path, exampleSession)
    writer.declareSeries(exampleSeries)
    const [series] = exampleSeries as readonly [Series]
    for (let tick = 0; tick < 10; tick++) writer.record(series, exampleSample(0, tick))
    // An entry on disk says that everything posted before it is as well.
    await writer.append(0, { type: 'window-opened' })
    expect(storedSamples()).toHaveLength(0)
    time.advance(5000)
    writer.record(series, exampleSample(0, 10))
    await writer.append(1, { type: 'window-closed' })
    expect(storedSamples()).toHaveLength(11)
    await writer.close()
  })

  it('keeps entries that are wanted soon for a tenth of a second, or until something urgent comes', async () => {
    const time = new ManualTime()
    const writer = await createRunStore({ workerUrl, time }).create(path, exampleSession)
    await writer.flush()
    const written: number[] = []
    const note = (atMs: number) =>
      writer.append(atMs, { type: 'window-opened' }, 'soon').then(({ seq }) => written.push(seq))
    const first = note(0)
    time.advance(99)
    await time.turn()
    expect(store.verify(path).entries).toBe(0)
    time.advance(1)
    await first
    expect(written).toEqual([1])
    void note(1)
    await writer.append(2, { type: 'window-closed' })
    expect(written).toEqual([1, 2])
    void note(3)
    await writer.flush()
    await time.turn()
    expect(written).toEqual([1, 2, 4])
    void note(4)
    await writer.close()
    await time.turn()
    expect(written).toEqual([1, 2, 4, 5])
    expect(store.verify(path).entries).toBe(5)
  })

  it('keeps lateness and round trips that do not fit as far as they can be kept', async () => {
    const writer = await store.create(path, exampleSession)
    writer.declareSeries(exampleSeries)
    const [series] = exampleSeries as readonly [Series]
    writer.record(series, { tick: 0, latenessUs: 9e12, rttUs: 12.4, outcome: outcomes.ok })
    writer.record(series, { tick: 1, latenessUs: -9e12, rttUs: 0.6, outcome: outcomes.ok })
    await writer.close()
    expect(storedSamples()).toEqual([
      { tick: 0, latenessUs: 2_147_483_647, rttUs: 12, outcome: outcomes.ok },
      { tick: 1, latenessUs: -2_147_483_647, rttUs: 1, outcome: outcomes.ok },
    ])
  })

  it('ends everything with the first failure to write, and crashes nothing that nobody waited for', async () => {
    const writer = await store.create(path, exampleSession)
    await writer.append(0, { type: 'window-opened' })
    const rival = new DatabaseSync(path)
    rival.exec('BEGIN IMMEDIATE')
    for (let line = 0; line < 50; line++) void writer.append(line, { type: 'window-closed' })
    await expectProblem(writer.flush(), 'run-file.write-failed', { path })
    rival.exec('ROLLBACK')
    rival.close()
    await expectProblem(writer.append(60, { type: 'window-closed' }), 'run-file.write-failed')
    await expectProblem(writer.close(), 'run-file.write-failed')
    expect(store.verify(path)).toMatchObject({ entries: 1, complete: false })
    const resumed = await store.reopen(path, exampleSession)
    await resumed.close()
  })

  it('appears with the first thing on disk, and leaves nothing of the way there', async () => {
    const writer = await store.create(path, exampleSession)
    expect(existsSync(path)).toBe(false)
    await writer.append(0, { type: 'window-opened' })
    expect(store.verify(path)).toMatchObject({ entries: 1, complete: false })
    await writer.close()
    expect(readdirSync(folder)).toEqual(['run.kuorum'])
  })

  it('never replaces a file that came to the same name meanwhile', async () => {
    const writer = await store.create(path, exampleSession)
    writeFileSync(path, 'something of the user')
    await expectProblem(writer.append(0, { type: 'window-opened' }), 'input.file-exists', { path })
    await expectProblem(writer.close(), 'input.file-exists')
    expect(readFileSync(path, 'utf8')).toBe('something of the user')
    expect(readdirSync(folder)).toEqual(['run.kuorum'])
  })

  it('clears away what a killed program left of a file that had not appeared yet', async () => {
    writeFileSync(`${path}-new`, 'half a run')
    const writer = await store.create(path, exampleSession)
    await writer.append(0, exampleEnd)
    await writer.close()
    expect(readdirSync(folder)).toEqual(['run.kuorum'])
    expect(store.verify(path)).toMatchObject({ entries: 1, complete: true })
  })

  it('refuses entries after it was closed, and ignores samples', async () => {
    const writer = await store.create(path, exampleSession)
    writer.declareSeries(exampleSeries)
    await writer.close()
    writer.record((exampleSeries as readonly [Series])[0], exampleSample(0, 0))
    await expectProblem(writer.append(0, exampleEnd), 'run-file.write-failed')
    expect(store.verify(path)).toMatchObject({ entries: 0, samples: 0 })
  })

  it('reports a worker that cannot start, and leaves nothing behind', async () => {
    const broken = createRunStore({ workerUrl: new URL('./no-such-worker.ts', import.meta.url) })
    await expectProblem(broken.create(path, exampleSession), 'run-file.write-failed', { path })
    expect(readdirSync(folder)).toEqual([])
  })

  it('is unavailable on a runtime without SQLite', async () => {
    const writer = await store.create(path, exampleSession)
    await writer.close()
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    const other = join(folder, 'other.kuorum')
    await expectProblem(store.create(other, exampleSession), 'store.unavailable')
    await expectProblem(store.reopen(path, exampleSession), 'store.unavailable')
    expectThrown(() => store.read(path), 'store.unavailable')
    expectThrown(() => store.verify(path), 'store.unavailable')
    expect(readdirSync(folder)).toEqual(['run.kuorum'])
  })

  it('silences the warning that SQLite is experimental, and no other', () => {
    const warnings: string[] = []
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
    const real = process.getBuiltinModule('node:sqlite')
    vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => {
      process.emitWarning(
        'SQLite is an experimental feature and might change at any time',
        'ExperimentalWarning',
      )
      process.emitWarning('Fetching is an experimental feature', 'ExperimentalWarning')
      return real
    })
    loadSqlite()
    process.emitWarning('afterwards')
    expect(warnings).toEqual(['Fetching is an experimental feature', 'afterwards'])
  })

  function storedSamples() {
    const reader = store.read(path)
    try {
      return samplesOf(reader, 0)
    } finally {
      reader.close()
    }
  }
})
