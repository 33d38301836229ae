/** Users and their API tokens. */
import type { ApiToken, User, UserDetails } from '../accounts.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'

export const userHandlers: Handlers = {
  'GET /access/users': listUsers,
  'POST /access/users': createUser,
  'GET /access/users/{userid}': (call) => {
    const user = userOf(call)
    const tokens = Object.fromEntries([...user.tokens].map(([id, token]) => [id, tokenInfo(token)]))
    return {
      ...user.details,
      enable: Number(user.isEnabled),
      expire: user.expire,
      groups: [...user.groups].sort(),
      ...(user.tokens.size === 0 ? {} : { tokens }),
    }
  },
  'PUT /access/users/{userid}': updateUser,
  'DELETE /access/users/{userid}': async (call) => {
    const { userid } = userOf(call)
    await call.lab.requireLock(call.node, userLock, 'delete user failed: ')
    call.lab.accountsOf(call.node).removeUser(userid)
    return null
  },
  'GET /access/users/{userid}/token': (call) =>
    [...userOf(call).tokens].map(([tokenid, token]) => ({ tokenid, ...tokenInfo(token) })),
  'GET /access/users/{userid}/token/{tokenid}': (call) => tokenInfo(tokenOf(call)),
  'POST /access/users/{userid}/token/{tokenid}': createToken,
  'PUT /access/users/{userid}/token/{tokenid}': updateToken,
  'DELETE /access/users/{userid}/token/{tokenid}': async (call) => {
    tokenOf(call)
    await call.lab.requireLock(call.node, userLock)
    call.lab.accountsOf(call.node).removeToken(userOf(call), call.parameters.required('tokenid'))
    return null
  },
}

const userLock = 'file-user_cfg'

/** Oneself, and those over whose groups one is set. */
function listUsers({ lab, node, caller, parameters }: Call) {
  const isSet = (path: string) => caller.may(path, 'User.Modify') || caller.may(path, 'Sys.Audit')
  const seesAll = isSet('/access/groups')
  const enabled = parameters.text('enabled') === undefined ? undefined : parameters.flag('enabled')
  return [...lab.accountsOf(node).users.values()]
    .filter(
      ({ userid, groups }) =>
        seesAll || userid === caller.userid || [...groups].some((group) => isSet(`/access/groups/${group}`)),
    )
    .filter(({ isEnabled }) => enabled === undefined || isEnabled === enabled)
    .map((user) => userEntry(user, parameters.flag('full')))
}

function userEntry({ userid, isEnabled, expire, details, groups, tokens }: User, isFull: boolean) {
  const all = [...tokens].map(([tokenid, token]) => ({ tokenid, ...tokenInfo(token) }))
  return {
    userid,
    enable: Number(isEnabled),
    expire,
    ...realmType(userid),
    ...details,
    ...(isFull ? { groups: [...groups].sort().join(','), tokens: all } : {}),
  }
}

/** Nothing of a realm that is not there (recorded). */
function realmType(userid: string) {
  const realm = userid.split('@')[1] ?? ''
  return ['pam', 'pve'].includes(realm) ? { 'realm-type': realm } : {}
}

function tokenInfo({ isSeparated, expire, comment }: ApiToken) {
  return { privsep: Number(isSeparated), expire, ...(comment === undefined ? {} : { comment }) }
}

function userOf({ lab, node, parameters }: Call): User {
  const userid = parameters.required('userid')
  return lab.accountsOf(node).users.get(userid) ?? refuse(`no such user ('${userid}')`)
}

function tokenOf(call: Call): ApiToken {
  const user = userOf(call)
  const id = call.parameters.required('tokenid')
  return user.tokens.get(id) ?? refuse(`no such token '${id}' for user '${user.userid}'`)
}

async function createUser({ lab, node, parameters }: Call): Promise<null> {
  const what = 'create user failed: '
  await lab.requireLock(node, userLock, what)
  const userid = parameters.required('userid')
  const accounts = lab.accountsOf(node)
  if (accounts.users.has(userid)) refuse(`${what}user '${userid}' already exists`)
  const groups = knownGroups({ lab, node, parameters }, what)
  const user = accounts.addUser(userid)
  const password = parameters.text('password')
  if (password !== undefined) user.password = password
  takeOver(user, parameters)
  for (const group of groups) user.groups.add(group)
  return null
}

async function updateUser(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'update user failed: '
  const user = userOf(call)
  await lab.requireLock(node, userLock, what)
  const groups = knownGroups(call, what)
  takeOver(user, parameters)
  if (parameters.text('groups') === undefined) return null
  if (!parameters.flag('append')) user.groups.clear()
  for (const group of groups) user.groups.add(group)
  return null
}

type Given = Pick<Call, 'lab' | 'node' | 'parameters'>

function knownGroups({ lab, node, parameters }: Given, what: string): readonly string[] {
  const groups = listOf(parameters.text('groups'))
  const unknown = groups.find((group) => !lab.accountsOf(node).groups.has(group))
  if (unknown !== undefined) refuse(`${what}no such group '${unknown}'`)
  return groups
}

const details = ['comment', 'email', 'firstname', 'lastname', 'keys'] as const

function takeOver(user: User, parameters: Call['parameters']): void {
  const given: UserDetails = {}
  for (const name of details) {
    const text = parameters.text(name)
    if (text !== undefined) given[name] = text
  }
  user.details = { ...user.details, ...given }
  if (parameters.text('enable') !== undefined) user.isEnabled = parameters.flag('enable')
  user.expire = parameters.integer('expire') ?? user.expire
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

async function updateToken(call: Call): Promise<unknown> {
  const { lab, node, parameters } = call
  const old = tokenOf(call)
  await lab.requireLock(node, userLock)
  const { comment: oldComment, ...rest } = old
  const comment = listOf(parameters.text('delete')).includes('comment')
    ? undefined
    : (parameters.text('comment') ?? oldComment)
  const token: ApiToken = {
    ...rest,
    isSeparated: parameters.text('privsep') === undefined ? old.isSeparated : parameters.flag('privsep'),
    expire: parameters.integer('expire') ?? old.expire,
    ...(comment === undefined ? {} : { comment }),
  }
  userOf(call).tokens.set(parameters.required('tokenid'), token)
  return tokenInfo(token)
}
