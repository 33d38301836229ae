/** What the network between OSDs and clients does to Ceph's pace, in closed form. */
import { expectedRepetitionSeconds } from '../lossy-exchange.ts'
import type { Path } from '../network.ts'
import type { WorldParameters } from '../parameters.ts'

const bitsPerMebibyte = 8 * 1024 * 1024
/** Payload of a segment on an Ethernet of 1500 bytes. */
const segmentBytes = 1448

type PaceParameters = Pick<WorldParameters, 'cephRoundTrip'>

/**
 * Most that one TCP connection carries over that path, in MiB/s: its bandwidth, and with loss no more than
 * (segment / round trip) * sqrt(3/2 / loss), the steady state of TCP's congestion avoidance (Mathis and others, 1997).
 */
export function connectionMiBPerSecond(path: Path, { cephRoundTrip }: PaceParameters): number {
  const line = (path.bandwidthMbps * 1e6) / bitsPerMebibyte
  if (path.loss === 0) return line
  const roundTripSeconds = (cephRoundTrip + 2 * path.latencyMs) / 1000
  const carried = (segmentBytes / roundTripSeconds) * Math.sqrt(1.5 / path.loss)
  return Math.min(line, carried / (1024 * 1024))
}

/** What one message and its answer take longer than over a perfect path, on average. */
export function exchangeDelaySeconds(path: Path): number {
  return (2 * path.latencyMs) / 1000 + expectedRepetitionSeconds(path)
}

/**
 * What a write that waits for all copies takes longer than in a perfect network: from the client to the primary and from
 * there to the others, with any OSD of any group alike as primary.
 */
export function writeDelaySeconds(
  client: string,
  nodes: readonly string[],
  pathOf: (from: string, to: string) => Path,
): number {
  const delay = (from: string, to: string) => (from === to ? 0 : exchangeDelaySeconds(pathOf(from, to)))
  const mean = (values: readonly number[]) =>
    values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
  const toPrimary = mean(nodes.map((node) => delay(client, node)))
  const toCopies = mean(
    nodes.flatMap((node) => nodes.filter((other) => other !== node).map((other) => delay(node, other))),
  )
  return toPrimary + toCopies
}
