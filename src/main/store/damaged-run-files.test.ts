import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeByProblem, type ProblemCode } from '../../shared/problems/codes.ts'
import { ProblemError } from '../../shared/problems/problem.ts'
import { seededRandom } from '../base/seeded-random.ts'
import type { RunReader } from '../contracts/run-store.ts'
import { endExample, exampleSession, writeExample } from '../testing/example-run.ts'
import { expectProblem, expectThrown, samplesOf } from '../testing/run-store-contract.ts'
import { createRunStore } from './run-store.ts'

const store = createRunStore({ workerUrl: new URL('./store-worker.ts', import.meta.url) })

let folder: string
let complete: string
let interrupted: string
let path: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum-damage-'))
  complete = join(folder, 'complete.original')
  interrupted = join(folder, 'interrupted.original')
  path = join(folder, 'run.kuorum')
  const whole = await store.create(complete, exampleSession)
  await writeExample(whole)
  await endExample(whole)
  const part = await store.create(interrupted, exampleSession)
  await writeExample(part, { ticks: 500 })
  await part.close()
})

beforeEach(() => copyFileSync(complete, path))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Changes the file as somebody with a database program would. */
function tamper(sql: string): void {
  const database = new DatabaseSync(path)
  // Node turns this on by default, and with it nobody can write to the schema.
  database.enableDefensive?.(false)
  database.exec(sql)
  database.close()
}

function contentOf(reader: RunReader) {
  const series = reader.series()
  return {
    sessions: reader.sessions,
    entries: reader.entries(),
    series,
    samples: series.map(({ index }) => samplesOf(reader, index)),
    summaries: series.map(({ index }) => [...reader.summaries(index)]),
    journalSha256: reader.journalSha256,
  }
}

function read(file: string) {
  const reader = store.read(file)
  try {
    return contentOf(reader)
  } finally {
    reader.close()
  }
}

/** The Problem's code, or undefined when nothing was wrong. Anything but a Problem fails the test. */
function problemIn(action: () => unknown): ProblemCode | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    expect(exitCodeByProblem).toHaveProperty([error.problem.code])
    return error.problem.code
  }
}

describe('a run file that was changed', () => {
  it.each([
    ['an event', `UPDATE journal SET body = replace(body, 'pve1', 'pve2') WHERE seq = 4`, 4],
    ['a moment', 'UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 5', 5],
    ['the last entry', `UPDATE journal SET body = replace(body, 'completed', 'cancelled') WHERE seq = 9`, 9],
  ])('fails verification by its hash chain: %s', (_, sql, seq) => {
    tamper(sql)
    const error = (() => {
      try {
        return store.verify(path)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(ProblemError)
    expect((error as ProblemError).problem).toMatchObject({
      code: 'run-file.chain-broken',
      params: { path, seq },
    })
  })

  it.each([
    ['an entry taken out', 'DELETE FROM journal WHERE seq = 5'],
    ['the last entry taken out', 'DELETE FROM journal WHERE seq = 9'],
    ['an entry added', `INSERT INTO journal VALUES (10, 1, '{"type":"window-opened"}', zeroblob(32))`],
    ['a session', `UPDATE session SET body = replace(body, 'Example', 'Another')`],
    ['no session', 'DELETE FROM session'],
    ['a series', `UPDATE series SET body = replace(body, '900', '901') WHERE n = 0`],
    ['a chunk taken out', 'DELETE FROM chunk WHERE id = 300'],
    ['the last chunk taken out', 'DELETE FROM chunk WHERE id = 1200'],
    ['a summary', 'UPDATE chunk SET ok = ok - 1, bad = bad + 1 WHERE id = 0'],
    [
      'samples of another chunk',
      'UPDATE chunk SET samples = (SELECT samples FROM chunk WHERE id = 300) WHERE id = 0',
    ],
    ['a chunk of no series', 'UPDATE chunk SET id = id + 4294967296 * 5 WHERE id = 0'],
    ['the digest', 'UPDATE completion SET journal_sha256 = zeroblob(32)'],
    ['the digest taken out', 'DELETE FROM completion'],
    ['a digest of another length', 'UPDATE completion SET journal_sha256 = zeroblob(31)'],
  ])('never passes verification: %s', (_, sql) => {
    tamper(sql)
    expect(problemIn(() => store.verify(path))).toMatch(/^run-file\.(damaged|chain-broken)$/)
  })

  it.each([
    ['a trigger', 'CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM journal; END'],
    ['a view', 'CREATE VIEW v AS SELECT * FROM journal'],
    ['a table of its own', 'CREATE TABLE extra (a)'],
    ['an index', 'CREATE INDEX i ON journal (at_ms)'],
    ['a virtual table', 'CREATE VIRTUAL TABLE f USING fts5(a)'],
    ['a generated column', 'ALTER TABLE series ADD COLUMN g TEXT GENERATED ALWAYS AS (upper(body)) VIRTUAL'],
    ['a table less', 'DROP TABLE completion'],
    [
      'a table replaced by a view',
      `ALTER TABLE journal RENAME TO j2; CREATE VIEW journal AS SELECT seq, at_ms, body, hash FROM j2`,
    ],
    [
      'a schema that was edited',
      `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'journal'`,
    ],
  ])('is not opened with %s', async (_, sql) => {
    tamper(sql)
    expectThrown(() => store.read(path), 'run-file.damaged')
    expectThrown(() => store.verify(path), 'run-file.damaged')
    await expectProblem(store.reopen(path, exampleSession), 'run-file.damaged')
  })

  it.each([
    ['a huge event', `UPDATE journal SET body = CAST(zeroblob(20000000) AS TEXT) WHERE seq = 2`],
    ['a huge chunk', 'UPDATE chunk SET samples = zeroblob(100000000) WHERE id = 0'],
    ['an event that is no JSON', `UPDATE journal SET body = '{"type":' WHERE seq = 2`],
    ['an event of an unknown type', `UPDATE journal SET body = '{"type":"surprise"}' WHERE seq = 2`],
    ['an event without its members', `UPDATE journal SET body = '{"type":"run-started"}' WHERE seq = 1`],
    ['deeply nested JSON', `UPDATE journal SET body = '${'['.repeat(200_000)}' WHERE seq = 2`],
    ['a series that is none', `UPDATE series SET body = '{"index":0}' WHERE n = 0`],
    ['a number beyond what we count with', 'UPDATE chunk SET rtt_sum_us = 9223372036854775807 WHERE id = 0'],
    ['a chunk at a place that does not exist', 'UPDATE chunk SET id = id + 7 WHERE id = 0'],
    ['a chunk of more samples than fit', 'UPDATE chunk SET count = 100000000, ok = 100000000 WHERE id = 0'],
  ])('is refused with %s, as soon as that is read', (_, sql) => {
    tamper(sql)
    expectThrown(() => read(path), 'run-file.damaged')
    expect(problemIn(() => store.verify(path))).toMatch(/^run-file\.(damaged|chain-broken)$/)
  })
})

describe('a file that is no run of this version', () => {
  it.each([
    ['text', () => writeFileSync(path, 'a'.repeat(5000))],
    ['an empty file', () => writeFileSync(path, '')],
    ['a few bytes', () => writeFileSync(path, 'SQLite format 3\0')],
    [
      'another program’s database',
      () => {
        rmSync(path)
        tamper('CREATE TABLE notes (a)')
      },
    ],
  ])('is told apart: %s', async (_, make) => {
    make()
    expectThrown(() => store.read(path), 'run-file.not-a-run')
    expectThrown(() => store.verify(path), 'run-file.not-a-run')
    await expectProblem(store.reopen(path, exampleSession), 'run-file.not-a-run')
  })

  it('is a folder', async () => {
    expectThrown(() => store.read(folder), 'run-file.not-a-run')
    await expect(store.reopen(folder, exampleSession)).rejects.toBeInstanceOf(ProblemError)
  })

  it('is of a newer version, and is left as it is', async () => {
    tamper('PRAGMA user_version = 2; CREATE TABLE something_new (a)')
    const before = readFileSync(path)
    expectThrown(() => store.read(path), 'run-file.newer')
    expectThrown(() => store.verify(path), 'run-file.newer')
    await expectProblem(store.reopen(path, exampleSession), 'run-file.newer', { version: 2 })
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('is larger than a run can be', () => {
    truncateSync(path, 1024 ** 3 + 1)
    expectThrown(() => store.read(path), 'run-file.too-large')
  })
})

describe('a run file with changed bytes', () => {
  /** Each change is one byte at a random place set to another value. */
  function flipped(original: string, rounds: number, seed: number): Record<string, number> {
    const random = seededRandom(seed)
    const pristine = readFileSync(original)
    const expected = JSON.stringify(read(original))
    const outcomes: Record<string, number> = {}
    for (let round = 0; round < rounds; round++) {
      const bytes = Buffer.from(pristine)
      const at = random.int(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 + random.int(255))
      writeFileSync(path, bytes)
      const verdict = problemIn(() => store.verify(path))
      const refusal = problemIn(() => read(path))
      // What verification covers is everything that is read; a byte it passes belongs to nothing.
      if (verdict === undefined) expect(JSON.stringify(read(path)), `byte ${at}`).toBe(expected)
      else if (refusal === undefined) expect(verdict, `byte ${at}`).toMatch(/damaged|chain-broken/)
      outcomes[verdict ?? 'passed'] = (outcomes[verdict ?? 'passed'] ?? 0) + 1
    }
    expect(readdirSync(folder).sort()).toEqual(['complete.original', 'interrupted.original', 'run.kuorum'])
    return outcomes
  }

  it('fails verification or has the same content, for 300 changes of a complete run', {
    timeout: 120_000,
  }, () => {
    const outcomes = flipped(complete, 300, 1)
    expect((outcomes['run-file.damaged'] ?? 0) + (outcomes['run-file.chain-broken'] ?? 0)).toBeGreaterThan(
      100,
    )
  })

  it('fails verification or has the same content, for 200 changes of an interrupted run', {
    timeout: 120_000,
  }, () => {
    const outcomes = flipped(interrupted, 200, 2)
    expect((outcomes['run-file.damaged'] ?? 0) + (outcomes['run-file.chain-broken'] ?? 0)).toBeGreaterThan(30)
  })

  it('fails verification when it was cut anywhere', () => {
    const pristine = readFileSync(complete)
    for (let size = 0; size < pristine.length; size += 977) {
      writeFileSync(path, pristine.subarray(0, size))
      expect(
        problemIn(() => store.verify(path)),
        `${size} bytes`,
      ).toMatch(/^run-file\./)
    }
  })
})
