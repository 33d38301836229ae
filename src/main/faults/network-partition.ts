import { partitionSide } from '../../shared/domain/fault-scope.ts'
import type { Fault } from '../contracts/fault.ts'
import { facetOf } from './facet-of.ts'
import { returnNode } from './node-return.ts'

const kind = 'network-partition'

/**
 * The cluster network falls into two parts: the node and those after it, as many as are a minority, and the others. Healed
 * when it is whole and all nodes of the minority are members.
 */
export const networkPartition: Fault = {
  kind,

  async inject({ node }, context) {
    const { driver, lab, signal } = context
    const names = lab.nodes.map(({ name }) => name)
    await facetOf(driver.links, kind, context).partition('cluster', partitionSide(names, node), signal)
  },

  async heal({ node }, context) {
    const { driver, lab, signal } = context
    await facetOf(driver.links, kind, context).join('cluster', signal)
    const names = lab.nodes.map(({ name }) => name)
    for (const member of partitionSide(names, node)) await returnNode(member, context)
  },
}
