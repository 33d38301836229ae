/** Units of systemd whose start and end the model knows. */
import { cephDaemonsOn } from '../world/ceph-daemons.ts'
import type { ManagementDaemon } from '../world/node-machine.ts'
import type { NodeUnit } from '../world/node-units.ts'
import type { ProgramCall } from './program.ts'

/** A signal that kills, freezes or thaws. */
export type Signal = 'KILL' | 'TERM' | 'STOP' | 'CONT'

/** By name or number, with `SIG` or without; one that is none of these asks to end. */
export function signalNamed(word: string): Signal {
  const name = word.toUpperCase().replace(/^SIG/, '')
  const numbers: Readonly<Record<string, Signal>> = { 9: 'KILL', 15: 'TERM', 18: 'CONT', 19: 'STOP' }
  if (name === 'KILL' || name === 'STOP' || name === 'CONT') return name
  return numbers[name] ?? 'TERM'
}

export interface Unit {
  readonly description: string
  isActive(call: ProgramCall): boolean
  /** It was asked to end and has not; started now, it starts when it has. */
  isEnding?(call: ProgramCall): boolean
  start(call: ProgramCall): void
  /** `done` follows when it has ended. */
  stop(call: ProgramCall, done: () => void): void
  kill?(call: ProgramCall, signal: Signal): void
}

const nodeUnit = (name: NodeUnit, description: string): Unit => ({
  description,
  // Without a cluster there is no configuration for corosync, and systemd does not start it.
  isActive: ({ lab, node }) =>
    lab.world.units.isActive(lab.machine(node), name) &&
    (name !== 'corosync' || lab.clusterName(node) !== undefined),
  isEnding: ({ lab, node }) => lab.world.units.isEnding(lab.machine(node), name),
  start: ({ lab, node }) => lab.world.units.start(lab.machine(node), name),
  stop: ({ lab, node }, done) => lab.world.units.stop(lab.machine(node), name, done),
  kill({ lab, node }, signal) {
    if (signal === 'KILL') lab.world.units.kill(lab.machine(node), name)
    else if (signal === 'TERM') lab.world.units.stop(lab.machine(node), name)
  },
})

const managementDaemon = (name: ManagementDaemon, description: string): Unit => ({
  description,
  isActive: ({ lab, node }) => lab.machine(node).apiUp && lab.machine(node).conditionOf(name) !== 'stopped',
  start: ({ lab, node }) => lab.machine(node).setCondition(name, 'running'),
  stop({ lab, node }, done) {
    lab.machine(node).setCondition(name, 'stopped')
    done()
  },
  kill({ lab, node }, signal) {
    const conditions = { KILL: 'stopped', TERM: 'stopped', STOP: 'frozen', CONT: 'running' } as const
    lab.machine(node).setCondition(name, conditions[signal])
  },
})

/** Those that only show that they run. */
export const constantUnits: Readonly<Record<string, string>> = {
  'pve-guests': 'PVE guests',
  qmeventd: 'PVE Qemu Event Daemon',
  ssh: 'OpenBSD Secure Shell server',
}

function cephDaemon(kind: string, id: string, { lab, node }: ProgramCall): Unit | undefined {
  const daemon = cephDaemonsOn(lab.world, node).find((known) => known.kind === kind && known.id === id)
  if (daemon === undefined) return undefined
  const descriptions = {
    mon: 'Ceph cluster monitor daemon',
    mgr: 'Ceph cluster manager daemon',
    osd: `Ceph object storage daemon osd.${id}`,
  }
  return {
    description: descriptions[daemon.kind],
    isActive: () => daemon.isActive,
    start: () => daemon.start(),
    stop(_call, done) {
      daemon.stop('orderly')
      done()
    },
    kill(_call, signal) {
      if (signal === 'CONT') daemon.thaw()
      else daemon.stop(signal === 'STOP' ? 'lost' : signal === 'KILL' ? 'killed' : 'orderly')
    },
  }
}

const units: Readonly<Record<string, Unit>> = {
  corosync: nodeUnit('corosync', 'Corosync Cluster Engine'),
  'pve-cluster': nodeUnit('pve-cluster', 'The Proxmox VE cluster filesystem'),
  'pve-ha-crm': nodeUnit('pve-ha-crm', 'PVE Cluster HA Resource Manager Daemon'),
  'pve-ha-lrm': nodeUnit('pve-ha-lrm', 'PVE Local HA Resource Manager Daemon'),
  pvedaemon: managementDaemon('pvedaemon', 'PVE API Daemon'),
  pveproxy: managementDaemon('pveproxy', 'PVE API Proxy Server'),
  'watchdog-mux': nodeUnit('watchdog-mux', 'Proxmox VE watchdog multiplexer'),
}

export const unitNames: readonly string[] = Object.keys(units)

/** `name` without `.service`. */
export function unitNamed(name: string, call: ProgramCall): Unit | undefined {
  const [, kind, id = ''] = /^ceph-(mon|mgr|osd)@(.+)$/.exec(name) ?? []
  if (kind !== undefined) return cephDaemon(kind, id, call)
  return Object.hasOwn(units, name) ? units[name] : undefined
}
