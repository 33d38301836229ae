/** Which privileges an endpoint wants, and the words for a caller who has them not. */
import type { Accounts, Caller } from './accounts.ts'
import { refuseParameters, refusePermission } from './api-error.ts'
import type { Endpoint, PrivilegeCheck } from './api-facts.ts'
import type { Call } from './handler.ts'
import { listOf, textOf } from './parameters.ts'
import type { AclEntry } from './rights.ts'

/** Privileges by the part of the window that a ticket's `cap` names: of 8.4 as recorded, then those of 9.0. */
const capabilities = {
  nodes:
    'Sys.Modify Sys.Audit Sys.Console Sys.PowerMgmt Permissions.Modify Sys.AccessNetwork Sys.Incoming Sys.Syslog',
  storage:
    'Permissions.Modify Datastore.Audit Datastore.AllocateSpace Datastore.Allocate Datastore.AllocateTemplate',
  sdn: 'Permissions.Modify SDN.Use SDN.Allocate SDN.Audit',
  access: 'User.Modify Permissions.Modify Group.Allocate',
  mapping: 'Permissions.Modify Mapping.Modify Mapping.Audit Mapping.Use',
  dc: 'SDN.Use Sys.Modify Sys.Audit SDN.Audit SDN.Allocate',
  vms: 'Permissions.Modify VM.Snapshot VM.Config.Memory VM.Config.Disk VM.Migrate VM.Config.CDROM VM.Audit VM.Config.Cloudinit VM.Clone VM.Config.Options VM.Config.CPU VM.Monitor VM.Backup VM.Config.HWType VM.Config.Network VM.PowerMgmt VM.Allocate VM.Console VM.Snapshot.Rollback VM.GuestAgent.Audit VM.GuestAgent.FileRead VM.GuestAgent.FileSystemMgmt VM.GuestAgent.FileWrite VM.GuestAgent.Unrestricted VM.Replicate',
} as const

/** Where the privileges of a part are granted; pools give those of guests and storages. */
const partPaths: Readonly<Record<keyof typeof capabilities, RegExp>> = {
  nodes: /^\/nodes(\/|$)/,
  storage: /^\/(storage|pool)(\/|$)/,
  sdn: /^\/sdn(\/|$)/,
  access: /^\/access(\/|$)/,
  mapping: /^\/mapping(\/|$)/,
  dc: /^\/$/,
  vms: /^\/(vms|pool)(\/|$)/,
}

export function flags(names: readonly string[]): Record<string, 1> {
  return Object.fromEntries(names.map((name) => [name, 1]))
}

/** What the window may offer somebody: privileges that he has anywhere in a part of it. */
export function capabilitiesOf(caller: Caller, acl: readonly AclEntry[]) {
  const parts = Object.entries(capabilities).map(([part, words]) => {
    const pattern = partPaths[part as keyof typeof capabilities]
    const root = part === 'dc' ? '/' : `/${part}`
    const paths = [root, ...acl.map(({ path }) => path).filter((path) => pattern.test(path))]
    const names = words.split(' ').filter((name) => paths.some((path) => caller.may(path, name)))
    return [part, flags(names)] as const
  })
  return Object.fromEntries(parts)
}

/** Throws 403 with the words of the real server. */
export function requirePrivileges(
  endpoint: Endpoint,
  path: string,
  caller: Caller,
  given: Readonly<Record<string, unknown>>,
  accounts: Accounts,
): void {
  if (caller.isToken && endpoint.tokenAllowed === false)
    refusePermission(` (URI '${path}' not available with API token, need proper ticket.\n)`)
  if (endpoint.auth === 'root@pam-ticket-only') {
    if (caller.isToken || caller.userid !== 'root@pam') refusePermission(' (user != root@pam)')
  } else if (typeof endpoint.auth === 'object') {
    const missing = missingPrivilege(endpoint.auth.check, { caller, given, accounts })
    if (missing !== undefined) refusePermission(missing)
  }
}

/** Throws 403 unless the caller has the privilege at the path. */
export function requirePrivilege(caller: Caller, path: string, privilege: string): void {
  if (!caller.may(path, privilege)) refusePermission(` (${path}, ${privilege})`)
}

/** Throws 400 where anybody but root himself, without a token, gives one of the parameters. */
export function requireRootFor({ caller, parameters }: Call, names: readonly string[]): void {
  const given = names.filter((name) => parameters.text(name) !== undefined)
  if (given.length === 0 || caller.label === 'root@pam') return
  refuseParameters(Object.fromEntries(given.map((name) => [name, 'Only root may use this option.'])))
}

interface Question {
  readonly caller: Caller
  readonly given: Readonly<Record<string, unknown>>
  readonly accounts: Accounts
}

/** What the caller lacks, in the words of the refusal; undefined when nothing is missing. */
function missingPrivilege(check: PrivilegeCheck, question: Question): string | undefined {
  const [kind, ...rest] = check
  const { caller, given } = question
  switch (kind) {
    case 'or':
    case 'and': {
      const missing = rest.map((part) => missingPrivilege(part as PrivilegeCheck, question))
      if (kind === 'and') return missing.find((part) => part !== undefined)
      return missing.includes(undefined) ? undefined : ''
    }
    case 'perm':
      return missingAtPath(rest, question)
    case 'perm-modify':
      return mayModify(caller, filled(String(rest[0]), given))
    case 'userid-param':
      return missingForUser(String(rest[0]), question)
    case 'userid-group':
      return missingForGroups(rest, question)
    default:
      return ''
  }
}

function filled(path: string, given: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => textOf(given[name] ?? ''))
}

/** `path, privileges, "any", 1` or `path, privileges, "require_param", name`. */
function missingAtPath(rest: readonly unknown[], { caller, given }: Question): string | undefined {
  const [template, privileges, word, detail] = rest as [string, readonly string[], string?, unknown?]
  if (word === 'require_param' && given[String(detail)] === undefined) return ''
  const path = filled(template, given)
  const isAny = word === 'any'
  const has = (name: string) => caller.may(path, name)
  if (isAny ? privileges.some(has) : privileges.every(has)) return undefined
  return ` (${path}, ${privileges.join(isAny ? '|' : ', ')})`
}

/** Who may allocate what lies at a path may also share it. */
function mayModify(caller: Caller, path: string): string | undefined {
  const [, kind = ''] = /^\/(vms|storage|pool)\/./.exec(path) ?? []
  const allocate = { vms: 'VM.Allocate', storage: 'Datastore.Allocate', pool: 'Pool.Allocate' }[kind]
  if (caller.may(path, 'Permissions.Modify')) return undefined
  if (allocate !== undefined && caller.may(path, allocate)) return undefined
  return ` (${path}, Permissions.Modify)`
}

function missingForUser(what: string, { caller, given }: Question): string | undefined {
  const userid = textOf(given.userid ?? '')
  if (what === 'self') return userid === caller.userid ? undefined : ''
  const path = `/access/realm/${userid.split('@').at(-1)}`
  return caller.may(path, what) ? undefined : ` (${path}, ${what})`
}

/** Any of the privileges over the groups of a user; with `groups_param` over every group he is to be in. */
function missingForGroups(
  rest: readonly unknown[],
  { caller, given, accounts }: Question,
): string | undefined {
  const [privileges, word, detail] = rest as [readonly string[], string?, string?]
  const has = (path: string) => privileges.some((name) => caller.may(path, name))
  if (has('/access/groups')) return undefined
  const hasGroup = (group: string) => has(`/access/groups/${group}`)
  const wanted = listOf(given.groups === undefined ? undefined : textOf(given.groups))
  const own = [...(accounts.users.get(textOf(given.userid ?? ''))?.groups ?? [])]
  if (word === 'groups_param' && !wanted.every(hasGroup)) return ''
  const isOver = word === 'groups_param' && detail === 'create' ? wanted.length > 0 : own.some(hasGroup)
  return isOver ? undefined : ` (/access/groups, ${privileges.join('|')})`
}
