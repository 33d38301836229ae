/** The access list: which roles users, groups and tokens have at which paths. */
import { refuse, refuseParameters, refusePermission } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import type { AclEntry } from '../rights.ts'

export const aclHandlers: Handlers = {
  'GET /access/acl': ({ lab, node, caller }) => {
    const seesAll = caller.may('/access', 'Sys.Audit')
    return lab
      .accountsOf(node)
      .rights.acl.filter(({ path }) => seesAll || caller.may(path, 'Permissions.Modify'))
      .map(({ path, type, ugid, roleid, propagates }) => ({
        path,
        type,
        ugid,
        roleid,
        propagate: Number(propagates),
      }))
  },
  'PUT /access/acl': updateAcl,
}

/** Below these paths rights can be given. */
const knownPath =
  /^\/(access(\/groups(\/[^/]+)?|\/realm(\/[^/]+)?)?|mapping(\/[^/]+){0,2}|nodes(\/[^/]+)?|pool(\/[^/]+){0,3}|sdn(\/[^/]+){0,4}|storage(\/[^/]+)?|vms(\/[1-9]\d{2,8})?)?$/

async function updateAcl(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'ACL update failed: '
  const { rights } = lab.accountsOf(node)
  const path = `/${parameters.required('path').replaceAll(/^\/+|\/+$/g, '')}`
  if (!knownPath.test(path)) refuseParameters({ path: `invalid ACL path '${path}'\n` })
  const entries = entriesOf(call, path)
  if (entries.length === 0) {
    const text = "either 'users', 'groups' or 'tokens' is required."
    refuseParameters({ users: text, groups: text, tokens: text })
  }
  await lab.requireLock(node, 'file-user_cfg', what)
  for (const { roleid } of entries) {
    const privileges = rights.roles.get(roleid)
    if (privileges === undefined) return refuse(`${what}role '${roleid}' does not exist`)
    requireOwn(call, path, privileges)
  }
  for (const entry of entries) requireKnown(call, entry, what)
  for (const entry of entries) {
    if (parameters.flag('delete'))
      rights.revoke(
        (known) =>
          known.path === path &&
          known.type === entry.type &&
          known.ugid === entry.ugid &&
          known.roleid === entry.roleid,
      )
    else rights.grant(entry)
  }
  return null
}

function entriesOf({ parameters }: Call, path: string): readonly AclEntry[] {
  const propagates = parameters.text('propagate') === undefined || parameters.flag('propagate')
  const roles = listOf(parameters.text('roles'))
  const named = [
    ...listOf(parameters.text('users')).map((ugid) => ({ type: 'user', ugid }) as const),
    ...listOf(parameters.text('groups')).map((ugid) => ({ type: 'group', ugid }) as const),
    ...listOf(parameters.text('tokens')).map((ugid) => ({ type: 'token', ugid }) as const),
  ]
  return named.flatMap((whose) => roles.map((roleid) => ({ ...whose, path, roleid, propagates })))
}

/** Who may share only what he may allocate gives no more than he has himself. */
function requireOwn({ caller }: Call, path: string, privileges: readonly string[]): void {
  if (caller.may(path, 'Permissions.Modify')) return
  const lacking = privileges.find((privilege) => !caller.may(path, privilege))
  if (lacking !== undefined) refusePermission(` (${path}, ${lacking})`)
}

function requireKnown({ lab, node }: Call, { type, ugid }: AclEntry, what: string): void {
  const { users, groups } = lab.accountsOf(node)
  const [userid = '', token] = ugid.split('!')
  const isKnown = {
    user: token === undefined && users.has(userid),
    group: groups.has(ugid),
    token: token !== undefined && users.get(userid)?.tokens.has(token) === true,
  }[type]
  if (!isKnown) refuse(`${what}${type} '${ugid}' does not exist`)
}
