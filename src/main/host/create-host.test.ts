import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { emptyRunState, foldJournal, type RunState } from '../../shared/domain/journal.ts'
import type { CallInput, CallName, CallOutput, RunFrame } from '../../shared/host-api/table.ts'
import type { Json } from '../../shared/problems/problem.ts'
import { silentLogger } from '../base/logger.ts'
import { SystemClock } from '../base/system-clock.ts'
import { secretFile } from '../store/secret-file.ts'
import { settingsFile } from '../store/settings-file.ts'
import { createHost } from './create-host.ts'
import { createDispatcher } from './dispatch.ts'
import type { Host } from './handlers.ts'
import { createInProcessTransport } from './in-process-transport.ts'
import { openStore } from './open-store.ts'
import { recipeFolder } from './resource-folders.ts'

let folder: string
let host: Host
const clock = new SystemClock()

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum-host-'))
  host = await newHost()
})
afterEach(async () => {
  await host.close()
  rmSync(folder, { recursive: true, force: true })
})

async function newHost(): Promise<Host> {
  return createHost({
    entry: 'cli',
    dataFolder: folder,
    recipeFolder: recipeFolder(),
    store: await openStore(),
    settings: settingsFile(join(folder, 'settings.json'), () => clock.wallTime()),
    secrets: secretFile(join(folder, 'secrets.json')),
    clock,
    log: silentLogger,
  })
}

const transport = () => createInProcessTransport(createDispatcher(host.handlers, silentLogger))

async function call<K extends CallName>(name: K, input: CallInput<K>): Promise<CallOutput<K>> {
  const reply = await transport().call(name, input as Json)
  if (!reply.ok) throw new Error(reply.problem.code)
  return reply.value as CallOutput<K>
}

const rehearsal = {
  recipe: 'P0',
  trial: 'second',
  group: 'treatment',
  plan: 'rehearsal',
  guests: 'together',
  seed: 3,
  speed: 'max',
} as const

/** Follows a run to its end, or until `enough`, and returns its state and frames. */
function follow(run: string, enough: (state: RunState) => boolean = () => false) {
  return new Promise<{ state: RunState; frames: readonly RunFrame[] }>((resolve, reject) => {
    let state = emptyRunState
    const frames: RunFrame[] = []
    const stop = transport().subscribe(
      'runs.follow',
      { run, afterSeq: 0 },
      (item) => {
        const frame = item as unknown as RunFrame
        frames.push(frame)
        for (const entry of frame.entries) {
          expect(entry.seq).toBe(state.lastSeq + 1)
          state = foldJournal(state, entry)
        }
        if (enough(state)) {
          stop()
          resolve({ state, frames })
        }
      },
      (problem) => (problem ? reject(new Error(problem.code)) : resolve({ state, frames })),
    )
  })
}

describe('a run through the host', () => {
  test('is followed from its first entry to its end without a gap, then reviewed', async () => {
    const { run } = await call('runs.start', rehearsal)
    const { state, frames } = await follow(run)
    expect(state).toMatchObject({ status: 'ended', outcome: 'completed' })
    expect(frames.at(-1)).toMatchObject({ live: false, speed: 'max' })
    const results = await call('runs.results', { run })
    expect(results.faultsInjected).toBe(1)
    expect(results.guests.map(({ guest }) => guest)).toEqual(['ct:101', 'ct:102', 'vm:103', 'vm:104'])
    const overview = await call('runs.overview', { run, buckets: 100 })
    expect(overview.windowClosedAtMs - overview.windowOpenedAtMs).toBe(300_000)
    for (const { segments } of overview.strips) expect(segments[0]?.fromMs).toBe(overview.windowOpenedAtMs)
    const [listed] = await call('runs.list', null)
    expect(listed).toMatchObject({ run, status: 'ended', outcome: 'completed', faultsInjected: 1, seed: 3 })
  })

  test('sends chart buckets that hold each sample once, live and from the file', async () => {
    const { run } = await call('runs.start', rehearsal)
    const { frames } = await follow(run)
    const live = new Map<number, number[]>()
    for (const { buckets } of frames)
      for (const { series, first, ok, late, bad, void: empty } of buckets) {
        const counts = live.get(series) ?? []
        ok.forEach((count, index) => {
          counts[first + index] = count + (late[index] ?? 0) + (bad[index] ?? 0) + (empty[index] ?? 0)
        })
        live.set(series, counts)
      }
    const samples = await call('runs.export', { run, what: 'samples-csv' })
    const rows = samples.text.trimEnd().split(/\r?\n/).slice(1)
    const total = [...live.values()].flat().reduce((sum, count) => sum + count, 0)
    expect(total).toBe(rows.length)
  })

  test('has results up to now while it goes on', async () => {
    const { run } = await call('runs.start', { ...rehearsal, speed: '60' })
    const { state } = await follow(run, ({ faults }) => faults.some(({ status }) => status === 'injected'))
    const opened = state.windowOpenedAtMs ?? Number.NaN
    const injected = state.faults[0]?.injectedAtMs ?? Number.NaN
    const { windowSeconds } = await call('runs.results', { run })
    expect(windowSeconds).toBeGreaterThanOrEqual(Math.floor((injected - opened) / 1000))
    expect(windowSeconds).toBeLessThan(300)
  })

  test('stopped with its host in the middle is listed as interrupted and resumes to its end', async () => {
    const { run } = await call('runs.start', { ...rehearsal, speed: '720' })
    await follow(run, (state) => state.windowOpenedAtMs !== undefined)
    await host.close()
    host = await newHost()
    expect((await call('runs.list', null))[0]).toMatchObject({ run, status: 'interrupted' })
    await call('runs.resume', { run, speed: 'max' })
    const { state } = await follow(run)
    expect(state.outcome).toBe('completed')
    expect((await call('runs.list', null))[0]).toMatchObject({ run, status: 'ended' })
  })

  test('cancelled keeps what was measured and ends as cancelled', async () => {
    const { run } = await call('runs.start', { ...rehearsal, speed: '60' })
    await follow(run, (state) => state.windowOpenedAtMs !== undefined)
    await call('runs.control', { run, action: 'cancel' })
    await call('runs.set-speed', { run, speed: 'max' })
    const { state } = await follow(run)
    expect(state.outcome).toBe('cancelled')
    expect((await call('runs.results', { run })).windowSeconds).toBeLessThan(300)
  })

  test('refuses a second run while one is going on', async () => {
    const { run } = await call('runs.start', { ...rehearsal, speed: '1' })
    await expect(call('runs.start', { ...rehearsal, seed: 4 })).rejects.toThrow('run.already-running')
    await call('runs.set-speed', { run, speed: 'max' })
    await follow(run)
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(1)
  })
})

test('an unknown run, a damaged file and a wrong input are Problems, and the list still works', async () => {
  await expect(call('runs.results', { run: 'nothing' })).rejects.toThrow('run.unknown')
  await expect(call('runs.control', { run: 'nothing', action: 'pause' })).rejects.toThrow('run.not-running')
  await call('runs.start', rehearsal).then(({ run }) => follow(run))
  writeFileSync(join(folder, 'runs', 'broken.kuorum'), 'no database')
  const list = await call('runs.list', null)
  expect(list.find(({ run }) => run === 'broken')?.problem?.code).toBe('run-file.not-a-run')
  expect(list.filter(({ problem }) => problem === undefined)).toHaveLength(1)
  const reply = await transport().call('runs.start', { ...rehearsal, seed: -1 })
  expect(reply).toMatchObject({ ok: false, problem: { code: 'host.malformed', params: { field: 'seed' } } })
  const path = await transport().call('runs.results', { run: '../../etc/passwd' })
  expect(path).toMatchObject({ ok: false, problem: { code: 'host.malformed' } })
})

test('settings change at once and survive a new host', async () => {
  await call('settings.change', { language: 'id' })
  await host.close()
  host = await newHost()
  expect(await call('settings.get', null)).toMatchObject({ language: 'id', theme: 'system' })
})
