/** Groups of users, and roles: names for sets of privileges. */
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { flags } from '../privileges.ts'

const userLock = 'file-user_cfg'

export const groupHandlers: Handlers = {
  'GET /access/groups': listGroups,
  'POST /access/groups': createGroup,
  'GET /access/groups/{groupid}': (call) => {
    const { comment } = groupOf(call)
    return {
      ...(comment === undefined ? {} : { comment }),
      members: membersOf(call, call.parameters.required('groupid')),
    }
  },
  'PUT /access/groups/{groupid}': async (call) => {
    await call.lab.requireLock(call.node, userLock, 'update group failed: ')
    const group = groupOf(call)
    const comment = call.parameters.text('comment')
    if (comment !== undefined) group.comment = comment
    return null
  },
  'DELETE /access/groups/{groupid}': deleteGroup,
}

function listGroups(call: Call) {
  const { lab, node, caller } = call
  const sees = (path: string) =>
    ['User.Modify', 'Group.Allocate', 'Sys.Audit'].some((privilege) => caller.may(path, privilege))
  return [...lab.accountsOf(node).groups]
    .filter(([groupid]) => sees(`/access/groups/${groupid}`))
    .map(([groupid, { comment }]) => ({
      groupid,
      users: membersOf(call, groupid).join(','),
      ...(comment === undefined ? {} : { comment }),
    }))
}

function membersOf({ lab, node }: Call, groupid: string): readonly string[] {
  return [...lab.accountsOf(node).users.values()]
    .filter(({ groups }) => groups.has(groupid))
    .map(({ userid }) => userid)
}

function groupOf({ lab, node, parameters }: Call) {
  const id = parameters.required('groupid')
  return lab.accountsOf(node).groups.get(id) ?? refuse(`group '${id}' does not exist`)
}

async function createGroup({ lab, node, parameters }: Call): Promise<null> {
  await lab.requireLock(node, userLock, 'create group failed: ')
  const id = parameters.required('groupid')
  if (lab.accountsOf(node).groups.has(id)) refuse(`create group failed: group '${id}' already exists`)
  const comment = parameters.text('comment')
  lab.accountsOf(node).groups.set(id, comment === undefined ? {} : { comment })
  return null
}

async function deleteGroup({ lab, node, parameters }: Call): Promise<null> {
  await lab.requireLock(node, userLock, 'delete group failed: ')
  const id = parameters.required('groupid')
  const accounts = lab.accountsOf(node)
  if (!accounts.groups.has(id)) refuse(`delete group failed: group '${id}' does not exist`)
  accounts.removeGroup(id)
  return null
}

export const roleHandlers: Handlers = {
  'GET /access/roles': ({ lab, node }) => {
    const { rights } = lab.accountsOf(node)
    return [...rights.roles].map(([roleid, privileges]) => ({
      roleid,
      special: Number(rights.isBuiltIn(roleid)),
      privs: privileges.join(','),
    }))
  },
  'POST /access/roles': createRole,
  'GET /access/roles/{roleid}': (call) => {
    const id = call.parameters.required('roleid')
    const { rights } = call.lab.accountsOf(call.node)
    return flags(rights.roles.get(id) ?? refuse(`role '${id}' does not exist`))
  },
  'PUT /access/roles/{roleid}': updateRole,
  'DELETE /access/roles/{roleid}': async ({ lab, node, parameters }) => {
    const what = 'delete role failed: '
    await lab.requireLock(node, userLock, what)
    const id = requireOwnRole({ lab, node, parameters }, what)
    const { rights } = lab.accountsOf(node)
    rights.ownRoles.delete(id)
    rights.revoke(({ roleid }) => roleid === id)
    return null
  },
}

type Given = Pick<Call, 'lab' | 'node' | 'parameters'>

async function createRole({ lab, node, parameters }: Call): Promise<null> {
  const what = 'create role failed: '
  await lab.requireLock(node, userLock, what)
  const { rights } = lab.accountsOf(node)
  const id = parameters.required('roleid')
  if (rights.roles.has(id)) refuse(`${what}role '${id}' already exists`)
  rights.ownRoles.set(id, privilegesIn({ lab, node, parameters }))
  return null
}

async function updateRole({ lab, node, parameters }: Call): Promise<null> {
  const what = 'update role failed: '
  await lab.requireLock(node, userLock, what)
  const id = requireOwnRole({ lab, node, parameters }, what)
  const { ownRoles } = lab.accountsOf(node).rights
  const kept = parameters.flag('append') ? (ownRoles.get(id) ?? []) : []
  ownRoles.set(id, [...new Set([...kept, ...privilegesIn({ lab, node, parameters })])].sort())
  return null
}

function requireOwnRole({ lab, node, parameters }: Given, what: string): string {
  const { rights } = lab.accountsOf(node)
  const id = parameters.required('roleid')
  if (!rights.roles.has(id)) refuse(`${what}role '${id}' does not exist`)
  if (rights.isBuiltIn(id)) refuse(`${what}auto-generated role '${id}' cannot be modified`)
  return id
}

function privilegesIn({ lab, node, parameters }: Given): readonly string[] {
  const names = listOf(parameters.text('privs'))
  const known = lab.accountsOf(node).rights.allPrivileges
  const odd = names.find((name) => !known.includes(name))
  if (odd !== undefined) refuseParameters({ privs: `invalid format - invalid privilege '${odd}'\n` })
  return [...new Set(names)].sort()
}
