/** The roles every installation has, with their privileges: those of 8.4 as recorded. */
import { isSince, type Release } from './release.ts'

const privilegesByRole = {
  Administrator:
    'Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit Group.Allocate Mapping.Audit Mapping.Modify Mapping.Use Permissions.Modify Pool.Allocate Pool.Audit Realm.Allocate Realm.AllocateUser SDN.Allocate SDN.Audit SDN.Use Sys.AccessNetwork Sys.Audit Sys.Console Sys.Incoming Sys.Modify Sys.PowerMgmt Sys.Syslog User.Modify VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Console VM.Migrate VM.Monitor VM.PowerMgmt VM.Snapshot VM.Snapshot.Rollback',
  NoAccess: '',
  PVEAdmin:
    'Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit Group.Allocate Mapping.Audit Mapping.Use Pool.Allocate Pool.Audit Realm.AllocateUser SDN.Allocate SDN.Audit SDN.Use Sys.Audit Sys.Console Sys.Syslog User.Modify VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Console VM.Migrate VM.Monitor VM.PowerMgmt VM.Snapshot VM.Snapshot.Rollback',
  PVEAuditor: 'Datastore.Audit Mapping.Audit Pool.Audit SDN.Audit Sys.Audit VM.Audit',
  PVEDatastoreAdmin: 'Datastore.Allocate Datastore.AllocateSpace Datastore.AllocateTemplate Datastore.Audit',
  PVEDatastoreUser: 'Datastore.AllocateSpace Datastore.Audit',
  PVEMappingAdmin: 'Mapping.Audit Mapping.Modify Mapping.Use',
  PVEMappingUser: 'Mapping.Audit Mapping.Use',
  PVEPoolAdmin: 'Pool.Allocate Pool.Audit',
  PVEPoolUser: 'Pool.Audit',
  PVESDNAdmin: 'SDN.Allocate SDN.Audit SDN.Use',
  PVESDNUser: 'SDN.Audit SDN.Use',
  PVESysAdmin: 'Sys.Audit Sys.Console Sys.Syslog',
  PVETemplateUser: 'VM.Audit VM.Clone',
  PVEUserAdmin: 'Group.Allocate Realm.AllocateUser User.Modify',
  PVEVMAdmin:
    'VM.Allocate VM.Audit VM.Backup VM.Clone VM.Config.CDROM VM.Config.CPU VM.Config.Cloudinit VM.Config.Disk VM.Config.HWType VM.Config.Memory VM.Config.Network VM.Config.Options VM.Console VM.Migrate VM.Monitor VM.PowerMgmt VM.Snapshot VM.Snapshot.Rollback',
  PVEVMUser: 'VM.Audit VM.Backup VM.Config.CDROM VM.Config.Cloudinit VM.Console VM.PowerMgmt',
}

/** What 9.0 has put in the place of `VM.Monitor` (its privileges from the facts of the API). */
const guestAgent = [
  'VM.GuestAgent.Audit',
  'VM.GuestAgent.FileRead',
  'VM.GuestAgent.FileSystemMgmt',
  'VM.GuestAgent.FileWrite',
  'VM.GuestAgent.Unrestricted',
]

/**
 * Privileges by role. That from 9.0 on who could use the monitor has all of the guest agent and replication, and
 * who could audit may ask the agent, is an assumption.
 */
export function builtInRoles(release: Release): ReadonlyMap<string, readonly string[]> {
  const roles = rolesByRelease.get(release) ?? makeRoles(release)
  rolesByRelease.set(release, roles)
  return roles
}

const rolesByRelease = new Map<Release, ReadonlyMap<string, readonly string[]>>()

function makeRoles(release: Release): ReadonlyMap<string, readonly string[]> {
  const words = Object.entries(privilegesByRole).map(
    ([role, text]) => [role, text.split(' ').filter((word) => word !== '')] as const,
  )
  if (!isSince(release, '9.0')) return new Map(words)
  return new Map(
    words.map(([role, names]) => {
      const isAuditing = names.includes('VM.Audit') && role !== 'PVETemplateUser'
      const added = names.includes('VM.Monitor')
        ? [...guestAgent, 'VM.Replicate']
        : isAuditing
          ? ['VM.GuestAgent.Audit']
          : []
      return [role, [...names.filter((name) => name !== 'VM.Monitor'), ...added].sort()]
    }),
  )
}

/** Every privilege there is. */
export function allPrivileges(release: Release): readonly string[] {
  return builtInRoles(release).get('Administrator') ?? []
}
