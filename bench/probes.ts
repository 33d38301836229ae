/** How punctual the probes are with 60 targets at 10 Hz, and what one costs; fping beside it where it is installed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SystemClock } from '../src/main/base/system-clock.ts'
import { workerFile } from '../src/main/host/worker-files.ts'
import { type ProbeRecord, type ProbeRequest, runProbes } from '../src/main/probes/run-probes.ts'
import type { ProbeKind } from '../src/shared/domain/plan.ts'
import { outcomes } from '../src/shared/domain/sample.ts'
import { ProblemError } from '../src/shared/problems/problem.ts'
import type { BenchRow } from './bench-row.ts'

const targetCount = 60
const intervalMs = 100
const durationSeconds = 10

/** A listener and a web server in a process of their own, so that their work is not counted as the probes'. */
const services = `
const tcp = require('node:net').createServer((socket) => socket.on('error', () => {}).destroy())
const http = require('node:http').createServer((request, response) => response.end('ok'))
tcp.listen(0, '127.0.0.1', () => http.listen(0, '127.0.0.1', () => console.log(tcp.address().port, http.address().port)))
process.stdin.on('end', () => process.exit()).resume()`

export async function benchProbes(): Promise<readonly BenchRow[]> {
  const child = spawn(process.execPath, ['-e', services], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const [tcpPort, httpPort] = line.toString().split(' ').map(Number)
    const rows = [
      ...(await benchKind('tcp', () => `127.0.0.1:${tcpPort}`, '<= 140')),
      ...(await benchKind('http', () => `http://127.0.0.1:${httpPort}/`)),
    ]
    const fping = await benchFping()
    if (fping === undefined) return rows
    const ratio = (name: string) => (rows.find((row) => row.name === name)?.value ?? 0) / fping
    return [
      ...rows,
      ...(await benchPing(fping)),
      { name: 'fping: CPU per probe', value: fping, unit: 'us' },
      { name: 'tcp: CPU per probe over that of fping', value: ratio('tcp: CPU per probe'), unit: 'x' },
    ]
  } finally {
    child.kill('SIGKILL')
  }
}

/** Own CPU time does not hold that of children: for ICMP see `benchPing`. */
async function benchKind(
  kind: ProbeKind,
  address: (index: number) => string,
  cpuBound?: string,
): Promise<readonly BenchRow[]> {
  const { record, usPerProbe, okPercent } = await probe(kind, address, () => 0)
  return [
    { name: `${kind}: lateness p50, 60 targets at 10 Hz`, value: latenessMs(record, 0.5), unit: 'ms' },
    {
      name: `${kind}: lateness p99, 60 targets at 10 Hz`,
      value: latenessMs(record, 0.99),
      unit: 'ms',
      bound: '<= 5',
    },
    {
      name: `${kind}: CPU per probe`,
      value: usPerProbe,
      unit: 'us',
      ...(cpuBound !== undefined && { bound: cpuBound }),
    },
    { name: `${kind}: answered share`, value: okPercent, unit: '%' },
  ]
}

interface Measured {
  readonly record: ProbeRecord
  readonly usPerProbe: number
  readonly okPercent: number
}

/** Own processor time and what `alsoUs` adds to it, from the first second on: starting up is paid once. */
async function probe(
  kind: ProbeKind,
  address: (index: number) => string,
  alsoUs: () => number,
): Promise<Measured> {
  const targets = Array.from(
    { length: targetCount },
    (_, index): ProbeRequest => ({ kind, address: address(index) }),
  )
  const marks: { readonly seconds: number; readonly us: number }[] = []
  const record = await runProbes({
    targets,
    intervalMs,
    durationSeconds,
    clock: new SystemClock(),
    workerUrl: workerFile('probe-worker'),
    onProgress: ({ elapsedSeconds }) => {
      const { user, system } = process.cpuUsage()
      marks.push({ seconds: elapsedSeconds, us: user + system + alsoUs() })
    },
  })
  const [first, last] = [marks[0], marks.at(-1)]
  const probes = (((last?.seconds ?? 0) - (first?.seconds ?? 0)) * 1000 * targetCount) / intervalMs
  const expected = record.counts.reduce((sum, count) => sum + count.expected, 0)
  const ok = record.counts.reduce((sum, count) => sum + count.ok, 0)
  return {
    record,
    usPerProbe: ((last?.us ?? 0) - (first?.us ?? 0)) / probes,
    okPercent: (100 * ok) / expected,
  }
}

function latenessMs(record: ProbeRecord, share: number): number {
  const all: number[] = []
  for (const { latenessUs, outcome } of record.columns)
    latenessUs.forEach((us, index) => {
      if ((outcome[index] ?? 0) < outcomes['void:missed']) all.push(us / 1000)
    })
  all.sort((a, b) => a - b)
  return all[Math.floor(share * all.length)] ?? Number.NaN
}

/** ICMP by 60 running pings: our own time and theirs. Lateness is that of ping's own time, up to an interval. */
async function benchPing(fping: number): Promise<readonly BenchRow[]> {
  if (process.platform !== 'linux') return []
  try {
    const { record, usPerProbe, okPercent } = await probe(
      'icmp',
      (index) => `127.0.1.${index + 1}`,
      () => cpuOfChildren('ping'),
    )
    return [
      { name: 'icmp: lateness p99, 60 targets at 10 Hz', value: latenessMs(record, 0.99), unit: 'ms' },
      { name: 'icmp: CPU per probe, pings included', value: usPerProbe, unit: 'us' },
      { name: 'icmp: CPU per probe over that of fping', value: usPerProbe / fping, unit: 'x', bound: '<= 2' },
      { name: 'icmp: answered share', value: okPercent, unit: '%' },
    ]
  } catch (error) {
    if (error instanceof ProblemError) return []
    throw error
  }
}

/** Microseconds of CPU that fping takes for one probe; undefined where there is none. */
async function benchFping(): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  const addresses = Array.from({ length: targetCount }, (_, index) => `127.0.1.${index + 1}`)
  const child: ChildProcess = spawn(
    'fping',
    ['-q', '-l', '-i', '1', '-p', String(intervalMs), ...addresses],
    {
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  )
  const failed = once(child, 'error').then(() => true)
  const wait = new Promise<boolean>((resolve) => setTimeout(resolve, durationSeconds * 1000, false))
  if (await Promise.race([failed, wait])) return undefined
  const cpuUs = cpuOf(child.pid ?? 0)
  child.kill('SIGKILL')
  return cpuUs / ((durationSeconds * 1000 * targetCount) / intervalMs)
}

/** Time on a processor, from the scheduler's own accounts in nanoseconds. */
function cpuOf(pid: number): number {
  const [nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1000
}

/** Children are listed under the thread that started them. */
function cpuOfChildren(name: string): number {
  const own = `/proc/${process.pid}/task`
  let sumUs = 0
  for (const thread of readdirSync(own)) {
    const children = readFileSync(join(own, thread, 'children'), 'utf8').split(' ')
    for (const pid of children.filter((text) => text !== '')) {
      try {
        if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name) sumUs += cpuOf(Number(pid))
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return sumUs
}
