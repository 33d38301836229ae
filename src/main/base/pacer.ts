import assert from 'node:assert'
import type { RealTime } from './real-time.ts'

/**
 * A machine that was asleep or too busy does not owe the lost time: beyond this debt the mapping is moved,
 * instead of racing through what was missed.
 */
const largestDebtMs = 1000

/** Maps virtual time to real time at a speed that may change on the way. Frozen, it stands still. */
export class Pacer {
  readonly #realTime: RealTime
  #speed = Number.POSITIVE_INFINITY
  #anchorRealMs: number
  #anchorVirtualMs = 0
  #frozen = false

  constructor(realTime: RealTime) {
    this.#realTime = realTime
    this.#anchorRealMs = realTime.nowMs()
  }

  get speed(): number {
    return this.#speed
  }

  /** Virtual milliseconds per real millisecond; `Infinity` is as fast as the machine can. */
  setSpeed(speed: number, virtualNowMs: number): void {
    assert(speed > 0, `speed must be positive, got ${speed}`)
    this.#anchorAt(this.#positionMs(virtualNowMs))
    this.#speed = speed
  }

  freeze(virtualNowMs: number): void {
    if (this.#frozen) return
    this.#anchorAt(this.#positionMs(virtualNowMs))
    this.#frozen = true
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    this.#anchorRealMs = this.#realTime.nowMs()
  }

  /** Real milliseconds until the virtual moment is due; 0 when it is due or overdue. */
  delayUntilMs(virtualMs: number): number {
    if (this.#speed === Number.POSITIVE_INFINITY) return 0
    const dueRealMs = this.#anchorRealMs + (virtualMs - this.#anchorVirtualMs) / this.#speed
    const delayMs = dueRealMs - this.#realTime.nowMs()
    if (delayMs < -largestDebtMs) this.#anchorAt(virtualMs)
    return Math.max(0, delayMs)
  }

  /** Where virtual time would be if it moved smoothly: at or after the last event. */
  #positionMs(virtualNowMs: number): number {
    if (this.#frozen) return Math.max(virtualNowMs, this.#anchorVirtualMs)
    if (this.#speed === Number.POSITIVE_INFINITY) return virtualNowMs
    const elapsedMs = this.#realTime.nowMs() - this.#anchorRealMs
    return Math.max(virtualNowMs, this.#anchorVirtualMs + elapsedMs * this.#speed)
  }

  #anchorAt(virtualMs: number): void {
    this.#anchorVirtualMs = virtualMs
    this.#anchorRealMs = this.#realTime.nowMs()
  }
}
