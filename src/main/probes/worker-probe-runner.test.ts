import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  outcomeClassOf,
  outcomeNameOf,
  outcomes,
  type Sample,
  type Series,
} from '../../shared/domain/sample.ts'
import { silentLogger } from '../base/logger.ts'
import { SystemClock } from '../base/system-clock.ts'
import { judgedAs } from '../testing/probe-once.ts'
import { createProbeRunner } from './worker-probe-runner.ts'

const workerUrl = new URL('./probe-worker.ts', import.meta.url)
const mortalWorkerUrl = new URL('../testing/mortal-probe-worker.ts', import.meta.url)

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function listen(server: Server = createServer((socket) => socket.destroy())) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => server.close())
  const { port } = server.address() as AddressInfo
  return { server, port, address: `127.0.0.1:${port}` }
}

function collector() {
  const samples = new Map<number, Sample[]>()
  return {
    samples,
    sink(series: Series, sample: Sample) {
      const list = samples.get(series.index) ?? []
      list.push(sample)
      samples.set(series.index, list)
    },
    names: (index: number) => (samples.get(index) ?? []).map(({ outcome }) => outcomeNameOf(outcome)),
  }
}

function seriesAt(clock: SystemClock, index: number, fields: Partial<Series>): Series {
  return {
    index,
    kind: 'tcp',
    subject: `vm${index}`,
    address: '127.0.0.1:1',
    intervalMs: 100,
    deadlineMs: 300,
    originMs: clock.nowMs() + 600,
    ...fields,
  }
}

describe('worker probe runner', () => {
  it('delivers every tick of every series once and in order, on the axis of its own clock', async () => {
    const tcp = await listen()
    const http = await listen(createHttpServer((_request, response) => response.end('instance-7')))
    const clock = new SystemClock()
    const series = [
      seriesAt(clock, 0, { address: tcp.address }),
      seriesAt(clock, 1, { kind: 'http', address: `http://localhost:${http.port}/`, intervalMs: 200 }),
      seriesAt(clock, 2, { kind: 'http', address: `http://127.0.0.1:${http.port}/`, intervalMs: 200 }),
    ]
    const runner = createProbeRunner({
      clock,
      workerUrl,
      expectationOf: ({ index }) => (index === 2 ? { bodyContains: ['instance-8'] } : undefined),
    })
    const { samples, sink } = collector()
    const session = await runner.start(series, sink)
    const endMs = (series[0] as Series).originMs + 1000
    await session.stop(endMs)
    expect(clock.nowMs()).toBeGreaterThanOrEqual(endMs - 100)
    const expected = [
      [10, 'ok'],
      [5, 'ok'],
      [5, 'bad:http-content'],
    ] as const
    for (const [index, [count, name]] of expected.entries()) {
      const list = samples.get(index) ?? []
      expect(list.map(({ tick }) => tick)).toEqual(Array.from({ length: count }, (_, tick) => tick))
      expect(judgedAs(list)).toEqual([name])
      for (const { latenessUs } of list)
        expect(latenessUs).toBeLessThan(1000 * (series[index]?.intervalMs ?? 0))
    }
  })

  it('sees a service go and come back', async () => {
    const { server, port, address } = await listen()
    const clock = new SystemClock()
    const series = seriesAt(clock, 0, { address, intervalMs: 50 })
    const { samples, sink } = collector()
    const session = await createProbeRunner({ clock, workerUrl }).start([series], sink)
    await clock.sleepUntil(series.originMs + 500)
    const closedMs = clock.nowMs()
    server.close()
    await clock.sleepUntil(series.originMs + 1000)
    const reopenedMs = clock.nowMs()
    server.listen(port, '127.0.0.1')
    await session.stop(series.originMs + 1500)
    const list = samples.get(0) ?? []
    expect(list).toHaveLength(30)
    expect(judgedAs(list)).toEqual(['ok', 'bad:refused'])
    for (const { tick, latenessUs, outcome } of list) {
      const sentMs = series.originMs + tick * series.intervalMs + latenessUs / 1000
      // Closing and opening take a moment, more on a busy machine.
      if (outcome === outcomes['bad:refused']) {
        expect(sentMs).toBeGreaterThan(closedMs - 20)
        expect(sentMs).toBeLessThan(reopenedMs + 50)
      }
      if (outcome === outcomes.ok) expect(sentMs < closedMs + 50 || sentMs > reopenedMs - 20).toBe(true)
    }
  })

  it('voids what is bad while the control is bad too', async () => {
    const control = await listen()
    const target = await listen()
    const clock = new SystemClock()
    const series = [
      seriesAt(clock, 0, { subject: 'control', address: control.address }),
      seriesAt(clock, 1, { address: target.address }),
    ]
    const { names, sink } = collector()
    const session = await createProbeRunner({ clock, workerUrl }).start(series, sink)
    const originMs = (series[0] as Series).originMs
    await clock.sleepUntil(originMs + 450)
    target.server.close()
    await clock.sleepUntil(originMs + 950)
    control.server.close()
    await clock.sleepUntil(originMs + 1450)
    control.server.listen(control.port, '127.0.0.1')
    await session.stop(originMs + 2000)
    expect(names(0)).toContain('void:observer-network')
    expect(names(0)).not.toContain('bad:refused')
    expect(names(1)).toHaveLength(20)
    expect(names(1)).toContain('void:observer-network')
    expect(names(1)).toContain('bad:refused')
  })

  it('replaces a worker that died; the ticks between are void', async () => {
    const { address } = await listen()
    const clock = new SystemClock()
    const series = seriesAt(clock, 0, { address, originMs: clock.nowMs() + 100, intervalMs: 50 })
    const { samples, sink } = collector()
    const session = await createProbeRunner({ clock, workerUrl: mortalWorkerUrl }).start([series], sink)
    await clock.sleep(2500)
    await session.stop(series.originMs + 3000)
    const list = samples.get(0) ?? []
    expect(list.map(({ tick }) => tick)).toEqual(Array.from({ length: 60 }, (_, tick) => tick))
    const voided = list.filter(({ outcome }) => outcomeClassOf(outcome) === 'void').length
    expect(voided).toBeGreaterThan(15)
    expect(voided).toBeLessThan(45)
    expect(list.slice(-5).map(({ outcome }) => outcome)).toContain(outcomes.ok)
  })

  it('ends with void ticks when no worker can be started any more', async () => {
    const { address } = await listen()
    const clock = new SystemClock()
    const fields = { address, subject: 'cursed', originMs: clock.nowMs() + 100, intervalMs: 50 }
    const series = seriesAt(clock, 0, fields)
    const { samples, sink } = collector()
    const deaths: string[] = []
    const logger = { ...silentLogger, error: (event: string) => deaths.push(event) }
    const runner = createProbeRunner({ clock, workerUrl: mortalWorkerUrl, logger })
    const session = await runner.start([series], sink)
    // On a busy machine a worker that hears of the end before it dies would still report the rest itself.
    await vi.waitFor(() => expect(deaths.length).toBeGreaterThan(5), { timeout: 50_000 })
    const endMs = clock.nowMs()
    await session.stop(endMs)
    const list = samples.get(0) ?? []
    const due = Math.ceil((endMs - series.originMs) / 50)
    expect(list.map(({ tick }) => tick)).toEqual(Array.from({ length: due }, (_, tick) => tick))
    expect(list.at(-1)?.outcome).toBe(outcomes['void:not-recorded'])
  }, 60_000)

  it('refuses what it cannot probe before anything starts', async () => {
    const clock = new SystemClock()
    const runner = createProbeRunner({ clock, workerUrl })
    const sink = () => expect.fail('nothing may be sent')
    await expect(runner.start([seriesAt(clock, 0, { address: '127.0.0.1' })], sink)).rejects.toMatchObject({
      problem: { code: 'probe.bad-target', params: { target: '127.0.0.1' } },
    })
    await expect(
      runner.start([seriesAt(clock, 0, { address: 'guest.invalid:80' })], sink),
    ).rejects.toMatchObject({ problem: { code: 'probe.address-unresolved' } })
  })

  it('rejects the start when its worker cannot be loaded', async () => {
    const clock = new SystemClock()
    const runner = createProbeRunner({ clock, workerUrl: new URL('./no-such-worker.ts', import.meta.url) })
    await expect(runner.start([seriesAt(clock, 0, {})], () => {})).rejects.toThrow('no-such-worker')
  })
})
