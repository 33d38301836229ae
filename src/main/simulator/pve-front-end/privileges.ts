/** Which privileges an endpoint wants, and the words for a caller who has them not. */
import type { Caller } from './accounts.ts'
import { refusePermission } from './api-error.ts'
import type { Endpoint, PrivilegeCheck } from './api-facts.ts'
import { textOf } from './parameters.ts'

/** Privileges of 8.4 by the part of the window that a ticket's `cap` names (recorded). */
export const capabilities = {
  nodes:
    'Sys.Modify Sys.Audit Sys.Console Sys.PowerMgmt Permissions.Modify Sys.AccessNetwork Sys.Incoming Sys.Syslog',
  storage:
    'Permissions.Modify Datastore.Audit Datastore.AllocateSpace Datastore.Allocate Datastore.AllocateTemplate',
  sdn: 'Permissions.Modify SDN.Use SDN.Allocate SDN.Audit',
  access: 'User.Modify Permissions.Modify Group.Allocate',
  mapping: 'Permissions.Modify Mapping.Modify Mapping.Audit Mapping.Use',
  dc: 'SDN.Use Sys.Modify Sys.Audit SDN.Audit SDN.Allocate',
  vms: 'Permissions.Modify VM.Snapshot VM.Config.Memory VM.Config.Disk VM.Migrate VM.Config.CDROM VM.Audit VM.Config.Cloudinit VM.Clone VM.Config.Options VM.Config.CPU VM.Monitor VM.Backup VM.Config.HWType VM.Config.Network VM.PowerMgmt VM.Allocate VM.Console VM.Snapshot.Rollback',
} as const

/** Those of `cap`, and those that concern no part of the window alone. */
export const allPrivileges: readonly string[] = [
  ...new Set(
    `${Object.values(capabilities).join(' ')} Pool.Allocate Pool.Audit Realm.Allocate Realm.AllocateUser`.split(
      ' ',
    ),
  ),
].sort()

export function flags(names: readonly string[]): Record<string, 1> {
  return Object.fromEntries(names.map((name) => [name, 1]))
}

/** Throws 403 with the words of the real server. */
export function requirePrivileges(
  endpoint: Endpoint,
  path: string,
  caller: Caller,
  given: Readonly<Record<string, unknown>>,
): void {
  if (caller.isToken && endpoint.tokenAllowed === false)
    refusePermission(` (URI '${path}' not available with API token, need proper ticket.\n)`)
  if (endpoint.auth === 'root@pam-ticket-only') {
    if (caller.isToken || caller.userid !== 'root@pam') refusePermission(' (user != root@pam)')
  } else if (typeof endpoint.auth === 'object' && !caller.isPrivileged) {
    const missing = missingPrivilege(endpoint.auth.check, caller, given)
    if (missing !== undefined) refusePermission(missing)
  }
}

/** What the caller lacks, in the words of the refusal; undefined when nothing is missing. */
function missingPrivilege(
  check: PrivilegeCheck,
  caller: Caller,
  given: Readonly<Record<string, unknown>>,
): string | undefined {
  const [kind, ...rest] = check
  if (kind === 'or' || kind === 'and') {
    const missing = rest.map((part) => missingPrivilege(part as PrivilegeCheck, caller, given))
    if (kind === 'and') return missing.find((part) => part !== undefined)
    return missing.includes(undefined) ? undefined : ''
  }
  if (kind === 'userid-param') return rest[0] === 'self' && given.userid === caller.userid ? undefined : ''
  if (kind !== 'perm') return ''
  const [path, privileges, any] = rest as [string, readonly string[], string?]
  const named = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => textOf(given[name] ?? ''))
  return ` (${named}, ${privileges.join(any === 'any' ? '|' : ', ')})`
}
