/**
 * What the API answered with success, for whoever watches this process: tests hold all of it against the facts,
 * wherever it was asked. Nothing is put together while nobody listens.
 */
import { channel } from 'node:diagnostics_channel'
import type { Release } from './release.ts'

export interface Exchange {
  readonly release: Release
  readonly method: string
  /** Decoded, below the root of the API. */
  readonly path: string
  /** Parameters beside those in the path. */
  readonly given: Readonly<Record<string, unknown>>
  /** The body of the answer as it stood. */
  readonly body: string
}

/** Messages are `Exchange`s. */
export const exchanges = channel('kuorum:pve-exchange')
