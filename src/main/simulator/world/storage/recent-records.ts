import type { RecordRange } from './record-set.ts'

interface Written extends RecordRange {
  readonly fromMs: number
  readonly toMs: number
}

/** Remembers when records of the last time were acknowledged, for storages that make them durable later. */
export class RecentRecords {
  readonly #keptMs: number
  #written: readonly Written[] = []

  /** Nothing older than `keptMs` is asked for. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  add(records: RecordRange, fromMs: number, toMs: number): void {
    const still = this.#written.filter((written) => written.toMs > toMs - this.#keptMs)
    this.#written = [...still, { ...records, fromMs, toMs }]
  }

  /** Those acknowledged after `sinceMs`. */
  since(sinceMs: number): readonly RecordRange[] {
    return this.#written
      .filter(({ toMs }) => toMs > sinceMs)
      .map(({ from, to, fromMs, toMs }) => {
        const part = Math.min(1, (toMs - sinceMs) / Math.max(1, toMs - fromMs))
        return { from: to - Math.ceil((to - from) * part), to }
      })
  }

  forget(): void {
    this.#written = []
  }
}
