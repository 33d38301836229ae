/**
 * The hashes of a run file. Three chains (journal, sessions, series) where each row's hash covers the hash before
 * it, so that no row can be changed, added or removed unnoticed; and the run's digest, which is equal wherever
 * the same run is repeated: SHA-256 over the head of the journal's chain, the head of the series' chain, and for
 * each series its number, its count of samples and the SHA-256 of its samples in plain columns' order, nine bytes
 * each (lateness and round-trip time as 32-bit little-endian integers, outcome). Compression, the moments at
 * which chunks were written and the machine do not enter it.
 */
import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ChunkSummary, SampleColumns } from '../../shared/domain/sample-columns.ts'
import { throwProblem } from '../../shared/problems/problem.ts'

export const chainStart: Uint8Array = new Uint8Array(32)

export function nextInChain(previous: Uint8Array, text: string): Uint8Array {
  return createHash('sha256').update(previous).update(text).digest()
}

/**
 * The hash of the last row, after checking every row against the one before it. Throws `run-file.chain-broken`
 * with the number of the first row that does not fit.
 */
export function chainHeadOf<R extends { readonly n: number; readonly hash: Uint8Array }>(
  path: string,
  rows: readonly R[],
  textOf: (row: R) => string,
): Uint8Array {
  let head = chainStart
  for (const row of rows) {
    head = nextInChain(head, textOf(row))
    if (Buffer.compare(head, row.hash) !== 0) throwProblem('run-file.chain-broken', { path, seq: row.n })
  }
  return head
}

/** Canonical text of a journal entry, composed from its columns; `body` is the event's canonical JSON. */
export function entryText(seq: number, atMs: number, body: string): string {
  return `{"atMs":${JSON.stringify(atMs)},"event":${body},"seq":${seq}}`
}

/** A session's text names the journal at its start, which ties both chains together. */
export function sessionText(afterSeq: number, journalHead: Uint8Array, body: string): string {
  return `{"after":${afterSeq},"journal":"${Buffer.from(journalHead).toString('hex')}","session":${body}}`
}

/** Digest of one series' samples, in tick order from tick 0. */
export class SampleDigest {
  readonly #hash: Hash = createHash('sha256')
  #count = 0

  /** Adds the samples from index `from` on. */
  add(columns: SampleColumns, from = 0): void {
    const { latenessUs, rttUs, outcome } = columns
    const count = outcome.length - from
    const bytes = new DataView(new ArrayBuffer(count * 9))
    for (let index = 0; index < count; index++) {
      bytes.setInt32(index * 9, latenessUs[from + index] ?? 0, true)
      bytes.setInt32(index * 9 + 4, rttUs[from + index] ?? 0, true)
      bytes.setUint8(index * 9 + 8, outcome[from + index] ?? 0)
    }
    this.#hash.update(bytes)
    this.#count += count
  }

  get count(): number {
    return this.#count
  }

  /** The digest so far; more may be added afterwards. */
  current(): Uint8Array {
    return this.#hash.copy().digest()
  }
}

/** `samples[i]` belongs to series i. */
export function runDigest(
  journalHead: Uint8Array,
  seriesHead: Uint8Array,
  samples: readonly SampleDigest[],
): Uint8Array {
  const hash = createHash('sha256').update('kuorum run 1\n').update(journalHead).update(seriesHead)
  samples.forEach((digest, series) => {
    const head = Buffer.alloc(12)
    head.writeUInt32LE(series)
    head.writeBigUInt64LE(BigInt(digest.count), 4)
    hash.update(head).update(digest.current())
  })
  return hash.digest()
}

/** Guards one chunk row, also in a run that has no digest yet. */
export function chunkChecksum(id: number, summary: ChunkSummary, samples: Uint8Array): number {
  const { count, ok, late, bad, rttMinUs, rttMaxUs, rttSumUs } = summary
  const head = [id, count, ok, late, bad, summary.void, rttMinUs, rttMaxUs, rttSumUs].join()
  return crc32(samples, crc32(head))
}
