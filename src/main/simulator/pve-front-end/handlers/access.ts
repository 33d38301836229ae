import { authenticationFailure, type User } from '../accounts.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { allPrivileges, capabilities, flags } from '../privileges.ts'
import { roles } from './roles.ts'

export const accessHandlers: Handlers = {
  'GET /access': index('subdir', 'users groups roles acl domains openid tfa ticket password'),
  'GET /access/ticket': () => null,
  'POST /access/ticket': logIn,
  'PUT /access/password': () => null,
  'GET /access/domains': () => [
    { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
    { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' },
  ],
  'GET /access/roles': () => roles,
  'GET /access/acl': () => [],
  'GET /access/tfa': () => [],
  'GET /access/permissions': ({ caller }) => {
    if (!caller.isPrivileged) return {}
    const paths = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn']
    return Object.fromEntries([...paths, '/storage', '/vms'].map((path) => [path, flags(allPrivileges)]))
  },
  'GET /access/groups': ({ lab, node }) =>
    [...lab.accountsOf(node).groups].map(([groupid, { comment }]) => ({
      groupid,
      users: '',
      ...(comment === undefined ? {} : { comment }),
    })),
  'POST /access/groups': createGroup,
  'DELETE /access/groups/{groupid}': deleteGroup,
  'GET /access/users': ({ lab, node }) => [...lab.accountsOf(node).users.values()].map(userEntry),
  'POST /access/users': createUser,
  'GET /access/users/{userid}': (call) => {
    const { userid: _id, ...rest } = userEntry(userOf(call))
    return rest
  },
  'PUT /access/users/{userid}': (call) => {
    const user = userOf(call)
    if (call.parameters.text('enable') !== undefined) user.isEnabled = call.parameters.flag('enable')
    return null
  },
  'DELETE /access/users/{userid}': (call) => {
    call.lab.accountsOf(call.node).removeUser(userOf(call).userid)
    return null
  },
  'GET /access/users/{userid}/token': (call) =>
    [...userOf(call).tokens].map(([tokenid, { isSeparated, expire, comment }]) => ({
      tokenid,
      privsep: Number(isSeparated),
      expire,
      ...(comment === undefined ? {} : { comment }),
    })),
  'GET /access/users/{userid}/token/{tokenid}': (call) => {
    const { isSeparated, expire } = tokenOf(call)
    return { privsep: Number(isSeparated), expire }
  },
  'POST /access/users/{userid}/token/{tokenid}': createToken,
  'DELETE /access/users/{userid}/token/{tokenid}': (call) => {
    tokenOf(call)
    userOf(call).tokens.delete(call.parameters.required('tokenid'))
    return null
  },
}

function logIn({ lab, node, parameters }: Call): unknown {
  const accounts = lab.accountsOf(node)
  const clustername = lab.clusterName(node)
  const realm = parameters.text('realm')
  const username = parameters.required('username') + (realm === undefined ? '' : `@${realm}`)
  const user = accounts.logIn(username, parameters.required('password'))
  // A second factor cannot be checked here, so no answer to a challenge is ever right.
  if (user === undefined || parameters.text('tfa-challenge') !== undefined) throw authenticationFailure()
  if (parameters.text('path') !== undefined) return { username }
  lab.journal.note(node, username, `successful auth for user '${username}'`, 6)
  const session = { username, CSRFPreventionToken: accounts.createCsrfToken(username) }
  if (accounts.needsSecondFactor(user))
    return { ...session, ticket: accounts.createChallenge(username), NeedTFA: 1 }
  const isRoot = username === 'root@pam'
  const cap = Object.entries(capabilities).map(([part, names]) => [
    part,
    isRoot ? flags(names.split(' ')) : {},
  ])
  return {
    ...session,
    ticket: accounts.createTicket(username),
    cap: Object.fromEntries(cap),
    ...(isRoot && clustername !== undefined ? { clustername } : {}),
  }
}

function userEntry({ userid, isEnabled, comment, tokens }: User) {
  return {
    userid,
    enable: Number(isEnabled),
    expire: 0,
    'realm-type': userid.split('@')[1] === 'pam' ? 'pam' : 'pve',
    ...(comment === undefined ? {} : { comment }),
    ...(tokens.size === 0 ? {} : { tokens: [...tokens.keys()].map((tokenid) => ({ tokenid })) }),
  }
}

function userOf({ lab, node, parameters }: Call): User {
  const userid = parameters.required('userid')
  return lab.accountsOf(node).users.get(userid) ?? refuse(`no such user ('${userid}')`)
}

function tokenOf(call: Call) {
  const user = userOf(call)
  const id = call.parameters.required('tokenid')
  return user.tokens.get(id) ?? refuse(`no such token '${id}' for user '${user.userid}'`)
}

const userLock = 'file-user_cfg'

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
  if (!lab.accountsOf(node).groups.delete(id)) refuse(`delete group failed: group '${id}' does not exist`)
  return null
}

async function createUser({ lab, node, parameters }: Call): Promise<null> {
  await lab.requireLock(node, userLock, 'create user failed: ')
  const userid = parameters.required('userid')
  const { users } = lab.accountsOf(node)
  if (users.has(userid)) refuse(`create user failed: user '${userid}' already exists`)
  const password = parameters.text('password')
  const comment = parameters.text('comment')
  users.set(userid, {
    userid,
    isEnabled: parameters.text('enable') === undefined || parameters.flag('enable'),
    tokens: new Map(),
    ...(password === undefined ? {} : { password }),
    ...(comment === undefined ? {} : { comment }),
  })
  return null
}

async function createToken(call: Call): Promise<unknown> {
  const { lab, node, parameters } = call
  const user = userOf(call)
  await lab.requireLock(node, userLock)
  const id = parameters.required('tokenid')
  if (user.tokens.has(id)) refuseParameters({ tokenid: 'Token already exists.' })
  const fullId = `${user.userid}!${id}`
  const secret = lab.accountsOf(node).createTokenSecret(fullId)
  const comment = parameters.text('comment')
  const privsep = parameters.text('privsep')
  const expire = parameters.text('expire')
  user.tokens.set(id, {
    secret,
    isSeparated: privsep === undefined || parameters.flag('privsep'),
    expire: Number(expire ?? 0),
    ...(comment === undefined ? {} : { comment }),
  })
  const given = {
    ...(comment === undefined ? {} : { comment }),
    ...(expire === undefined ? {} : { expire }),
  }
  // What was given comes back as it was given: a number as text, the default as a number (recorded).
  return { 'full-tokenid': fullId, value: secret, info: { privsep: privsep ?? 1, ...given } }
}
