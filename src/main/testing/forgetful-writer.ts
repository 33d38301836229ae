/** A process that opens a run file (argument: path), writes an entry and never closes it. */
import { createRunStore } from '../store/run-store.ts'
import { exampleSession } from './example-run.ts'

const store = createRunStore({ workerUrl: new URL('../store/store-worker.ts', import.meta.url) })
const writer = await store.create(process.argv[2] ?? '', exampleSession)
void writer.append(0, { type: 'window-opened' })
