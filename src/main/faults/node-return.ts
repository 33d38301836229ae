import { ProblemError } from '../../shared/problems/problem.ts'
import type { FaultContext } from '../contracts/fault.ts'

/** Between two looks at a node that boots, which takes a minute or more. Longer than corosync needs to miss a node. */
const lookIntervalMs = 5000

/**
 * Switches the node on, again if it goes off by itself, until the cluster counts it as a member.
 * Rejects with the signal's reason.
 */
export async function returnNode(node: string, context: FaultContext): Promise<void> {
  const { clock, driver, signal } = context
  for (;;) {
    const { power } = await driver.inspectVm(node, signal)
    if (power === 'off') await driver.startVm(node, signal)
    else if (await isMember(node, context)) return
    await clock.sleep(lookIntervalMs, signal)
  }
}

async function isMember(node: string, context: FaultContext): Promise<boolean> {
  try {
    const { nodes } = await context.observe()
    return nodes.some(({ name, power, online }) => name === node && power === 'on' && online)
  } catch (error) {
    // No member answers: perhaps this node was needed for the quorum. Asking again is all one can do.
    if (error instanceof ProblemError) return false
    throw error
  }
}
