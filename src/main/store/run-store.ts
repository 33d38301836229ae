/** Run files: written by a worker thread, read in place. */
import { canonicalJson } from '../base/canonical-json.ts'
import { machineTime, type RealTime } from '../base/real-time.ts'
import type { RunStore } from '../contracts/run-store.ts'
import { openRunReader } from './run-file-reader.ts'
import { verifyRunFile } from './run-file-verification.ts'
import { openWorkerWriter } from './run-writer.ts'
import { loadSqlite } from './sqlite.ts'

export interface RunStoreOptions {
  /** `store-worker.ts` in the sources, the bundle's file for it in a build. */
  readonly workerUrl: URL
  /** Real time, also for a run on virtual time: what may be lost by a crash is a matter of real seconds. */
  readonly time?: Pick<RealTime, 'nowMs' | 'after'>
}

export function createRunStore({ workerUrl, time = machineTime }: RunStoreOptions): RunStore {
  const options = { workerUrl, time }
  return {
    async create(path, session) {
      loadSqlite()
      return openWorkerWriter({ path, mode: { kind: 'create' }, session: canonicalJson(session) }, options)
    },
    async reopen(path, session, resumption = 'replay') {
      loadSqlite()
      const mode = { kind: 'reopen', resumption } as const
      return openWorkerWriter({ path, mode, session: canonicalJson(session) }, options)
    },
    read: openRunReader,
    verify: verifyRunFile,
  }
}
