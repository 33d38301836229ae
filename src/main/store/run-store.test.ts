import { describeRunStoreContract } from '../testing/run-store-contract.ts'
import { createRunStore } from './run-store.ts'

const workerUrl = new URL('./store-worker.ts', import.meta.url)

describeRunStoreContract('The SQLite store', createRunStore({ workerUrl }))
