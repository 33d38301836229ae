/**
 * The tables of a run file, and the check that a file has exactly these.
 *
 *   session      who, when, with what: one row each time the file was opened for writing
 *   journal      the run's events; `hash` = SHA-256 of the hash before and this entry
 *   series       what the samples measure
 *   chunk        samples of one series, 300 ticks a row; `id` = series * 2^32 + first tick, so that an ordinary
 *                rowid table keeps them in reading order without an index
 *   completion   one row when the run has ended: the digest over everything above but the sessions
 */
import type { DatabaseSync } from 'node:sqlite'
import { throwProblem } from '../../shared/problems/problem.ts'
import { damaged, integerOf, type Row, textOf } from './sqlite.ts'

/** `Kuor` in ASCII; offset 68 of the file, so that `file` and we know it without opening the database. */
export const applicationId = 0x4b756f72

export const schemaVersion = 1

const tables: Readonly<Record<string, string>> = {
  session: `CREATE TABLE session (
  n INTEGER PRIMARY KEY,
  after_seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT`,
  journal: `CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at_ms REAL NOT NULL,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT`,
  series: `CREATE TABLE series (
  n INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT`,
  chunk: `CREATE TABLE chunk (
  id INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  ok INTEGER NOT NULL,
  late INTEGER NOT NULL,
  bad INTEGER NOT NULL,
  void INTEGER NOT NULL,
  rtt_min_us INTEGER,
  rtt_max_us INTEGER,
  rtt_sum_us INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  samples BLOB NOT NULL
) STRICT`,
  completion: `CREATE TABLE completion (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  journal_sha256 BLOB NOT NULL
) STRICT`,
}

export function createTables(database: DatabaseSync): void {
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`)
  for (const sql of Object.values(tables)) database.exec(sql)
}

/**
 * Refuses what is not exactly our schema: another program's file, a newer version, and any trigger, view, virtual
 * table, index or generated column somebody added. Then has SQLite check the structure of the file, because only
 * a sound structure can be read without going round in circles.
 */
export function checkSchema(database: DatabaseSync, path: string): void {
  if (pragmaOf(database, 'application_id', path) !== applicationId)
    throwProblem('run-file.not-a-run', { path })
  const version = pragmaOf(database, 'user_version', path)
  if (version > schemaVersion) throwProblem('run-file.newer', { path, version })
  if (version < 1) throwProblem('run-file.not-a-run', { path })
  const expected = new Map(Object.entries(tables))
  const objects: Row[] = database
    .prepare('SELECT type, name, sql FROM sqlite_schema LIMIT ?')
    .all(expected.size + 1)
  for (const object of objects) {
    const name = textOf(object, 'name', path)
    if (object.type !== 'table' || object.sql !== expected.get(name))
      damaged(path, `unexpected ${String(object.type)} ${name}`)
    expected.delete(name)
  }
  if (expected.size > 0) damaged(path, `missing table ${[...expected.keys()].join(', ')}`)
  const [verdict]: Row[] = database.prepare('PRAGMA quick_check(1)').all()
  if (verdict?.quick_check !== 'ok') damaged(path, String(verdict?.quick_check))
}

function pragmaOf(database: DatabaseSync, name: string, path: string): number {
  return integerOf(database.prepare(`PRAGMA ${name}`).get() ?? {}, name, path)
}

/** Bounds on what is read from a file of unknown origin. */
export const limits = {
  fileBytes: 1024 ** 3,
  /** A journal entry holds at most the plan and lab of the run, well below a megabyte. */
  bodyBytes: 4 * 1024 ** 2,
  entries: 2_000_000,
  series: 10_000,
  sessions: 100_000,
} as const

const ticksPerSeries = 2 ** 32

export function chunkIdOf(series: number, firstTick: number): number {
  return series * ticksPerSeries + firstTick
}

export function chunkOriginOf(id: number): { readonly series: number; readonly firstTick: number } {
  return { series: Math.floor(id / ticksPerSeries), firstTick: id % ticksPerSeries }
}
