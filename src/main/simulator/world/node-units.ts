import type { ClusterFileSystem } from './cluster-file-system.ts'
import type { Corosync } from './corosync.ts'
import type { DaemonKind } from './daemon-place.ts'
import type { HaStack } from './ha-stack.ts'
import type { NodeMachine } from './node-machine.ts'
import type { NodeWatchdog } from './watchdog.ts'

/** Units of systemd on which HA stands or falls, each after those it needs. */
export const nodeUnits = ['watchdog-mux', 'pve-cluster', 'corosync', 'pve-ha-crm', 'pve-ha-lrm'] as const
export type NodeUnit = (typeof nodeUnits)[number]

/** Those of the HA manager. */
const daemonKinds: Readonly<Partial<Record<NodeUnit, DaemonKind>>> = {
  'pve-ha-crm': 'crm',
  'pve-ha-lrm': 'lrm',
}

interface Surroundings {
  readonly ha: HaStack
  readonly corosync: Corosync
  readonly shared: ClusterFileSystem
  watchdogOf(node: string): NodeWatchdog
}

/**
 * Starts, stops and kills single daemons of a running node, as `systemctl start`, `stop` and `kill -s KILL` do. None
 * of these units is restarted by systemd, and none is stopped because another one is.
 */
export class NodeUnits {
  readonly #with: Surroundings
  /** Boot in which somebody ended a unit by hand, by unit and node. */
  readonly #endedInBoot = new Map<NodeUnit, Map<string, number | undefined>>(
    nodeUnits.map((unit) => [unit, new Map()]),
  )

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  isActive(node: NodeMachine, unit: NodeUnit): boolean {
    if (!node.networkUp) return false
    const { ha, corosync, shared, watchdogOf } = this.#with
    switch (unit) {
      case 'pve-ha-crm':
        return ha.crmState(node.name) !== undefined
      case 'pve-ha-lrm':
        return ha.lrmState(node.name) !== undefined
      case 'corosync':
        return corosync.isRunning(node.name)
      case 'pve-cluster':
        return shared.isRunning(node.name)
      case 'watchdog-mux':
        return watchdogOf(node.name).isRunning
    }
  }

  /** It was asked to end and has not: an LRM waits as long as it takes until its services are frozen. */
  isEnding(node: NodeMachine, unit: NodeUnit): boolean {
    const kind = daemonKinds[unit]
    return kind !== undefined && this.#with.ha.isEnding(kind, node.name)
  }

  /** Somebody stopped or killed it, or it ended by itself, and it was not started again since, by hand or by a boot. */
  isEnded(node: NodeMachine, unit: NodeUnit): boolean {
    const kind = daemonKinds[unit]
    if (kind !== undefined && this.#with.ha.hasGone(kind, node.name)) return true
    const boots = this.#endedInBoot.get(unit)
    if (boots?.has(node.name) !== true) return false
    return boots.get(node.name) === node.upSinceMs && !this.isActive(node, unit)
  }

  /**
   * Nothing happens to a unit that runs, or on a node that does not; one that is ending starts when it has ended. While a
   * node boots corosync waits for its turn: systemd starts the cluster file system before it.
   */
  start(node: NodeMachine, unit: NodeUnit): void {
    if (!node.networkUp || (this.isActive(node, unit) && !this.isEnding(node, unit))) return
    const { ha, corosync, shared, watchdogOf } = this.#with
    switch (unit) {
      case 'pve-ha-crm':
        ha.startCrm(node)
        return
      case 'pve-ha-lrm':
        ha.startLrm(node)
        return
      case 'corosync':
        if (shared.isRunning(node.name) || this.isEnded(node, 'pve-cluster')) corosync.start(node.name)
        return
      case 'pve-cluster':
        shared.start(node.name)
        return
      case 'watchdog-mux':
        watchdogOf(node.name).start()
    }
  }

  /**
   * Orderly: the LRM first has its services frozen, the CRM hands over, corosync says goodbye. `done` follows when the
   * unit has ended, or at once when it does not run; it never comes when the node ends before.
   */
  stop(node: NodeMachine, unit: NodeUnit, done: () => void = () => {}): void {
    if (!this.isActive(node, unit)) {
      done()
      return
    }
    this.#endedInBoot.get(unit)?.set(node.name, node.upSinceMs)
    const { ha, corosync, watchdogOf } = this.#with
    switch (unit) {
      case 'pve-ha-crm':
        ha.stopCrm(node, done)
        return
      case 'pve-ha-lrm':
        ha.stopLrm(node, done)
        return
      case 'corosync':
        corosync.leave(node.name)
        this.#leftRing(node)
        break
      case 'pve-cluster':
        this.#endFileSystem(node)
        break
      case 'watchdog-mux':
        watchdogOf(node.name).terminate()
    }
    done()
  }

  /** The process is gone without a word. */
  kill(node: NodeMachine, unit: NodeUnit): void {
    if (!this.isActive(node, unit)) return
    this.#endedInBoot.get(unit)?.set(node.name, node.upSinceMs)
    const { ha, corosync, watchdogOf } = this.#with
    switch (unit) {
      case 'pve-ha-crm':
        ha.kill('crm', node.name)
        return
      case 'pve-ha-lrm':
        ha.kill('lrm', node.name)
        return
      case 'corosync':
        corosync.stop(node.name)
        this.#leftRing(node)
        return
      case 'pve-cluster':
        this.#endFileSystem(node)
        return
      case 'watchdog-mux':
        watchdogOf(node.name).die()
    }
  }

  /** Without a ring there is no quorum, and nobody to wait for. */
  #leftRing(node: NodeMachine): void {
    this.#with.shared.votesChanged(node.name)
    this.#with.ha.deliveryResumed(node.name)
  }

  /** The node stays in the ring, but the others no longer count it as online. */
  #endFileSystem(node: NodeMachine): void {
    const { shared, corosync, ha } = this.#with
    const peers = corosync.membersSeenBy(node.name).filter((peer) => peer !== node.name)
    shared.stop(node.name)
    for (const peer of peers) shared.missMember(peer, node.name)
    ha.deliveryResumed(node.name)
  }
}
