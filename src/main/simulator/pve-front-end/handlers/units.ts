/** The units of systemd that the API shows, and how they fare. */
import type { Call } from '../handler.ts'
import type { ServedLab } from '../served-lab.ts'

export interface Unit {
  readonly name: string
  readonly description: string
  /** `inactive`: present in the list, not running on a lab node. */
  readonly usually: 'active' | 'inactive'
}

const active = (name: string, description: string): Unit => ({ name, description, usually: 'active' })
const inactive = (name: string): Unit => ({ name, description: `${name}.service`, usually: 'inactive' })

export const units: readonly Unit[] = [
  active('chrony', 'chrony, an NTP client/server'),
  active('corosync', 'Corosync Cluster Engine'),
  active('cron', 'Regular background program processing daemon'),
  inactive('ksmtuned'),
  active('postfix', 'Postfix Mail Transport Agent (instance -)'),
  active('pve-cluster', 'The Proxmox VE cluster filesystem'),
  active('pve-firewall', 'Proxmox VE firewall'),
  active('pve-ha-crm', 'PVE Cluster HA Resource Manager Daemon'),
  active('pve-ha-lrm', 'PVE Local HA Resource Manager Daemon'),
  active('pvedaemon', 'PVE API Daemon'),
  active('pvefw-logger', 'Proxmox VE firewall logger'),
  active('pveproxy', 'PVE API Proxy Server'),
  active('pvescheduler', 'Proxmox VE scheduler'),
  active('pvestatd', 'PVE Status Daemon'),
  active('spiceproxy', 'PVE SPICE Proxy Server'),
  active('sshd', 'OpenBSD Secure Shell server'),
  inactive('syslog'),
  active('systemd-journald', 'Journal Service'),
  inactive('systemd-timesyncd'),
]

export function stateOfUnit({ lab, node }: Call, { name, description, usually }: Unit) {
  const isGone = usually === 'inactive' || !isActive(lab, node, name)
  const isEnding = !isGone && isHaDaemon(name) && lab.world.units.isEnding(lab.world.node(node), name)
  return {
    name,
    service: name,
    desc: description,
    state: isGone ? 'dead' : isEnding ? 'stop' : 'running',
    'active-state': isGone ? 'inactive' : isEnding ? 'deactivating' : 'active',
    'unit-state': usually === 'active' ? 'enabled' : 'not-found',
  }
}

function isActive({ world }: ServedLab, node: string, name: string): boolean {
  const machine = world.node(node)
  if (name === 'pveproxy' || name === 'pvedaemon') return machine.conditionOf(name) !== 'stopped'
  const isKnown = name === 'corosync' || name === 'pve-cluster' || isHaDaemon(name)
  return !isKnown || world.units.isActive(machine, name)
}

function isHaDaemon(name: string): name is 'pve-ha-crm' | 'pve-ha-lrm' {
  return name === 'pve-ha-crm' || name === 'pve-ha-lrm'
}
