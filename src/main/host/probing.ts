/** The probe engine for the entries: where its worker is, and how the command line names targets. */

import type { SelfTestReport } from '../../shared/domain/self-test.ts'
import { SystemClock } from '../base/system-clock.ts'
import type { RunProbesOptions } from '../probes/run-probes.ts'
import { type ProbeRecord, type ProbeRequest, runProbes } from '../probes/run-probes.ts'
import { runSelfTest, type SelfTestOptions } from '../probes/self-test.ts'
import { workerFile } from './worker-files.ts'

export type { ProbeRecord } from '../probes/run-probes.ts'

export interface TargetWords {
  readonly icmp?: readonly string[]
  readonly tcp?: readonly string[]
  readonly http?: readonly string[]
}

export function probeRequestsOf(words: TargetWords): readonly ProbeRequest[] {
  return (['icmp', 'tcp', 'http'] as const).flatMap((kind) =>
    (words[kind] ?? []).map((address) => ({ kind, address })),
  )
}

export function probeTargets(options: Omit<RunProbesOptions, 'clock' | 'workerUrl'>): Promise<ProbeRecord> {
  return runProbes({ ...options, clock: new SystemClock(), workerUrl: workerFile('probe-worker') })
}

export function selfTest(
  options: Omit<SelfTestOptions, 'clock' | 'workerUrl' | 'responderUrl'>,
): Promise<SelfTestReport> {
  return runSelfTest({
    ...options,
    clock: new SystemClock(),
    workerUrl: workerFile('probe-worker'),
    responderUrl: workerFile('self-test-responder'),
  })
}
