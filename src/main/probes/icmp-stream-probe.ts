import { type ChildProcess, spawn } from 'node:child_process'
import { outcomes } from '../../shared/domain/sample.ts'
import type { Clock } from '../contracts/clock.ts'
import { outcomeOfFailure } from './icmp-single-probe.ts'
import type { LocalAddresses } from './network-errors.ts'
import { pingEnvironment, streamPingCommand } from './ping-command.ts'
import { type PingStreamEvent, readPingStreamLine, readUnixPing } from './ping-output.ts'
import type { ProbeEndpoint } from './probe-target.ts'
import type { ProbeAttempt, Prober } from './prober.ts'
import { StreamAssignment, streamPeriodMs } from './stream-assignment.ts'

/** Pause before a ping that ended is started again. */
const restartMs = 1000

/** Wall times further than this from now are from before a step of the clock. */
const plausibleAgeMs = 5000
const wallLookMs = 100

/**
 * ICMP echo by one running `ping` (iputils) for the whole series: a thirtieth of the processor time of a process per
 * probe, at the price described at `StreamAssignment`. The ping ends by itself when its reader is gone (it prints a
 * line per request), so a killed program leaves none behind.
 */
export function createStreamIcmpProber(
  endpoint: ProbeEndpoint,
  intervalMs: number,
  clock: Clock,
  local: LocalAddresses,
): Prober {
  const [file, ...args] = streamPingCommand(endpoint.ip, streamPeriodMs(intervalMs))
  const assignment = new StreamAssignment(intervalMs)
  const closing = new AbortController()
  let child: ChildProcess | undefined
  /** Why the last ping ended; what is due before the next one is started gets this outcome. */
  let outcomeWhileDown = outcomes['void:spawn-failed'] as ProbeOutcome | undefined

  const wall = new WallAxis(clock)
  const take = (event: PingStreamEvent) => {
    const nowMs = clock.nowMs()
    const printedMs = event.atMs - wall.offsetMs(nowMs)
    if (Math.abs(printedMs - nowMs) > plausibleAgeMs) {
      assignment.attemptOf(event.sequence)?.answer(outcomes['void:clock-step'])
      return
    }
    if (event.kind === 'no-answer') assignment.unanswered(event.sequence, printedMs)
    else if (event.kind === 'unreachable')
      assignment.attemptOf(event.sequence)?.answer(outcomeOfFailure(event, local))
    else if (event.from === endpoint.ip)
      assignment.answered(event.sequence, printedMs - event.rttUs / 1000, event.rttUs)
  }

  const start = () => {
    assignment.restart()
    outcomeWhileDown = undefined
    let failure = ''
    child = spawn(file, args, { env: pingEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
    let unfinished = ''
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      const lines = (unfinished + text).split('\n')
      unfinished = lines.pop() ?? ''
      for (const line of lines) {
        const event = readPingStreamLine(line)
        if (event !== undefined) take(event)
      }
    })
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      failure = text
    })
    child.on('error', () => restart(''))
    child.on('close', () => restart(failure))
  }

  const restart = (failure: string) => {
    if (child === undefined) return
    child = undefined
    const reading = readUnixPing(failure, endpoint.ip)
    outcomeWhileDown =
      reading.kind === 'unreachable' ? outcomeOfFailure(reading, local) : outcomes['void:spawn-failed']
    clock.sleep(restartMs, closing.signal).then(start, () => {})
  }

  start()
  return {
    sendsWithinMs: intervalMs,
    send(attempt) {
      if (outcomeWhileDown === undefined) return assignment.expect(attempt)
      attempt.sentMs = attempt.dueMs
      attempt.answer(outcomeWhileDown)
      return () => {}
    },
    close() {
      closing.abort()
      const running = child
      child = undefined
      running?.kill('SIGKILL')
    },
  }
}

/** Where the wall clock, which ping stamps its lines with, lies on the axis of the engine's clock. */
class WallAxis {
  readonly #clock: Clock
  #offsetMs = 0
  #lookedAtMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Wall time minus clock time. Looked up some times a second, for a wall clock may be set. */
  offsetMs(nowMs: number): number {
    if (nowMs - this.#lookedAtMs >= wallLookMs) {
      this.#lookedAtMs = nowMs
      // Wall time has whole milliseconds here; half of one is what cutting them off loses on average.
      this.#offsetMs = Date.parse(this.#clock.wallTime()) + 0.5 - nowMs
    }
    return this.#offsetMs
  }
}

type ProbeOutcome = Parameters<ProbeAttempt['answer']>[0]
