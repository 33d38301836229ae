/** A worker thread of a sweep: lives through the courses of the seeds it is given, one after the other. */
import assert from 'node:assert'
import { parentPort, workerData } from 'node:worker_threads'
import { seedRunner } from './seed-runner.ts'
import type { SweepOrders, SweepTask } from './sweep-messages.ts'

const { subject } = workerData as SweepOrders
const port = parentPort
assert(port !== null, 'a sweep worker runs on a thread of its own')
const run = seedRunner(subject)

async function liveThrough({ seeds }: SweepTask): Promise<void> {
  for (const seed of seeds) port?.postMessage(await run(seed))
  port?.postMessage('idle')
}

// What is rejected ends the thread, and the sweep with it.
port.on('message', (task: SweepTask) => void liveThrough(task))
port.postMessage('idle')
