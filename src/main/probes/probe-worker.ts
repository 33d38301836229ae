/**
 * Worker thread of the probes: their schedule shares no event loop with queries, files or the window. The file is
 * the thread's entry; the runner is told its address.
 */

import assert from 'node:assert'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { processTimeMs } from '../base/process-time.ts'
import { SystemClock } from '../base/system-clock.ts'
import { probeCatalogue } from './catalogue.ts'
import { readLocalAddresses } from './network-errors.ts'
import { ObserverNetworkFilter } from './observer-network.ts'
import { ProbeEngine } from './probe-engine.ts'
import type { EngineLane } from './probe-lane.ts'
import type { ProbeOrders, StopMessage, WorkerMessage } from './probe-messages.ts'
import { SampleBatch } from './sample-batch.ts'

/** Samples are handed over this often. */
const handOverMs = 100

async function work(port: MessagePort, orders: ProbeOrders): Promise<void> {
  const clock = new SystemClock()
  const shiftMs = clock.nowMs() - processTimeMs() - orders.clockOffsetMs
  const local = readLocalAddresses()
  const lanes = orders.lanes.map((order): EngineLane => {
    const series = { ...order.series, originMs: order.series.originMs + shiftMs }
    const prober = probeCatalogue[series.kind].create({
      series,
      endpoint: order.endpoint,
      expectation: order.expectation,
      canStreamPing: orders.canStreamPing,
      clock,
      local,
    })
    return { series, prober, firstTick: order.firstTick }
  })
  const batch = new SampleBatch()
  const filter = new ObserverNetworkFilter(
    orders.lanes.map(({ series }) => series),
    (run) => batch.push(run),
  )
  const engine = new ProbeEngine(clock, lanes, (run) => filter.push(run))
  if (orders.endTicks !== undefined) engine.stop(orders.endTicks)
  port.on('message', (message: StopMessage) => engine.stop(message.endTicks))
  const post = (message: WorkerMessage) => port.postMessage(message)
  const handOver = () => {
    const samples = batch.take()
    if (samples !== undefined) port.postMessage({ type: 'samples', batch: samples }, [samples.buffer])
  }

  post({ type: 'ready' })
  const ended = new AbortController()
  const run = engine.run().finally(() => ended.abort())
  while (!ended.signal.aborted) {
    await clock.sleep(handOverMs, ended.signal).catch(() => {})
    filter.drain()
    handOver()
  }
  await run
  filter.end()
  handOver()
  post({ type: 'ended' })
  port.close()
}

assert(parentPort !== null, 'probe worker: started outside a worker thread')
await work(parentPort, workerData as ProbeOrders)
