/** How far a running run is, read from the stream that also feeds the live screen. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import { emptyRunState, foldJournal, type RunState } from '../../../../shared/domain/journal.ts'
import type { RunFrame, Speed } from '../../../../shared/host-api/table.ts'
import type { WindowHost } from '../../host/window-host.ts'

export interface RunProgress {
  readonly state: RunState
  readonly nowMs: number
  readonly speed: Speed
  /** Run time that passed per real time since we began to watch; absent until it can be told. */
  readonly measuredRate?: number
}

export interface RunProgressStore extends StoreApi<RunProgress> {
  stop(): void
}

/** Before this much real time has passed, a measured rate says little. */
const leastMeasuredMs = 1500

export function followRunProgress(
  host: WindowHost,
  run: string,
  realNowMs: () => number = () => performance.now(),
): RunProgressStore {
  const store = createStore<RunProgress>(() => ({ state: emptyRunState, nowMs: 0, speed: 'max' }))
  let first: { readonly runMs: number; readonly realMs: number; readonly speed: Speed } | undefined

  const takeFrame = (frame: RunFrame): void => {
    const realMs = realNowMs()
    if (first?.speed !== frame.speed) first = { runMs: frame.nowMs, realMs, speed: frame.speed }
    const watchedMs = realMs - first.realMs
    store.setState(
      ({ state }) => ({
        state: frame.entries.filter(({ seq }) => seq > state.lastSeq).reduce(foldJournal, state),
        nowMs: frame.nowMs,
        speed: frame.speed,
        ...(watchedMs >= leastMeasuredMs && {
          measuredRate: (frame.nowMs - (first?.runMs ?? 0)) / watchedMs,
        }),
      }),
      true,
    )
  }
  const stop = host.follow(
    'runs.follow',
    () => ({ run, afterSeq: store.getState().state.lastSeq }),
    takeFrame,
    () => {},
  )
  return { ...store, stop }
}

/** Seconds of the measured window that have passed. */
export function doneSecondsOf({ state, nowMs }: RunProgress): number {
  const { windowOpenedAtMs } = state
  return windowOpenedAtMs === undefined ? 0 : Math.max(0, nowMs - windowOpenedAtMs) / 1000
}

/** Real seconds until the window closes; undefined while the pace is unknown or nothing moves. */
export function remainingSecondsOf(progress: RunProgress, windowSeconds: number): number | undefined {
  const { state, speed, measuredRate } = progress
  if (state.status !== 'running') return undefined
  const rate = speed === 'max' ? measuredRate : Number(speed)
  if (rate === undefined || rate <= 0) return undefined
  return Math.max(0, windowSeconds - doneSecondsOf(progress)) / rate
}
