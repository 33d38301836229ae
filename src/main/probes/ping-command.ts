/** The command line of the system's `ping` on each platform, and the check that it works here at all. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { throwProblem } from '../../shared/problems/problem.ts'
import { errnoOf } from './network-errors.ts'
import { type PingReading, readUnixPing, readWindowsPing } from './ping-output.ts'

export type PingCommand = readonly [file: string, ...args: string[]]

/**
 * How a series is pinged. `single`: one process per probe, which keeps the schedule exactly and costs some
 * milliseconds of processor time each. `stream`: one process for the whole series, which keeps its own time.
 */
export type PingMode = 'single' | 'stream'

/** From this interval on a process per probe is affordable, and its schedule is exact. */
const shortestSingleIntervalMs = 1000

/** Output beyond this is not ping's. */
const longestOutput = 65_536

export function pingModeFor(intervalMs: number, canStream: boolean): PingMode {
  return canStream && intervalMs < shortestSingleIntervalMs ? 'stream' : 'single'
}

/** One request, answered or given up by ping itself after `patienceMs`. */
export function singlePingCommand(
  ip: string,
  patienceMs: number,
  platform: NodeJS.Platform = process.platform,
): PingCommand {
  const seconds = String(Math.max(1, Math.ceil(patienceMs / 1000)))
  switch (platform) {
    case 'win32':
      return [windowsPing(), '-n', '1', '-w', String(Math.ceil(patienceMs)), ip]
    case 'darwin':
      return ['/sbin/ping', '-n', '-c', '1', '-t', seconds, ip]
    default:
      return ['ping', '-n', '-c', '1', '-W', seconds, ip]
  }
}

/**
 * An endless stream of requests (iputils). `-D` stamps each line, `-O` reports requests without an answer as the next
 * one leaves, `-l 2` lets a request that left late be made up for: without it the period grows by the granularity of
 * the kernel's timer (4.5 % at 10 Hz).
 */
export function streamPingCommand(ip: string, periodMs: number, count?: number): PingCommand {
  const seconds = (periodMs / 1000).toFixed(3)
  const limit = count === undefined ? [] : ['-c', String(count)]
  return ['ping', '-n', '-D', '-O', '-l', '2', '-i', seconds, ...limit, ip]
}

/** Words stay English where the system lets us choose, though no verdict depends on them alone. */
export function pingEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C' }
}

export function readSinglePing(output: string, ip: string, platform = process.platform): PingReading {
  return platform === 'win32' ? readWindowsPing(output, ip) : readUnixPing(output, ip)
}

/**
 * Pings this computer once. Throws `probe.icmp-unavailable` with `reason` `missing` or `not-permitted` when there is
 * no ping or it may not send; says whether streaming at this period works.
 */
export async function checkPing(shortestPeriodMs: number): Promise<{ readonly canStream: boolean }> {
  const single = await runOnce(singlePingCommand('127.0.0.1', 1000))
  if (readSinglePing(single, '127.0.0.1').kind !== 'reply')
    throwProblem('probe.icmp-unavailable', { reason: 'not-permitted' }, single.trim())
  if (process.platform !== 'linux') return { canStream: false }
  // busybox knows neither -D nor -O, and older iputils let only root send more than five requests a second.
  const stream = await runOnce(streamPingCommand('127.0.0.1', shortestPeriodMs, 2))
  return { canStream: /^\[\d+\.\d+\] \d+ bytes from 127\.0\.0\.1: icmp_seq=2 /m.test(stream) }
}

async function runOnce([file, ...args]: PingCommand): Promise<string> {
  const child = spawn(file, args, {
    env: pingEnvironment(),
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (text: string) => {
      if (output.length < longestOutput) output += text
    })
  }
  try {
    await once(child, 'close')
  } catch (error) {
    const reason = errnoOf(error) === 'ENOENT' ? 'missing' : 'not-permitted'
    return throwProblem('probe.icmp-unavailable', { reason }, String(error))
  }
  return output
}

function windowsPing(): string {
  const { SystemRoot } = process.env
  return SystemRoot === undefined ? 'ping.exe' : join(SystemRoot, 'System32', 'ping.exe')
}
