import type { CephCluster } from './ceph/ceph-cluster.ts'
import type { NodeMachine } from './node-machine.ts'
import type { WorldParameters } from './parameters.ts'

export type MemoryVictim = 'manager' | 'osd'

interface Surroundings {
  readonly ceph: CephCluster
  readonly parameters: WorldParameters
  slowdown(node: NodeMachine): number
  log(node: string, source: string, level: string, message: string): void
}

/** systemd starts what the kernel has killed of Ceph again, until it was killed too often within half an hour. */
export class CephRestarts {
  readonly #with: Surroundings
  readonly #killedAtMs = new Map<string, number[]>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** A boot counts anew. */
  booted(node: NodeMachine): void {
    for (const victim of ['manager', 'osd'] as const) this.#killedAtMs.delete(keyOf(node, victim))
  }

  killed(node: NodeMachine, victim: MemoryVictim): void {
    const { parameters, log } = this.#with
    const nowMs = node.scope.nowMs()
    const sinceMs = nowMs - parameters.cephRestartWindow * 1000
    const recent = (this.#killedAtMs.get(keyOf(node, victim)) ?? []).filter((atMs) => atMs > sinceMs)
    recent.push(nowMs)
    this.#killedAtMs.set(keyOf(node, victim), recent)
    if (recent.length > parameters.cephRestartBurst) {
      const unit = victim === 'osd' ? 'ceph-osd' : 'ceph-mgr'
      log(node.name, 'systemd', 'err', `${unit}: Start request repeated too quickly.`)
      return
    }
    node.scope.after(parameters.cephRestart * 1000, () => this.#start(node, victim))
  }

  #start(node: NodeMachine, victim: MemoryVictim): void {
    const { ceph, slowdown } = this.#with
    if (node.isStopping) return
    if (victim === 'manager' && !ceph.managers.isRunning(node.name)) ceph.managers.start(node.name)
    if (victim === 'osd')
      for (const { id, process } of ceph.osdMap.osdsOn(node.name))
        if (process === 'none') ceph.osdMap.startOsd(id, slowdown(node))
    ceph.memory.obey()
  }
}

function keyOf({ name }: NodeMachine, victim: MemoryVictim): string {
  return `${name}/${victim}`
}
