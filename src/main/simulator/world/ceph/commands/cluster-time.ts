/** Wall time of the lab's zero, the same as that of the labels of a virtual clock. */
const epochMs = Date.UTC(2026, 0, 1)

/** Seconds since 1970 of a moment of the lab. */
export function unixSeconds(atMs: number): number {
  return Math.floor((epochMs + atMs) / 1000)
}

/** `2026-01-01T00:00:00.000000Z` */
export function stampZ(atMs: number): string {
  return new Date(epochMs + atMs).toISOString().replace(/(\.\d{3})Z$/, '$1000Z')
}

/** `2026-01-01T00:00:00.000000+0000` */
export function stampOffset(atMs: number): string {
  return stampZ(atMs).replace('Z', '+0000')
}
