/** A run that is killed at any moment can be continued, and ends as if nothing had happened. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../src/main/base/seeded-random.ts'
import { type CliEnded, type StartedCli, startCli } from './command-line.ts'

/** Moments at which the run is killed; the published acceptance asks for twenty. */
const kills = 20
/** Files that suffer at the same time: as many as the machines of the tests have processors. */
const lanes = 2
/** Fixed, so that a failure can be repeated; the machine's speed still varies what the moment hits. */
const random = seededRandom(20)

let folder: string
let whole: CliEnded
/** Largest size of the run file with its write-ahead log. */
let wholeBytes = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum kill é '))
  const file = join(folder, 'whole.kuorum')
  const run = startRun(file)
  await watchBytes(run, file, (bytes) => {
    wholeBytes = Math.max(wholeBytes, bytes)
    return false
  })
  whole = await run.ended
  expect(whole.document).toMatchObject({ outcome: 'completed' })
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

describe(`a run killed at ${kills} moments`, () => {
  it('resumes each time to the journal and results of the uninterrupted run', async () => {
    const rounds = Array.from({ length: kills }, (_, round) => ({
      file: join(folder, `killed-${round}.kuorum`),
      share: (round + random.between(0, 1)) / kills,
      laterMs: random.between(0, 30),
      // Every fourth is killed again while it resumes.
      again: round % 4 === 3,
    }))
    const resumed: string[] = []
    const work = async () => {
      for (let round = rounds.shift(); round !== undefined; round = rounds.shift()) {
        const { file, share, laterMs, again } = round
        if (!(await killAt(startRun(file), file, share * wholeBytes, laterMs))) continue
        if (again) await killAt(startResume(file), file, wholeBytes * ((1 + share) / 2), laterMs)
        const { document } = await startResume(file).ended
        // Its last entry was written, the process not yet gone.
        if (JSON.stringify(document).includes('run-file.already-complete')) continue
        expect(document, file).toMatchObject({ outcome: 'completed', results: whole.document.results })
        expect(document.journalSha256, file).toBe(whole.document.journalSha256)
        resumed.push(file)
      }
    }
    await Promise.all(Array.from({ length: lanes }, work))
    expect(resumed.length).toBeGreaterThan(kills / 2)
    for (const file of resumed) {
      const verified = await startCli('verify', file, '--json').ended
      expect(verified.code, file).toBe(0)
      expect(verified.document, file).toMatchObject({
        complete: true,
        journalSha256: whole.document.journalSha256,
      })
    }
  }, 300_000)
})

function startRun(file: string): StartedCli {
  return startCli('run', 'P0', '--seed', '42', '--json', '--out', file)
}

function startResume(file: string): StartedCli {
  return startCli('run', '--resume', file, '--json')
}

/**
 * Kills the process a little after the file has grown to a size; a size tells the progress on a slow and on a fast
 * machine alike. False when it ended before.
 */
async function killAt(cli: StartedCli, file: string, bytes: number, laterMs: number): Promise<boolean> {
  await watchBytes(cli, file, (now) => now >= bytes)
  // Growth is seen just after something was written; the kill shall hit every part of the work.
  await pass(laterMs)
  cli.process.kill('SIGKILL')
  return (await cli.ended).code === null
}

/** Calls `isReached` with the bytes written so far until it is true or the process has ended. */
async function watchBytes(
  cli: StartedCli,
  file: string,
  isReached: (bytes: number) => boolean,
): Promise<void> {
  let hasEnded = false
  void cli.ended.then(() => {
    hasEnded = true
  })
  while (!hasEnded && !isReached(bytesOf(file) + bytesOf(`${file}-wal`))) await pass(3)
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
