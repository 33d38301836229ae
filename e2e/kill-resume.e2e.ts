/** A run that is killed at any moment can be continued, and ends as if nothing had happened. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../src/main/base/seeded-random.ts'

/** Moments at which a run is killed; the published acceptance asks for twenty. */
const kills = 20
/** Fixed, so that a failure can be repeated; the machine's speed still varies what the moment hits. */
const random = seededRandom(20)

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum-kill-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const cli = join(import.meta.dirname, '../src/main/entries/cli/main.ts')

function kuorum(argv: readonly string[], killAfterMs?: number) {
  return new Promise<{ code: number | null; out: string }>((resolve, reject) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...argv], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += String(chunk)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out }))
    if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  })
}

test(`a run killed at ${kills} moments resumes each time to the same journal and results`, async () => {
  const run = ['run', 'P0', '--seed', '42', '--json', '--out']
  const startedMs = performance.now()
  const whole = JSON.parse((await kuorum([...run, 'whole.kuorum'])).out)
  const durationMs = performance.now() - startedMs
  expect(whole.outcome).toBe('completed')

  let interrupted = 0
  for (let round = 0; round < kills; round++) {
    const file = `killed-${round}.kuorum`
    await kuorum([...run, file], random.between(0.1, 1) * durationMs)
    // Killed before the file existed, or after the run had ended: both leave nothing to resume.
    if (!readdirSync(folder).includes(file)) continue
    const resumed = await kuorum(['run', '--resume', file, '--json'])
    const document = JSON.parse(resumed.out)
    if (document.problem?.code === 'run-file.already-complete') continue
    interrupted++
    expect(document.outcome, file).toBe('completed')
    expect(document.journalSha256, file).toBe(whole.journalSha256)
    expect(document.results, file).toEqual(whole.results)
    const verified = await kuorum(['verify', file, '--json'])
    expect(verified.code, file).toBe(0)
    expect(JSON.parse(verified.out)).toMatchObject({ complete: true, journalSha256: whole.journalSha256 })
  }
  expect(interrupted).toBeGreaterThan(kills / 2)
}, 300_000)
