/** The store of run files with its worker thread where this build keeps it. */
import type { RunStore } from '../contracts/run-store.ts'
import { createRunStore } from '../store/run-store.ts'
import { workerFile } from './worker-files.ts'

export async function openStore(): Promise<RunStore> {
  return createRunStore({ workerUrl: workerFile('store-worker') })
}
