/**
 * Live migration by pre-copy: rounds in which the memory written meanwhile is copied again, and at last a
 * stop-and-copy with the processors standing still. Pure: the state after some seconds follows from the state
 * before and the bandwidth in between, whatever else happens.
 */

/** Memory as migration meets it. */
export interface MovingMemory {
  /** Touched memory, all of which is copied in the first round. */
  readonly residentMiB: number
  /** How fast the guest writes to memory. */
  readonly dirtyMiBPerSecond: number
  /** The part of memory that is written to again and again; at most this is dirty after a round. */
  readonly workingSetMiB: number
}

export interface PreCopyRules {
  /** Stop-and-copy begins when what is left would take no longer than this. */
  readonly downtimeLimitSeconds: number
  /** How long a migration that makes no progress is left alone before the limit is raised. */
  readonly patienceSeconds: number
  /** By how much. */
  readonly raiseFactor: number
  /** State of the virtual devices, copied with the processors standing still. */
  readonly deviceStateMiB: number
}

export interface PreCopy {
  readonly memory: MovingMemory
  readonly rules: PreCopyRules
  readonly phase: 'copying' | 'stopped' | 'complete'
  /** The first one is 1. */
  readonly round: number
  /** What this round began with, and what is left of it. In phase `stopped`: of the last copy. */
  readonly roundMiB: number
  readonly leftMiB: number
  /** For how long this round has been going on, moving or not. */
  readonly roundSeconds: number
  readonly sentMiB: number
  readonly limitSeconds: number
  /** Time in rounds that left as much to copy as the round before. */
  readonly stalledSeconds: number
  /** Since the beginning, and of that with the processors standing still. */
  readonly totalSeconds: number
  readonly stoppedSeconds: number
}

export function beginPreCopy(memory: MovingMemory, rules: PreCopyRules): PreCopy {
  const { residentMiB } = memory
  return {
    memory,
    rules,
    phase: 'copying',
    round: 1,
    roundMiB: residentMiB,
    leftMiB: residentMiB,
    roundSeconds: 0,
    sentMiB: 0,
    limitSeconds: rules.downtimeLimitSeconds,
    stalledSeconds: 0,
    totalSeconds: 0,
    stoppedSeconds: 0,
  }
}

/** Seconds until the round or the last copy is through; infinite when nothing moves or all is done. */
export function secondsToStep({ phase, leftMiB }: PreCopy, bandwidthMiBPerSecond: number): number {
  if (phase === 'complete') return Number.POSITIVE_INFINITY
  return leftMiB === 0 ? 0 : leftMiB / bandwidthMiBPerSecond
}

/** The state `seconds` later, or at the next step if that comes before. */
export function advance(state: PreCopy, seconds: number, bandwidthMiBPerSecond: number): PreCopy {
  if (state.phase === 'complete') return state
  const toStep = secondsToStep(state, bandwidthMiBPerSecond)
  const isStep = seconds >= toStep
  const spent = Math.min(seconds, toStep)
  const movedMiB = isStep ? state.leftMiB : spent * bandwidthMiBPerSecond
  const moved: PreCopy = {
    ...state,
    leftMiB: isStep ? 0 : state.leftMiB - movedMiB,
    roundSeconds: state.roundSeconds + spent,
    sentMiB: state.sentMiB + movedMiB,
    totalSeconds: state.totalSeconds + spent,
    stoppedSeconds: state.stoppedSeconds + (state.phase === 'stopped' ? spent : 0),
  }
  if (!isStep) return moved
  return moved.phase === 'stopped' ? { ...moved, phase: 'complete' } : endRound(moved, bandwidthMiBPerSecond)
}

/**
 * Memory of the working set that was written to at least once within some seconds, when each write meets any
 * page of it alike.
 */
export function dirtiedMiB({ dirtyMiBPerSecond, workingSetMiB }: MovingMemory, seconds: number): number {
  if (workingSetMiB === 0) return 0
  return workingSetMiB * -Math.expm1((-dirtyMiBPerSecond * seconds) / workingSetMiB)
}

function endRound(state: PreCopy, bandwidthMiBPerSecond: number): PreCopy {
  const { memory, rules, roundMiB, roundSeconds } = state
  const dirtyMiB = dirtiedMiB(memory, roundSeconds)
  const judged = judgeProgress(state, dirtyMiB < roundMiB * progress)
  if (dirtyMiB / bandwidthMiBPerSecond <= judged.limitSeconds)
    return { ...judged, phase: 'stopped', leftMiB: dirtyMiB + rules.deviceStateMiB, roundSeconds: 0 }
  return { ...judged, round: state.round + 1, roundMiB: dirtyMiB, leftMiB: dirtyMiB, roundSeconds: 0 }
}

/** A round has made progress when it leaves less than this part of what it began with. */
const progress = 0.95

function judgeProgress(state: PreCopy, hasProgressed: boolean): PreCopy {
  if (hasProgressed) return { ...state, stalledSeconds: 0 }
  const { patienceSeconds, raiseFactor } = state.rules
  const stalledSeconds = state.stalledSeconds + state.roundSeconds
  const raises = Math.floor(stalledSeconds / patienceSeconds)
  return {
    ...state,
    stalledSeconds: stalledSeconds - raises * patienceSeconds,
    limitSeconds: state.limitSeconds * raiseFactor ** raises,
  }
}
