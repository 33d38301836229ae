/** What faults of a kind do harm to. Apart from the schema, so that the window does not bundle it. */
import type { FaultKind } from './plan.ts'

/**
 * Hits guests and leaves their node alone: the guest a rule follows, else all that run on the node it means.
 */
export function isGuestFault(kind: FaultKind): boolean {
  return kind === 'guest-killed' || kind === 'service-stopped'
}

/** Nothing runs on the node until it is healed. */
export function stopsNode(kind: FaultKind): boolean {
  return kind === 'node-power-off' || kind === 'node-shutdown' || kind === 'node-frozen'
}

/** Hits a daemon of Ceph and can only be aimed at a node that has one. */
export function isCephFault(kind: FaultKind): boolean {
  return kind === 'osd-killed' || kind === 'monitor-killed'
}

/**
 * The side of a partition that a node is on: the node and those after it in the lab, so many that they are a minority;
 * of two nodes it is one of them.
 */
export function partitionSide(nodes: readonly string[], node: string): readonly string[] {
  const from = nodes.indexOf(node)
  const count = Math.max(1, Math.floor((nodes.length - 1) / 2))
  return Array.from({ length: count }, (_, index) => nodes[(from + index) % nodes.length] ?? node)
}
