/** Which of its states the live screen is in. */
import type { Problem } from '../../../../shared/problems/problem.ts'
import type { LiveRun } from './live-run.ts'

export type LiveStage =
  /** Nothing heard yet. */
  | 'attaching'
  /** Nothing heard, and nothing to be heard: the host told why. */
  | 'unavailable'
  /** The lab is not steady yet; the window has not opened. */
  | 'preparing'
  | 'running'
  /** A fault is due, but its gate does not open. */
  | 'waiting'
  | 'paused'
  /** The rest of the faults is dropped; the open one is healed. */
  | 'stopping'
  /** The run has not ended, but nobody drives it. */
  | 'interrupted'
  | 'ended'
  | 'failed'

export interface LiveSituation {
  readonly run: LiveRun
  readonly hasFrame: boolean
  /** The stream has ended by itself. */
  readonly hasStreamEnded: boolean
  /** Why the stream failed. */
  readonly problem?: Problem | undefined
}

export function liveStageOf({ run, hasFrame, hasStreamEnded, problem }: LiveSituation): LiveStage {
  const { state } = run
  if (state.status === 'ended') return state.outcome === 'failed' ? 'failed' : 'ended'
  if (problem !== undefined) return hasFrame ? 'failed' : 'unavailable'
  if (!hasFrame) return 'attaching'
  if (!run.isDriven || hasStreamEnded) return 'interrupted'
  if (state.cancelRequested) return 'stopping'
  if (state.status === 'preparing') return 'preparing'
  if (state.status === 'paused') return 'paused'
  return state.faults.some(({ status }) => status === 'waiting') ? 'waiting' : 'running'
}
