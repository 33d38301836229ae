/** A probe worker whose first life ends after a moment, and, with a series of the subject `cursed`, every one. */
import { workerData } from 'node:worker_threads'
import type { ProbeOrders } from '../probes/probe-messages.ts'

const orders = workerData as ProbeOrders
const lifeMs = 600

if (orders.lanes.some(({ series, firstTick }) => firstTick > 0 && series.subject === 'cursed'))
  throw new Error('a worker that cannot start any more')
if (orders.lanes.every(({ firstTick }) => firstTick === 0)) {
  setTimeout(() => {
    throw new Error('end of the first life')
  }, lifeMs)
}
await import('../probes/probe-worker.ts')
