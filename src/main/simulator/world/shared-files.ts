/** The files of HA and of the whole cluster below /etc/pve, read and written as values. */
import {
  emptyManagerStatus,
  type Group,
  type LrmStatus,
  type ManagerStatus,
  type Rule,
  type ServiceConfig,
  type ServiceId,
} from '../ha/cluster-data.ts'
import { ClusterDataError } from '../ha/environment.ts'
import type { ClusterFileSystem } from './cluster-file-system.ts'

export type ServiceConfigs = Readonly<Record<ServiceId, ServiceConfig>>

/** Put together once: each round of each daemon asks for them. */
const lrmStatusFiles = new Map<string, string>()

/** Names of the shared files, as a node has them below /etc/pve. */
const files = {
  managerStatus: 'ha/manager_status',
  services: 'ha/resources.cfg',
  commands: 'ha/crm_commands',
  rules: 'ha/rules.cfg',
  groups: 'ha/groups.cfg',
  lrmStatus: (node: string) => {
    const file = lrmStatusFiles.get(node) ?? `nodes/${node}/lrm_status`
    lrmStatusFiles.set(node, file)
    return file
  },
  datacenter: 'datacenter.cfg',
  /** Where the configuration of a guest lies that HA does not manage. */
  placement: (guest: string) => `placement/${guest}`,
}

export function readManagerStatus(shared: ClusterFileSystem, node: string): ManagerStatus {
  return (shared.read(node, files.managerStatus) as ManagerStatus | undefined) ?? emptyManagerStatus
}

export function readServices(shared: ClusterFileSystem, node: string): ServiceConfigs {
  return (shared.read(node, files.services) as ServiceConfigs | undefined) ?? {}
}

export function readLrmStatus(
  shared: ClusterFileSystem,
  viewer: string,
  node: string,
): LrmStatus | undefined {
  return shared.read(viewer, files.lrmStatus(node)) as LrmStatus | undefined
}

/** Options of the whole cluster, by the names of datacenter.cfg. */
export interface DatacenterFile {
  readonly ha?: { readonly shutdown_policy?: string }
  readonly [name: string]: unknown
}

export const emptyDatacenter: DatacenterFile = {}

export function readDatacenterFile(shared: ClusterFileSystem, node: string): DatacenterFile {
  return (shared.read(node, files.datacenter) as DatacenterFile | undefined) ?? emptyDatacenter
}

/** Throws without quorum. */
export function writeDatacenterFile(shared: ClusterFileSystem, node: string, options: DatacenterFile): void {
  write(shared, node, files.datacenter, options)
}

/** The node of a guest outside HA, if it was ever moved. */
export function readPlacement(shared: ClusterFileSystem, node: string, guest: string): string | undefined {
  return shared.read(node, files.placement(guest)) as string | undefined
}

/** Throws without quorum. */
export function writePlacement(shared: ClusterFileSystem, node: string, guest: string, to: string): void {
  write(shared, node, files.placement(guest), to)
}

/** Puts the resources of a lab that was built before it was switched on. */
export function installServices(shared: ClusterFileSystem, services: ServiceConfigs): void {
  shared.install(files.services, services)
}

/** Changes one resource as a user's request or the manager's recovery does. Throws without quorum. */
export function changeService(
  shared: ClusterFileSystem,
  node: string,
  sid: ServiceId,
  changes: Partial<ServiceConfig>,
): void {
  const services = readServices(shared, node)
  const service = services[sid]
  if (service === undefined) throw new ClusterDataError(`no such service '${sid}'`)
  write(shared, node, files.services, { ...services, [sid]: { ...service, ...changes } })
}

/** Throws without quorum. */
export function removeGroup(shared: ClusterFileSystem, node: string, sid: ServiceId): void {
  const service = readServices(shared, node)[sid]
  if (service === undefined) throw new ClusterDataError(`no such service '${sid}'`)
  const { group: _group, ...rest } = service
  putService(shared, node, sid, rest)
}

/** Adds or replaces a resource. Throws without quorum. */
export function putService(
  shared: ClusterFileSystem,
  node: string,
  sid: ServiceId,
  service: ServiceConfig,
): void {
  write(shared, node, files.services, { ...readServices(shared, node), [sid]: service })
}

/** Ends the management of a resource; its guest stays where it is. Throws without quorum. */
export function removeService(
  shared: ClusterFileSystem,
  node: string,
  sid: ServiceId,
  service: ServiceConfig,
): void {
  writePlacement(shared, node, sid, service.node)
  const { [sid]: _removed, ...rest } = readServices(shared, node)
  write(shared, node, files.services, rest)
}

const noRules: readonly Rule[] = []

export function readRules(shared: ClusterFileSystem, node: string): readonly Rule[] {
  return (shared.read(node, files.rules) as readonly Rule[] | undefined) ?? noRules
}

/** Throws without quorum. */
export function writeRules(shared: ClusterFileSystem, node: string, rules: readonly Rule[]): void {
  write(shared, node, files.rules, rules)
}

/** Groups of resources, as releases before 9 have them. */
export function readGroups(shared: ClusterFileSystem, node: string): readonly Group[] {
  return (shared.read(node, files.groups) as readonly Group[] | undefined) ?? []
}

/** Throws without quorum. */
export function writeGroups(shared: ClusterFileSystem, node: string, groups: readonly Group[]): void {
  write(shared, node, files.groups, groups)
}

export function writeManagerStatus(shared: ClusterFileSystem, node: string, status: ManagerStatus): void {
  write(shared, node, files.managerStatus, status)
}

export function writeLrmStatus(shared: ClusterFileSystem, node: string, status: LrmStatus): void {
  write(shared, node, files.lrmStatus(node), status)
}

const noCommands: readonly string[] = []

/** Command lines that wait for the master. */
export function readCrmCommands(shared: ClusterFileSystem, node: string): readonly string[] {
  return (shared.read(node, files.commands) as readonly string[] | undefined) ?? noCommands
}

/** Throws without quorum. */
export function clearCrmCommands(shared: ClusterFileSystem, node: string): void {
  write(shared, node, files.commands, noCommands)
}

/** Leaves a command line for the master's next round. Throws without quorum. */
export function queueCrmCommand(shared: ClusterFileSystem, node: string, line: string): void {
  write(shared, node, files.commands, [...readCrmCommands(shared, node), line])
}

function write(shared: ClusterFileSystem, node: string, file: string, value: unknown): void {
  if (!shared.write(node, file, value))
    throw new ClusterDataError(`unable to open file '/etc/pve/${file}' - Permission denied`)
}
