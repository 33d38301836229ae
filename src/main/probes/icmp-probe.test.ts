import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type OutcomeCode, outcomeNameOf, outcomes } from '../../shared/domain/sample.ts'
import { ProblemError } from '../../shared/problems/problem.ts'
import { SystemClock } from '../base/system-clock.ts'
import { judgedAs, probeOnce, probeTimes } from '../testing/probe-once.ts'
import { createSingleIcmpProber, outcomeOfFailure } from './icmp-single-probe.ts'
import { createStreamIcmpProber } from './icmp-stream-probe.ts'
import { type LocalAddresses, readLocalAddresses } from './network-errors.ts'
import { checkPing, pingModeFor, singlePingCommand, streamPingCommand } from './ping-command.ts'
import type { ProbeAttempt } from './prober.ts'
import { StreamAssignment, streamPeriodMs } from './stream-assignment.ts'

const local = readLocalAddresses()
const loopback = { host: '127.0.0.1', ip: '127.0.0.1', port: 0, path: '' }
/** Reserved for documentation: nobody answers there, though a router on the way may say so. */
const nowhere = { host: '192.0.2.77', ip: '192.0.2.77', port: 0, path: '' }

let ping: { readonly canStream: boolean } | ProblemError
beforeAll(async () => {
  ping = await checkPing(streamPeriodMs(100)).catch((error: unknown) => {
    if (error instanceof ProblemError) return error
    throw error
  })
})

/** Skips, with the reason, where this machine cannot send what the test needs. */
function needPing(context: { skip(note: string): never }, needsStream = false) {
  if (ping instanceof ProblemError) context.skip(`no ping here: ${JSON.stringify(ping.problem.params)}`)
  else if (needsStream && !ping.canStream) context.skip('the ping here cannot stream')
}

afterEach(() => {
  vi.unstubAllEnvs()
})

const names = (samples: readonly { outcome: OutcomeCode }[]) =>
  samples.map(({ outcome }) => outcomeNameOf(outcome))

describe('ping commands', () => {
  it('are argument lists for each system', () => {
    expect(singlePingCommand('192.0.2.10', 1600, 'linux')).toEqual([
      'ping',
      '-n',
      '-c',
      '1',
      '-W',
      '2',
      '192.0.2.10',
    ])
    expect(singlePingCommand('192.0.2.10', 1600, 'darwin')).toEqual([
      '/sbin/ping',
      '-n',
      '-c',
      '1',
      '-t',
      '2',
      '192.0.2.10',
    ])
    const [file, ...args] = singlePingCommand('192.0.2.10', 1600, 'win32')
    expect(file).toMatch(/ping\.exe$/)
    expect(args).toEqual(['-n', '1', '-w', '1600', '192.0.2.10'])
    expect(streamPingCommand('192.0.2.10', 90)).toContain('0.090')
  })

  it('use a process per probe from one second on, and a stream below where there is one', () => {
    expect(pingModeFor(1000, true)).toBe('single')
    expect(pingModeFor(999, true)).toBe('stream')
    expect(pingModeFor(100, false)).toBe('single')
  })
})

describe('ICMP probe by one ping per probe', () => {
  it('is answered by loopback with the round trip that ping measured', async (context) => {
    needPing(context)
    const samples = await probeTimes(createSingleIcmpProber(loopback, 1600, local), 5, { deadlineMs: 800 })
    expect(judgedAs(samples)).toEqual(['ok'])
    for (const { rttUs } of samples) expect(rttUs).toBeLessThan(100_000)
  })

  it('is not answered by an address that nobody has', async (context) => {
    needPing(context)
    const sample = await probeOnce(createSingleIcmpProber(nowhere, 600, local), { deadlineMs: 300 })
    expect(['bad:timeout', 'bad:unreachable-local', 'bad:unreachable-remote']).toContain(
      outcomeNameOf(sample.outcome),
    )
  })

  it('is void where no process can be started, and checkPing says so before a run', async (context) => {
    if (process.platform === 'darwin') context.skip('macOS keeps its ping at a fixed place')
    vi.stubEnv('PATH', '')
    vi.stubEnv('SystemRoot', '/nowhere')
    const sample = await probeOnce(createSingleIcmpProber(loopback, 600, local))
    expect(outcomeNameOf(sample.outcome)).toBe('void:spawn-failed')
    await expect(checkPing(90)).rejects.toMatchObject({
      problem: { code: 'probe.icmp-unavailable', params: { reason: 'missing' } },
    })
  })

  it('places an unreachable target by who said so', () => {
    const here: LocalAddresses = { own: new Set(['10.0.0.1']), isNeighbour: () => true }
    expect(outcomeOfFailure({ kind: 'unreachable', from: '10.0.0.1' }, here)).toBe(
      outcomes['bad:unreachable-local'],
    )
    expect(outcomeOfFailure({ kind: 'unreachable' }, here)).toBe(outcomes['bad:unreachable-local'])
    expect(outcomeOfFailure({ kind: 'unreachable', from: '10.0.9.1' }, here)).toBe(
      outcomes['bad:unreachable-remote'],
    )
    expect(outcomeOfFailure({ kind: 'silence' }, here)).toBe(outcomes['bad:timeout'])
  })
})

describe('ICMP probe by a running ping', () => {
  const stream = (endpoint: typeof loopback, intervalMs = 100) =>
    createStreamIcmpProber(endpoint, intervalMs, sharedClock, local)
  const sharedClock = new SystemClock()

  it('finds a request for nearly every tick, never before its due time and at most one interval later', async (context) => {
    needPing(context, true)
    const samples = await probeTimes(stream(loopback), 40, { deadlineMs: 800 }, sharedClock)
    expect(samples.map(({ tick }) => tick)).toEqual(Array.from({ length: 40 }, (_, tick) => tick))
    const answered = samples.filter(({ outcome }) => outcome === outcomes.ok)
    // On a busy machine ping itself may leave out a tick; those are void and nothing else.
    expect(answered.length).toBeGreaterThanOrEqual(36)
    for (const { outcome } of samples) expect([outcomes.ok, outcomes['void:missed']]).toContain(outcome)
    for (const { latenessUs, rttUs } of answered) {
      expect(latenessUs).toBeGreaterThanOrEqual(0)
      expect(latenessUs).toBeLessThan(100_000)
      expect(rttUs).toBeLessThan(100_000)
    }
  })

  it('is bad, not void, where nobody answers', async (context) => {
    needPing(context, true)
    const samples = await probeTimes(stream(nowhere), 10, { deadlineMs: 300 }, sharedClock)
    const bad = names(samples).filter((name) => name?.startsWith('bad:'))
    expect(bad.length).toBeGreaterThanOrEqual(9)
  })

  it.skipIf(process.platform === 'win32')(
    'leaves no ping behind when its program is killed',
    async (context) => {
      needPing(context, true)
      const source = `
      import { createStreamIcmpProber } from ${JSON.stringify(new URL('./icmp-stream-probe.ts', import.meta.url).href)}
      import { SystemClock } from ${JSON.stringify(new URL('../base/system-clock.ts', import.meta.url).href)}
      const local = { own: new Set(), isNeighbour: () => true }
      createStreamIcmpProber(${JSON.stringify({ ...loopback, ip: '127.0.0.77' })}, 100, new SystemClock(), local)
      console.log('started')`
      const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(child.stdout, 'data')
      await expect.poll(() => pingsTo('127.0.0.77')).toBe(1)
      child.kill('SIGKILL')
      await expect.poll(() => pingsTo('127.0.0.77'), { timeout: 3000 }).toBe(0)
    },
  )
})

async function pingsTo(ip: string): Promise<number> {
  const child = spawn('ps', ['-eo', 'args'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  await once(child, 'close')
  return output.split('\n').filter((line) => line.startsWith('ping ') && line.endsWith(ip)).length
}

describe('StreamAssignment', () => {
  function attemptFor(tick: number): ProbeAttempt & { outcome?: OutcomeCode; rttUs?: number | undefined } {
    const attempt: ProbeAttempt & { outcome?: OutcomeCode; rttUs?: number | undefined } = {
      tick,
      dueMs: tick * 100,
      sentMs: undefined,
      answer: (outcome, rttUs) => {
        attempt.outcome = outcome
        attempt.rttUs = rttUs
      },
    }
    return attempt
  }

  it('gives a tick the first request of its interval and leaves the second one unused', () => {
    const assignment = new StreamAssignment(100)
    const attempt = attemptFor(0)
    assignment.expect(attempt)
    assignment.answered(1, 5, 40)
    assignment.answered(2, 95, 50)
    expect(attempt).toMatchObject({ sentMs: 5, rttUs: 40, outcome: outcomes.ok })
  })

  it('finds the request and the answer that were seen before the engine woke for their tick', () => {
    const assignment = new StreamAssignment(100)
    assignment.answered(1, 3, 40)
    const attempt = attemptFor(0)
    assignment.expect(attempt)
    expect(attempt).toMatchObject({ sentMs: 3, rttUs: 40, outcome: outcomes.ok })
  })

  it('dates requests without an answer by their neighbours, and knows their late answers', () => {
    const assignment = new StreamAssignment(100)
    const attempts = [0, 1, 2, 3].map(attemptFor)
    for (const attempt of attempts) assignment.expect(attempt)
    assignment.answered(1, 10, 40)
    // Request 2 left between 1 and 3; the line about it is printed as 3 leaves, and so on.
    assignment.unanswered(2, 210)
    assignment.unanswered(3, 310)
    expect(attempts.map(({ sentMs }) => sentMs)).toEqual([10, 110, 210, 310])
    assignment.answered(2, 108, 900_000)
    expect(attempts[1]).toMatchObject({ sentMs: 110, rttUs: 900_000, outcome: outcomes.ok })
    expect(attempts[2]?.outcome).toBeUndefined()
  })

  it('counts each try that the kernel did not take while the neighbour is unknown', () => {
    const assignment = new StreamAssignment(100)
    const attempts = [0, 1, 2, 3, 4].map(attemptFor)
    for (const attempt of attempts) assignment.expect(attempt)
    assignment.answered(1, 10, 40)
    // As recorded: the same line again and again, then the request is taken and answered.
    for (const atMs of [210, 310, 410]) assignment.unanswered(2, atMs)
    expect(attempts.map(({ sentMs }) => sentMs)).toEqual([10, 110, 210, 310, 410])
    assignment.answered(3, 410, 40)
    expect(attempts.map(({ outcome }) => outcome)).toEqual([
      outcomes.ok,
      undefined,
      undefined,
      undefined,
      outcomes.ok,
    ])
  })

  it('follows the sequence number past 65,535', () => {
    const assignment = new StreamAssignment(100)
    let answered = 0
    for (let request = 1; request <= 70_000; request++) {
      const attempt = attemptFor(request)
      assignment.expect(attempt)
      assignment.answered(request % 65_536, request * 100 + 7, 40)
      if (attempt.outcome === outcomes.ok && attempt.sentMs === request * 100 + 7) answered++
    }
    expect(answered).toBe(70_000)
  })

  it('knows nothing of the requests of an earlier ping', () => {
    const assignment = new StreamAssignment(100)
    const attempt = attemptFor(0)
    assignment.expect(attempt)
    assignment.answered(1, 5, 40)
    assignment.restart()
    expect(assignment.attemptOf(1)).toBeUndefined()
  })
})
