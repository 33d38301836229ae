/** What `pveceph` keeps beside the daemons: which nodes have the packages, and the cluster's configuration. */
import { clusterFsid } from '../world/ceph/cluster-report.ts'
import { refuse } from './api-error.ts'
import type { ServedLab } from './served-lab.ts'

export interface CephConfiguration {
  readonly size: number
  readonly minSize: number
  /** CIDR; without one monitors use the address of their node. */
  readonly network?: string
  readonly clusterNetwork?: string
}

/** Of the cluster file system. */
const configurationFile = 'ceph.conf'
const packages = 'Ceph packages'
/** How long a client looks for monitors that do not answer (proxmox.md 5.3). */
const radosMs = 5000

/** A lab that comes with Ceph has it installed and configured. */
export function noteGivenCeph(lab: ServedLab): void {
  const { ceph, lab: recipe, nodes, shared } = lab.world
  if (!ceph.exists) return
  const configuration: CephConfiguration = recipe.ceph
  shared.install(configurationFile, configuration)
  for (const { name } of nodes) if (ceph.has(name)) notePackages(lab, name)
}

export function hasPackages({ files }: ServedLab, node: string): boolean {
  return files.read(node, packages, false)
}

export function notePackages({ files }: ServedLab, node: string): void {
  files.write(node, packages, true)
}

/** As the node knows it; undefined before `pveceph init`. */
export function cephConfiguration({ world }: ServedLab, node: string): CephConfiguration | undefined {
  return (world.shared.read(node, configurationFile) as CephConfiguration | null | undefined) ?? undefined
}

/** Undefined: there is none any more. Throws where nobody may write. */
export function keepConfiguration(
  lab: ServedLab,
  node: string,
  configuration: CephConfiguration | undefined,
): void {
  lab.requireQuorum(node)
  lab.world.shared.write(node, configurationFile, configuration ?? null)
}

export const unconfigured =
  "pveceph configuration not initialized - missing '/etc/pve/ceph.conf', missing '/etc/pve/ceph'"

export function requireConfiguration(lab: ServedLab, node: string): CephConfiguration {
  return cephConfiguration(lab, node) ?? refuse(unconfigured)
}

/** Of a program that is needed on the node. */
export function requirePackages(lab: ServedLab, node: string, program: string): void {
  if (!hasPackages(lab, node)) refuse(`binary not installed: ${program}`)
}

/** Changes of maps need a quorum that hears this node. */
export async function requireMonitors(lab: ServedLab, node: string, refusal = 'got timeout'): Promise<void> {
  const { monitors } = lab.world.ceph
  const { leader } = monitors
  const isHeard = leader !== undefined && lab.world.network.reaches(node, leader, 'cluster')
  if (monitors.canCommit && isHeard) return
  await lab.clock.sleep(radosMs)
  refuse(refusal)
}

/** The file as it stands on every node; undefined where there is none. */
export function cephConfigurationText(lab: ServedLab, node: string): string | undefined {
  const configuration = cephConfiguration(lab, node)
  if (configuration === undefined) return undefined
  const { network, clusterNetwork = network, size, minSize } = configuration
  const { names } = lab.world.ceph.monitors
  const settings = {
    auth_client_required: 'cephx',
    auth_cluster_required: 'cephx',
    auth_service_required: 'cephx',
    cluster_network: clusterNetwork,
    fsid: clusterFsid,
    mon_allow_pool_delete: 'true',
    mon_host: names.length === 0 ? undefined : names.map((name) => lab.addressOf(name)).join(' '),
    osd_pool_default_min_size: minSize,
    osd_pool_default_size: size,
    public_network: network,
  }
  const lines = Object.entries(settings).filter(([, value]) => value !== undefined)
  const monitors = names.map((name) => `\n[mon.${name}]\n\tpublic_addr = ${lab.addressOf(name)}\n`)
  return `[global]\n${lines.map(([name, value]) => `\t${name} = ${value}\n`).join('')}${monitors.join('')}`
}
