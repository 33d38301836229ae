/** What the runner and its worker thread say to each other. */
import type { Series } from '../../shared/domain/sample.ts'
import type { HttpExpectation } from './http-probe.ts'
import type { ProbeEndpoint } from './probe-target.ts'

export interface LaneOrder {
  /** `originMs` on the runner's clock. */
  readonly series: Series
  readonly endpoint: ProbeEndpoint
  readonly expectation?: HttpExpectation
  readonly firstTick: number
}

/** Given to the worker at its start. */
export interface ProbeOrders {
  readonly lanes: readonly LaneOrder[]
  readonly canStreamPing: boolean
  /** Runner's clock minus `monotonicMs()`: the axis both threads share. */
  readonly clockOffsetMs: number
  readonly endTicks?: readonly number[]
}

export interface StopMessage {
  readonly type: 'stop'
  /** First tick of each series that is not sent. Ticks, not a time: between two axes a time is rounded. */
  readonly endTicks: readonly number[]
}

export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'samples'; readonly batch: Int32Array<ArrayBuffer> }
  | { readonly type: 'ended' }
