/** Facts about the machine and the moment a run was started or resumed. */
import { cpus, totalmem } from 'node:os'
import type { SessionFacts } from '../contracts/run-store.ts'

export function sessionFacts(kind: SessionFacts['kind'], wallTime: string, appVersion: string): SessionFacts {
  const processors = cpus()
  return {
    kind,
    wallTime,
    appVersion,
    nodeVersion: process.version,
    platform: `${process.platform}-${process.arch}`,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cpuCount: processors.length,
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
  }
}
