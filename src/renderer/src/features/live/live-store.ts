/** Follows one run and passes the reader's wishes on. What changes arrives by the stream, never from here. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Speed } from '../../../../shared/host-api/table.ts'
import type { Problem } from '../../../../shared/problems/problem.ts'
import { problemOf, type WindowHost } from '../../host/window-host.ts'
import { emptyLiveRun, foldFrame, type LiveRun } from './live-run.ts'
import { nextPace, type Pace } from './pace.ts'

export type ControlAction = 'pause' | 'proceed' | 'skip-fault' | 'cancel'

export interface LiveState {
  readonly run: LiveRun
  readonly hasFrame: boolean
  readonly hasStreamEnded: boolean
  /** Real time of the newest frame, for telling old data. */
  readonly frameAtMs: number
  readonly pace?: Pace
  /** Why the stream failed. */
  readonly problem?: Problem
  /** Why the last wish was refused. */
  readonly refusal?: Problem
  /** A wish that the host has not answered yet. */
  readonly asked?: ControlAction | 'resume'
  /** Listens until the returned function is called. */
  follow(): () => void
  control(action: ControlAction): Promise<void>
  setSpeed(speed: Speed): Promise<void>
  /** Continues an interrupted run and listens to it from its beginning. */
  resume(speed: Speed): Promise<void>
}

const unheard = { run: emptyLiveRun, hasFrame: false, hasStreamEnded: false, frameAtMs: 0 }

export function createLiveStore(
  host: WindowHost,
  run: string,
  wallMs: () => number = () => Date.now(),
): StoreApi<LiveState> {
  return createStore<LiveState>((set, get) => {
    let stop: () => void = () => {}

    /** Optional fields can only be taken away by replacing the state. */
    const put = (change: Partial<LiveState>, drop: readonly (keyof LiveState)[] = []): void => {
      const next: Partial<LiveState> = { ...get(), ...change }
      for (const key of drop) delete next[key]
      set(next as LiveState, true)
    }

    const follow = (): (() => void) => {
      stop()
      put(unheard, ['problem', 'pace'])
      stop = host.follow(
        'runs.follow',
        () => ({ run, afterSeq: get().run.state.lastSeq }),
        (frame) => {
          const atMs = wallMs()
          put({
            run: foldFrame(get().run, frame),
            hasFrame: true,
            frameAtMs: atMs,
            pace: nextPace(get().pace, atMs, frame.nowMs),
          })
        },
        (problem) => put({ hasStreamEnded: true, ...(problem === undefined ? {} : { problem }) }),
      )
      return () => stop()
    }

    const ask = async (
      wish: NonNullable<LiveState['asked']>,
      call: () => Promise<unknown>,
    ): Promise<boolean> => {
      put({ asked: wish }, ['refusal'])
      try {
        await call()
        put({}, ['asked'])
        return true
      } catch (error) {
        put({ refusal: problemOf(error) }, ['asked'])
        return false
      }
    }

    return {
      ...unheard,
      follow,
      async control(action) {
        await ask(action, () => host.call('runs.control', { run, action }))
      },
      async setSpeed(speed) {
        try {
          await host.call('runs.set-speed', { run, speed })
          put({}, ['refusal', 'pace'])
        } catch (error) {
          put({ refusal: problemOf(error) })
        }
      },
      async resume(speed) {
        if (await ask('resume', () => host.call('runs.resume', { run, speed }))) follow()
      },
    }
  })
}
