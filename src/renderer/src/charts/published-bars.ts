/** Measured availability beside the figure the paper printed, one row per guest. */
import type { GuestResult } from '../../../shared/domain/results.ts'

export interface PublishedBar {
  readonly guest: string
  readonly name: string
  /** Time weighted with its interval; null when too much of the window is void. */
  readonly measuredPercent: number | null
  readonly lowPercent: number | null
  readonly highPercent: number | null
  /** The paper's own formula on our samples. */
  readonly paperFormulaPercent: number
  readonly publishedPercent: number | null
  /** Paper's formula minus published value, in percentage points: the same method on both sides. */
  readonly differencePoints: number | null
}

export function publishedBarsOf(guests: readonly GuestResult[]): readonly PublishedBar[] {
  return guests.map((guest) => ({
    guest: guest.guest,
    name: guest.guestName,
    measuredPercent: guest.availabilityPercent,
    lowPercent: guest.availabilityLowPercent,
    highPercent: guest.availabilityHighPercent,
    paperFormulaPercent: guest.paperAvailabilityPercent,
    publishedPercent: guest.publishedPercent,
    differencePoints:
      guest.publishedPercent === null ? null : guest.paperAvailabilityPercent - guest.publishedPercent,
  }))
}

/**
 * Where the percent axis starts: at 90 with a visible break while everything lies above, else at 0, because
 * a bar that starts elsewhere exaggerates.
 */
export function percentAxisStart(bars: readonly PublishedBar[]): 0 | 90 {
  const values = bars.flatMap((bar) =>
    [bar.measuredPercent, bar.lowPercent, bar.paperFormulaPercent, bar.publishedPercent].filter(
      (value) => value !== null,
    ),
  )
  return values.length > 0 && Math.min(...values) > 90.5 ? 90 : 0
}
