/** The manager's view of the nodes: who takes part, who left, who is being fenced. */
import type { LrmMode, NodeName, NodeState } from './cluster-data.ts'
import { agentLockName, type CrmEnvironment } from './environment.ts'

/** Seconds a node must have been away before its services are fenced. */
export const fenceDelaySeconds = 60
/** Seconds after which a node that is no cluster member any more is forgotten. */
export const goneNodeSeconds = 3600

/** `unknown` for a node whose LRM status was not read yet. */
export type PublishedMode = LrmMode | 'unknown'

export interface NodeStates {
  /** Known nodes in string order. */
  names(): readonly NodeName[]
  /** An unlisted node counts as `unknown`. */
  stateOf(node: NodeName): NodeState
  /** Nodes in state `online`, in string order. */
  online(): readonly NodeName[]
  isOperational(node: NodeName): boolean
  /** Away for so long that its services may be fenced. */
  isOfflineDelayed(node: NodeName): boolean
  update(membership: Readonly<Record<NodeName, boolean>>, modeOf: (node: NodeName) => PublishedMode): void
  /** Tries to get the node's agent lock, the proof that it no longer works. True when fencing is done. */
  fence(node: NodeName): boolean
  toRecord(): Readonly<Record<NodeName, NodeState>>
}

export function createNodeStates(
  env: CrmEnvironment,
  initial: Readonly<Record<NodeName, NodeState>>,
): NodeStates {
  const states = new Map(Object.entries(initial))
  // Not part of the manager status: a new master starts counting anew.
  const lastOnline = new Map<NodeName, number>()
  const goneSince = new Map<NodeName, number>()

  const names = () => [...states.keys()].sort()
  const stateOf = (node: NodeName): NodeState => states.get(node) ?? 'unknown'

  const change = (node: NodeName, next: NodeState) => {
    const previous = stateOf(node)
    states.set(node, next)
    if (previous !== next) env.log('info', `node '${node}': state changed from '${previous}' => '${next}'`)
  }

  const welcome = (node: NodeName, mode: PublishedMode) => {
    const state = stateOf(node)
    if (state === 'online' && mode === 'maintenance') change(node, 'maintenance')
    else if (state === 'unknown' || state === 'gone') change(node, 'online')
    else if (state === 'maintenance' && mode !== 'maintenance') change(node, 'online')
  }

  const miss = (node: NodeName, mode: PublishedMode, isMember: boolean) => {
    const state = stateOf(node)
    if (state === 'online') change(node, 'unknown')
    else if (state === 'maintenance' && mode !== 'maintenance') change(node, 'unknown')
    else if (state === 'unknown' && !isMember) change(node, 'gone')
    else if (state === 'gone') forgetWhenDue(node)
  }

  const forgetWhenDue = (node: NodeName) => {
    const since = goneSince.get(node) ?? env.now()
    goneSince.set(node, since)
    if (env.now() - since < goneNodeSeconds) return
    states.delete(node)
    env.log('notice', `deleting gone node '${node}', not a cluster member anymore.`)
  }

  return {
    names,
    stateOf,
    online: () => names().filter((node) => stateOf(node) === 'online'),
    isOperational(node) {
      const state = stateOf(node)
      return state === 'online' || state === 'maintenance'
    },
    isOfflineDelayed(node) {
      if (stateOf(node) === 'online') return false
      const seen = lastOnline.get(node)
      if (seen !== undefined) return env.now() - seen >= fenceDelaySeconds
      lastOnline.set(node, env.now())
      return false
    },
    update(membership, modeOf) {
      for (const node of Object.keys(membership).sort()) {
        if (membership[node] !== true) continue
        lastOnline.set(node, env.now())
        goneSince.delete(node)
        welcome(node, modeOf(node))
      }
      for (const node of names()) {
        if (membership[node] !== true) miss(node, modeOf(node), Object.hasOwn(membership, node))
      }
    },
    fence(node) {
      if (stateOf(node) !== 'fence') {
        change(node, 'fence')
        env.notifyFencing('FENCE', `Try to fence node '${node}'`)
      }
      if (!env.acquireLock(agentLockName(node))) return false
      const text = `fencing: acknowledged - got agent lock for node '${node}'`
      env.log('info', text)
      change(node, 'unknown')
      env.notifyFencing('SUCCEED', text)
      return true
    },
    toRecord: () => Object.fromEntries(states),
  }
}
