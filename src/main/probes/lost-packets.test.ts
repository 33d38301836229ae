/** Outages that lose packets, as a cut link does: made in a network namespace, so on Linux and as root only. */
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { outcomeNameOf, outcomes, type Series } from '../../shared/domain/sample.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { SystemClock } from '../base/system-clock.ts'
import { SampleColumnBuilder } from './sample-column-builder.ts'
import { evaluateGroup, type WatchedService } from './self-test-evaluation.ts'
import { createProbeRunner } from './worker-probe-runner.ts'

const run = promisify(execFile)
const namespace = `kuorum-${process.pid}`
const here = '10.213.98.1'
const there = '10.213.98.2'
const nobody = '10.213.98.3'

const service = `
require('node:http').createServer((request, response) => response.end('fine')).listen(8080, '${there}', () => console.log('up'))`

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Says why namespaces cannot be used here, or makes one with a link to it. */
function makeNamespace(): string | undefined {
  if (process.platform !== 'linux') return 'namespaces are a thing of Linux'
  if (process.getuid?.() !== 0) return 'only root may make a network namespace'
  try {
    ip('netns', 'add', namespace)
    ip('link', 'add', `kuo${process.pid}a`, 'type', 'veth', 'peer', 'name', 'inside', 'netns', namespace)
    ip('address', 'add', `${here}/24`, 'dev', `kuo${process.pid}a`)
    ip('link', 'set', `kuo${process.pid}a`, 'up')
    ip('-n', namespace, 'address', 'add', `${there}/24`, 'dev', 'inside')
    ip('-n', namespace, 'link', 'set', 'inside', 'up')
    return undefined
  } catch (error) {
    return `no network namespace here: ${String(error)}`
  }
}

const obstacle = makeNamespace()
let stopService = async () => {}

beforeAll(async () => {
  if (obstacle !== undefined) return
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', service], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  stopService = async () => {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  await once(child.stdout, 'data')
})

afterAll(async () => {
  await stopService()
  if (process.platform === 'linux' && process.getuid?.() === 0)
    execFile('ip', ['netns', 'delete', namespace], () => {})
})

const intervalMs = 100

function seriesTo(address: string, index: number, originMs: number): Series {
  const kind = (['icmp', 'tcp', 'http'] as const)[index % 3] ?? 'icmp'
  const addresses = { icmp: address, tcp: `${address}:8080`, http: `http://${address}:8080/` }
  return { index, kind, subject: address, address: addresses[kind], intervalMs, deadlineMs: 800, originMs }
}

/** Probes with all three kinds while `meanwhile` runs, which is told when the first probes leave. */
async function probe(address: string, meanwhile: (originMs: number, clock: SystemClock) => Promise<void>) {
  const clock = new SystemClock()
  const originMs = clock.nowMs() + 1000
  const series = [0, 1, 2].map((index) => seriesTo(address, index, originMs + index * 33))
  const builders = series.map(() => new SampleColumnBuilder())
  const runner = createProbeRunner({ clock, workerUrl: new URL('./probe-worker.ts', import.meta.url) })
  const session = await runner.start(series, ({ index }, sample) => builders[index]?.push(sample))
  await meanwhile(originMs, clock)
  await session.stop(clock.nowMs())
  return series.map((one, index) => {
    const columns = (builders[index] as SampleColumnBuilder).columns()
    return { series: one, columns }
  })
}

describe.skipIf(obstacle !== undefined)(
  `lost packets${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    it('are measured without bias by ICMP, TCP and HTTP at 10 Hz', async () => {
      const random = seededRandom(7)
      const truth: { fromMs: number; toMs: number }[] = []
      const timed = async (clock: SystemClock, verb: 'add' | 'delete') => {
        const beforeMs = clock.nowMs()
        await run('ip', ['-n', namespace, 'route', verb, 'blackhole', `${here}/32`])
        return (beforeMs + clock.nowMs()) / 2
      }
      const watched = await probe(there, async (originMs, clock) => {
        await clock.sleepUntil(originMs)
        for (const lengthMs of [350, 950, 350, 950, 350, 950, 350, 950]) {
          await clock.sleep(random.between(1000, 1400))
          const fromMs = await timed(clock, 'add')
          await clock.sleepUntil(fromMs + lengthMs)
          truth.push({ fromMs, toMs: await timed(clock, 'delete') })
        }
        await clock.sleep(1000)
      })
      for (const one of watched) {
        const services: WatchedService[] = [{ ...one, truth }]
        const { kind } = one.series
        const row = evaluateGroup({ kind, fault: 'silent', intervalMs, lengthSeconds: 0.65 }, services)
        expect(row.injected, kind).toBe(8)
        expect(row.censored, `${kind}: too busy a machine to measure on`).toBeLessThan(6)
        expect(row.seen, kind).toBe(8)
        // Eight outages at the worst phase: three standard errors of 0.05 s / sqrt(8).
        expect(Math.abs(row.biasSeconds ?? 1), kind).toBeLessThan(0.053)
        const names = new Set([...one.columns.outcome].map(outcomeNameOf))
        expect(names, kind).toContain('bad:timeout')
      }
    }, 60_000)

    it('to an address that nobody has are bad in every kind, and never ok', async () => {
      const watched = await probe(nobody, async (originMs, clock) => {
        // Neighbour resolution fails after three seconds; silence turns into `unreachable` then.
        await clock.sleepUntil(originMs + 5000)
      })
      for (const { series, columns } of watched) {
        const codes = [...columns.outcome]
        expect(
          codes.filter((code) => code === outcomes.ok || code === outcomes.late),
          series.kind,
        ).toEqual([])
        const bad = codes.filter((code) => code >= outcomes['bad:timeout'] && code < outcomes['void:missed'])
        expect(bad.length, series.kind).toBeGreaterThan(40)
      }
      const tcp = watched.find(({ series }) => series.kind === 'tcp')
      expect([...(tcp?.columns.outcome ?? [])]).toContain(outcomes['bad:unreachable-local'])
    }, 30_000)
  },
)
