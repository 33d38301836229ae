/** How punctual the probes are with 60 targets at 10 Hz, and what one costs; fping beside it where it is installed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { SystemClock } from '../src/main/base/system-clock.ts'
import { workerFile } from '../src/main/host/worker-files.ts'
import { type ProbeRecord, type ProbeRequest, runProbes } from '../src/main/probes/run-probes.ts'
import type { ProbeKind } from '../src/shared/domain/plan.ts'
import { outcomes } from '../src/shared/domain/sample.ts'
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
  const before = process.cpuUsage()
  const record = await probe(kind, address)
  const cpu = process.cpuUsage(before)
  const expected = record.counts.reduce((sum, count) => sum + count.expected, 0)
  const ok = record.counts.reduce((sum, count) => sum + count.ok, 0)
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
      value: (cpu.user + cpu.system) / expected,
      unit: 'us',
      ...(cpuBound !== undefined && { bound: cpuBound }),
    },
    { name: `${kind}: answered share`, value: (100 * ok) / expected, unit: '%' },
  ]
}

function probe(kind: ProbeKind, address: (index: number) => string): Promise<ProbeRecord> {
  const targets = Array.from(
    { length: targetCount },
    (_, index): ProbeRequest => ({ kind, address: address(index) }),
  )
  return runProbes({
    targets,
    intervalMs,
    durationSeconds,
    clock: new SystemClock(),
    workerUrl: workerFile('probe-worker'),
  })
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
  const before = process.cpuUsage()
  let pingUs = 0
  const watch = setInterval(() => {
    pingUs = Math.max(pingUs, cpuOfChildren('ping'))
  }, 200)
  try {
    const record = await probe('icmp', (index) => `127.0.1.${index + 1}`)
    const cpu = process.cpuUsage(before)
    const expected = record.counts.reduce((sum, count) => sum + count.expected, 0)
    const ok = record.counts.reduce((sum, count) => sum + count.ok, 0)
    const perProbeUs = (cpu.user + cpu.system + pingUs) / expected
    return [
      { name: 'icmp: lateness p99, 60 targets at 10 Hz', value: latenessMs(record, 0.99), unit: 'ms' },
      { name: 'icmp: CPU per probe, pings included', value: perProbeUs, unit: 'us' },
      { name: 'icmp: CPU per probe over that of fping', value: perProbeUs / fping, unit: 'x', bound: '<= 2' },
      { name: 'icmp: answered share', value: (100 * ok) / expected, unit: '%' },
    ]
  } catch {
    return []
  } finally {
    clearInterval(watch)
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

function cpuOfChildren(name: string): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
  let sumUs = 0
  for (const pid of children.trim().split(' ')) {
    try {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name) sumUs += cpuOf(Number(pid))
    } catch {
      // It has ended meanwhile.
    }
  }
  return sumUs
}
