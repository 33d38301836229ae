import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../base/seeded-random.ts'
import { exampleSample, exampleSeries, exampleSession } from '../testing/example-run.ts'
import { expectProblem, samplesOf } from '../testing/run-store-contract.ts'
import { createRunStore } from './run-store.ts'

const store = createRunStore({ workerUrl: new URL('./store-worker.ts', import.meta.url) })
const script = (name: string) => fileURLToPath(new URL(`../testing/${name}.ts`, import.meta.url))

let folder: string
let path: string
const children: ChildProcess[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum-crash-'))
  path = join(folder, 'run.kuorum')
})

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  rmSync(folder, { recursive: true, force: true })
})

interface Acknowledged {
  entries: number
  ticks: number
}

/** Starts a process that writes; resolves when it has the file open. */
async function startWriter(mode: 'create' | 'reopen', acknowledged: Acknowledged): Promise<ChildProcess> {
  const child = spawn(process.execPath, [script('crashing-writer'), path, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const [what, count] = line.split(' ')
    if (what === 'entry') acknowledged.entries = Number(count)
    if (what === 'ticks') acknowledged.ticks = Number(count)
  })
  await once(lines, 'line')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'close')
}

function snapshot(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  )
}

describe('a run file whose writer is killed', () => {
  it('keeps everything acknowledged, verifies, and can be continued, 14 times over', {
    timeout: 180_000,
  }, async () => {
    const random = seededRandom(3)
    const acknowledged: Acknowledged = { entries: 0, ticks: 0 }
    for (let round = 0; round < 14; round++) {
      const before = { ...acknowledged }
      const child = await startWriter(round === 0 ? 'create' : 'reopen', acknowledged)
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 250)))
      await kill(child)

      const report = store.verify(path)
      expect(report.complete).toBe(false)
      expect(report.sessions).toHaveLength(round + 1)
      const reader = store.read(path)
      const entries = reader.entries()
      expect(entries.length).toBeGreaterThanOrEqual(Math.max(before.entries, acknowledged.entries))
      entries.forEach(({ seq, atMs, event }, index) => {
        expect({ seq, atMs }).toEqual({ seq: index + 1, atMs: index })
        expect(event).toMatchObject({ message: `round ${index}` })
      })
      for (const { index } of exampleSeries) {
        const samples = samplesOf(reader, index)
        expect(samples.length).toBeGreaterThanOrEqual(Math.max(before.ticks, acknowledged.ticks))
        expect(samples).toEqual(samples.map(({ tick }) => exampleSample(index, tick)))
      }
      reader.close()
      // What was read back counts as acknowledged from now on.
      acknowledged.entries = entries.length
    }
    expect(acknowledged.ticks).toBeGreaterThan(0)
  })

  it('can be continued as soon as it is there, however early the kill', { timeout: 60_000 }, async () => {
    const random = seededRandom(4)
    let found = 0
    for (let round = 0; round < 12; round++) {
      const file = join(folder, `early-${round}.kuorum`)
      const child = spawn(process.execPath, [script('crashing-writer'), file, 'create'], { stdio: 'ignore' })
      children.push(child)
      // Something of the writer is there from the moment it has its lock.
      while (readdirSync(folder).every((name) => !name.startsWith(`early-${round}.`)))
        await new Promise((resolve) => setTimeout(resolve, 1))
      await new Promise((resolve) => setTimeout(resolve, random.between(0, 40)))
      await kill(child)
      if (!existsSync(file)) continue
      found++
      const writer = await store.reopen(file, exampleSession)
      await writer.close()
      expect(store.verify(file).sessions).toHaveLength(2)
    }
    expect(found).toBeGreaterThan(0)
  })

  it('is read without a trace in its folder, log and all', async () => {
    const acknowledged: Acknowledged = { entries: 0, ticks: 0 }
    const child = await startWriter('create', acknowledged)
    while (acknowledged.ticks < 400) await new Promise((resolve) => setTimeout(resolve, 10))
    await kill(child)
    const before = snapshot()
    expect(Object.keys(before)).toContain('run.kuorum-wal')
    const reader = store.read(path)
    expect(samplesOf(reader, 1).length).toBeGreaterThanOrEqual(acknowledged.ticks)
    reader.close()
    store.verify(path)
    expect(snapshot()).toEqual(before)
  })

  it('is one file again after the next orderly end', async () => {
    const acknowledged: Acknowledged = { entries: 0, ticks: 0 }
    await kill(await startWriter('create', acknowledged))
    const writer = await store.reopen(path, exampleSession, 'continue')
    await writer.append(1e6, { type: 'run-ended', outcome: 'cancelled' })
    await writer.close()
    expect(readdirSync(folder)).toEqual(['run.kuorum'])
    expect(store.verify(path)).toMatchObject({ complete: true })
  })
})

describe('a run file that another process writes', () => {
  it('is not opened for writing, and can be read meanwhile', async () => {
    const acknowledged: Acknowledged = { entries: 0, ticks: 0 }
    const child = await startWriter('create', acknowledged)
    await expectProblem(store.reopen(path, exampleSession), 'run-file.in-use', { path })
    // The file grows while it is read, so on a busy machine each reading takes longer than the one before.
    const enoughMs = performance.now() + 4000
    for (let round = 0; round < 2 || (round < 10 && performance.now() < enoughMs); round++) {
      const seen = { ...acknowledged }
      const reader = store.read(path)
      expect(reader.entries().length).toBeGreaterThanOrEqual(seen.entries)
      expect(samplesOf(reader, 0).length).toBeGreaterThanOrEqual(seen.ticks)
      reader.close()
      expect(store.verify(path).complete).toBe(false)
    }
    await kill(child)
    const writer = await store.reopen(path, exampleSession)
    await writer.close()
  })
})

describe('a writer nobody closes', () => {
  it('does not keep the program from ending, and has written what was asked before', async () => {
    const child = spawn(process.execPath, [script('forgetful-writer'), path], { stdio: 'inherit' })
    children.push(child)
    const [exitCode] = await once(child, 'exit')
    expect(exitCode).toBe(0)
    expect(store.verify(path)).toMatchObject({ entries: 1, complete: false })
  })
})
