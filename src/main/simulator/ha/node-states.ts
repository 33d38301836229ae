/** The manager's view of the nodes: who takes part, who left, who is being fenced. */
import type { LrmMode, NodeName, NodeState } from './cluster-data.ts'
import { agentLockName, type CrmEnvironment } from './environment.ts'

/** Seconds a node must have been away before its services are fenced. */
const fenceDelaySeconds = 60
/** Seconds after which a node that is no cluster member any more is forgotten. */
const goneNodeSeconds = 3600

/** `unknown` for a node whose LRM status was not read yet. */
export type PublishedMode = LrmMode | 'unknown'

export class NodeStates {
  readonly #env: CrmEnvironment
  readonly #states: Map<NodeName, NodeState>
  // Neither is part of the manager status: a new master starts counting anew.
  readonly #lastOnline = new Map<NodeName, number>()
  readonly #goneSince = new Map<NodeName, number>()
  /** Sorted once for as long as no node comes or goes: a round asks many times. */
  #names: readonly NodeName[] | undefined
  /** The states as they are written, until one changes. */
  #record: Readonly<Record<NodeName, NodeState>> | undefined

  constructor(env: CrmEnvironment, initial: Readonly<Record<NodeName, NodeState>>) {
    this.#env = env
    this.#states = new Map(Object.entries(initial))
  }

  /** Known nodes in string order. */
  names(): readonly NodeName[] {
    this.#names ??= [...this.#states.keys()].sort()
    return this.#names
  }

  /** An unlisted node counts as `unknown`. */
  stateOf(node: NodeName): NodeState {
    return this.#states.get(node) ?? 'unknown'
  }

  /** Nodes in state `online`, in string order. */
  online(): readonly NodeName[] {
    return this.names().filter((node) => this.stateOf(node) === 'online')
  }

  isOperational(node: NodeName): boolean {
    const state = this.stateOf(node)
    return state === 'online' || state === 'maintenance'
  }

  /** Away for so long that its services may be fenced. */
  isOfflineDelayed(node: NodeName): boolean {
    if (this.stateOf(node) === 'online') return false
    const seen = this.#lastOnline.get(node)
    if (seen !== undefined) return this.#env.now() - seen >= fenceDelaySeconds
    this.#lastOnline.set(node, this.#env.now())
    return false
  }

  update(membership: Readonly<Record<NodeName, boolean>>, modeOf: (node: NodeName) => PublishedMode): void {
    for (const node of Object.keys(membership).sort()) {
      if (membership[node] !== true) continue
      this.#lastOnline.set(node, this.#env.now())
      this.#goneSince.delete(node)
      this.#welcome(node, modeOf(node))
    }
    for (const node of this.names()) {
      if (membership[node] !== true) this.#miss(node, modeOf(node), Object.hasOwn(membership, node))
    }
  }

  /** Tries to get the node's agent lock, the proof that it no longer works. True when fencing is done. */
  fence(node: NodeName): boolean {
    const env = this.#env
    if (this.stateOf(node) !== 'fence') {
      this.#change(node, 'fence')
      env.notifyFencing('FENCE', `Try to fence node '${node}'`)
    }
    if (!env.acquireLock(agentLockName(node))) return false
    const text = `fencing: acknowledged - got agent lock for node '${node}'`
    env.log('info', text)
    this.#change(node, 'unknown')
    env.notifyFencing('SUCCEED', text)
    return true
  }

  toRecord(): Readonly<Record<NodeName, NodeState>> {
    this.#record ??= Object.fromEntries(this.#states)
    return this.#record
  }

  #change(node: NodeName, next: NodeState): void {
    this.#env.log('info', `node '${node}': state changed from '${this.stateOf(node)}' => '${next}'`)
    if (!this.#states.has(node)) this.#names = undefined
    this.#record = undefined
    this.#states.set(node, next)
  }

  #welcome(node: NodeName, mode: PublishedMode): void {
    const state = this.stateOf(node)
    if (state === 'online' && mode === 'maintenance') this.#change(node, 'maintenance')
    else if (state === 'unknown' || state === 'gone') this.#change(node, 'online')
    else if (state === 'maintenance' && mode !== 'maintenance') this.#change(node, 'online')
  }

  #miss(node: NodeName, mode: PublishedMode, isMember: boolean): void {
    const state = this.stateOf(node)
    if (state === 'online') this.#change(node, 'unknown')
    else if (state === 'maintenance' && mode !== 'maintenance') this.#change(node, 'unknown')
    else if (state === 'unknown' && !isMember) {
      this.#goneSince.set(node, this.#env.now())
      this.#change(node, 'gone')
    } else if (state === 'gone') this.#forgetWhenDue(node)
  }

  /** Of a node that another master saw go, only the time that this one knows of counts. */
  #forgetWhenDue(node: NodeName): void {
    const since = this.#goneSince.get(node) ?? this.#env.now()
    this.#goneSince.set(node, since)
    if (this.#env.now() - since < goneNodeSeconds) return
    this.#states.delete(node)
    this.#names = undefined
    this.#record = undefined
    this.#env.log('notice', `deleting gone node '${node}', not a cluster member anymore.`)
  }
}
