import { type ChildProcess, spawn } from 'node:child_process'
import { type OutcomeCode, outcomes } from '../../shared/domain/sample.ts'
import type { LocalAddresses } from './network-errors.ts'
import { pingEnvironment, readSinglePing, singlePingCommand } from './ping-command.ts'
import type { PingReading } from './ping-output.ts'
import type { ProbeEndpoint } from './probe-target.ts'
import type { Prober } from './prober.ts'

/** A reply line is some hundred bytes long. */
const longestOutput = 16_384

/** What ping ends with when it has waited in vain; silence with another code is its own failure. */
const silenceExitCode = process.platform === 'darwin' ? 2 : 1

/**
 * ICMP echo by one `ping` process per probe: sent on our schedule, so the definition of a sample is that of every
 * other kind. Send time is the start of the process, a few milliseconds before the packet; the round trip is ping's.
 */
export function createSingleIcmpProber(
  endpoint: ProbeEndpoint,
  patienceMs: number,
  local: LocalAddresses,
): Prober {
  const [file, ...args] = singlePingCommand(endpoint.ip, patienceMs)
  const env = pingEnvironment()
  return {
    sendsWithinMs: 0,
    send(attempt) {
      const child: ChildProcess = spawn(file, args, {
        env,
        windowsHide: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      // Out of descriptors, the process has no streams; its error event follows.
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('latin1').on('data', (text: string) => {
          if (output.length < longestOutput) output += text
        })
      }
      child.on('error', () => attempt.answer(outcomes['void:spawn-failed']))
      child.on('close', (exitCode) => {
        const reading = readSinglePing(output, endpoint.ip)
        if (reading.kind === 'reply') attempt.answer(outcomes.ok, reading.rttUs)
        else if (reading.kind === 'silence' && exitCode !== silenceExitCode)
          attempt.answer(outcomes['void:spawn-failed'])
        else attempt.answer(outcomeOfFailure(reading, local))
      })
      return () => child.kill('SIGKILL')
    },
    close() {},
  }
}

/** Outcome of a reading that is no reply: who called the target unreachable decides where the path ends. */
export function outcomeOfFailure(reading: PingReading, local: LocalAddresses): OutcomeCode {
  if (reading.kind !== 'unreachable') return outcomes['bad:timeout']
  const isOwn = reading.from === undefined || local.own.has(reading.from)
  return isOwn ? outcomes['bad:unreachable-local'] : outcomes['bad:unreachable-remote']
}
