import type { NetworkName } from '../../shared/domain/lab.ts'
import type { Fault } from '../contracts/fault.ts'
import { facetOf } from './facet-of.ts'
import { returnNode } from './node-return.ts'

/** The plug of a node's network is pulled. Healed when it is in again and the node is a member. */
function linkCut(kind: 'cluster-link-cut' | 'management-link-cut', network: NetworkName): Fault {
  return {
    kind,
    async inject({ node }, context) {
      await facetOf(context.driver.links, kind, context).setLink(node, network, false, context.signal)
    },
    async heal({ node }, context) {
      const links = facetOf(context.driver.links, kind, context)
      if (!(await links.isLinkUp(node, network, context.signal)))
        await links.setLink(node, network, true, context.signal)
      await returnNode(node, context)
    },
  }
}

export const clusterLinkCut = linkCut('cluster-link-cut', 'cluster')
export const managementLinkCut = linkCut('management-link-cut', 'management')
