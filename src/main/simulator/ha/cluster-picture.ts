/** The load of all online nodes at one moment, real or imagined, and what schedulers read from it. */
import type { Load, NodeName } from './cluster-data.ts'
import { closenessToIdeal } from './topsis.ts'

export interface NodePicture extends Load {
  readonly node: NodeName
}

/** In string order of the node. */
export type ClusterPicture = readonly NodePicture[]

/** What is moved or added: processors and bytes. */
export interface Demand {
  readonly cpu: number
  readonly mem: number
}

/** The picture with `demand` on `target`, and taken from `source` (never below 0) if that is given. */
export function withDemand(
  picture: ClusterPicture,
  demand: Demand,
  target: NodeName,
  source?: NodeName,
): ClusterPicture {
  return picture.map((entry) => {
    if (entry.node === target) return { ...entry, cpu: entry.cpu + demand.cpu, mem: entry.mem + demand.mem }
    if (entry.node !== source) return entry
    return { ...entry, cpu: Math.max(0, entry.cpu - demand.cpu), mem: Math.max(0, entry.mem - demand.mem) }
  })
}

const cpuLoad = (node: NodePicture) => (node.maxcpu === 0 ? 0 : node.cpu / node.maxcpu)
const memLoad = (node: NodePicture) => (node.maxmem === 0 ? 0 : node.mem / node.maxmem)

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
}

// Memory weighs more than processors, peaks more than averages: a guest that finds no memory is killed,
// one that finds no processor is slow.
const weights = [1 / 18, 2 / 18, 5 / 18, 10 / 18]

/** Closeness of each picture to the best of all; higher is better. */
export function rankPictures(pictures: readonly ClusterPicture[]): readonly number[] {
  const rows = pictures.map((picture) => {
    const cpu = picture.map(cpuLoad)
    const mem = picture.map(memLoad)
    return [1 + rootMeanSquare(cpu), 1 + Math.max(...cpu), 1 + rootMeanSquare(mem), 1 + Math.max(...mem)]
  })
  return closenessToIdeal(rows, weights)
}

/**
 * How imbalance is scaled: `coefficient` is the plain coefficient of variation (pve-ha-manager 5.2.0: one
 * loaded node of three gives 1.41); `normalised` divides by sqrt(n - 1), so that the worst case is 1, as a
 * later scheduler does.
 */
export type ImbalanceScale = 'coefficient' | 'normalised'

/** Standard deviation of the node loads divided by their mean; 0 without load or for less than two nodes. */
export function imbalanceOf(picture: ClusterPicture, scale: ImbalanceScale = 'coefficient'): number {
  const loads = picture.map((node) => (cpuLoad(node) + memLoad(node)) / 2)
  const total = loads.reduce((sum, load) => sum + load, 0)
  if (loads.length < 2 || total === 0) return 0
  const mean = total / loads.length
  const variance = loads.reduce((sum, load) => sum + (load - mean) * (load - mean), 0) / loads.length
  const coefficient = Math.sqrt(variance) / mean
  return scale === 'normalised' ? coefficient / Math.sqrt(loads.length - 1) : coefficient
}
