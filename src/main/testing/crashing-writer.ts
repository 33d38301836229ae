/**
 * A process that writes a run until it is killed. Arguments: path, `create` or `reopen`. It prints a line for
 * each thing that was acknowledged: `entry N` or `ticks N`. The run is the same each time, so a reopened one
 * repeats its past.
 */
import type { RunEvent } from '../../shared/domain/journal.ts'
import { createRunStore } from '../store/run-store.ts'
import { exampleSample, exampleSeries, exampleSession } from './example-run.ts'

const [path = '', mode] = process.argv.slice(2)
const store = createRunStore({ workerUrl: new URL('../store/store-worker.ts', import.meta.url) })
const writer = await (mode === 'create'
  ? store.create(path, exampleSession)
  : store.reopen(path, exampleSession))
writer.declareSeries(exampleSeries)
await writer.flush()
process.stdout.write('open\n')
for (let round = 0; ; round++) {
  const { seq } = await writer.append(round, crashingEvent(round))
  process.stdout.write(`entry ${seq}\n`)
  for (const series of exampleSeries)
    for (let tick = round * 40; tick < (round + 1) * 40; tick++)
      writer.record(series, exampleSample(series.index, tick))
  if (round % 3 !== 0) continue
  await writer.flush()
  process.stdout.write(`ticks ${(round + 1) * 40}\n`)
}

function crashingEvent(round: number): RunEvent {
  return { type: 'lab-log', node: 'pve1', source: 'test', level: 'info', message: `round ${round}` }
}
