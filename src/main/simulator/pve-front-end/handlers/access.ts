import { authenticationFailure } from '../accounts.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { capabilitiesOf, requirePrivilege } from '../privileges.ts'
import { aclHandlers } from './acl.ts'
import { groupHandlers, roleHandlers } from './groups-and-roles.ts'
import { secondFactorHandlers } from './second-factors.ts'
import { userHandlers } from './users.ts'

export const accessHandlers: Handlers = {
  ...aclHandlers,
  ...groupHandlers,
  ...roleHandlers,
  ...userHandlers,
  ...secondFactorHandlers,
  'GET /access': index('subdir', 'users groups roles acl domains openid tfa ticket password'),
  'GET /access/ticket': () => null,
  'POST /access/ticket': logIn,
  'PUT /access/password': changePassword,
  'GET /access/permissions': permissions,
}

/** The first step of a login, or with the ticket of a challenge the second. */
function logIn(call: Call): unknown {
  const { lab, node, parameters } = call
  const accounts = lab.accountsOf(node)
  const realm = parameters.text('realm')
  const username = parameters.required('username') + (realm === undefined ? '' : `@${realm}`)
  const password = parameters.required('password')
  const challenge = parameters.text('tfa-challenge')
  const otp = parameters.text('otp')
  if (challenge !== undefined && otp !== undefined)
    refuseParameters({ otp: "must not be combined with 'tfa-challenge'\n" })
  const user =
    challenge === undefined
      ? accounts.logIn(username, password)
      : accounts.answerChallenge(username, challenge, password)
  if (user === undefined) throw authenticationFailure()
  const path = parameters.text('path')
  if (path !== undefined) {
    const caller = accounts.callerOf(username)
    if (!listOf(parameters.text('privs')).every((name) => caller.may(path, name)))
      throw authenticationFailure()
    return { username }
  }
  const isWanting =
    user.factors.areWanted && challenge === undefined && !accounts.isTicketOf(username, password)
  if (isWanting && otp === undefined) {
    const CSRFPreventionToken = accounts.createCsrfToken(username)
    return { username, CSRFPreventionToken, ticket: accounts.createChallenge(user), NeedTFA: 1 }
  }
  if (isWanting && !user.factors.accepts(`totp:${otp}`, lab.wallTime.seconds())) throw authenticationFailure()
  lab.journal.note(node, username, `successful auth for user '${username}'`, 6)
  return sessionOf(call, username)
}

function sessionOf({ lab, node }: Call, username: string) {
  const accounts = lab.accountsOf(node)
  const clustername = lab.clusterName(node)
  const caller = accounts.callerOf(username)
  return {
    username,
    CSRFPreventionToken: accounts.createCsrfToken(username),
    ticket: accounts.createTicket(username),
    cap: capabilitiesOf(caller, accounts.rights.acl),
    ...(clustername !== undefined && caller.may('/', 'Sys.Audit') ? { clustername } : {}),
  }
}

const userLock = 'file-user_cfg'

/** Who is not root shows that he knows his own password (from 8.2 on; that root need not is an assumption). */
async function changePassword({ lab, node, caller, parameters }: Call): Promise<null> {
  const accounts = lab.accountsOf(node)
  const userid = parameters.required('userid')
  const user = accounts.users.get(userid) ?? refuse(`no such user ('${userid}')`)
  if (caller.userid !== 'root@pam') {
    const own = parameters.text('confirmation-password')
    if (own === undefined)
      refuseParameters({ 'confirmation-password': 'parameter is required for changing the password' })
    if (!accounts.isPassword(caller.userid, own)) throw authenticationFailure()
    if (userid === 'root@pam') refuse('you are not allowed to change the root password')
  }
  await lab.requireLock(node, userLock)
  user.password = parameters.required('password')
  return null
}

/** Paths that are always named, before those of the access list. */
const usualPaths = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms']

/** Of the caller, or for auditors of anybody: at each path what is given, with whether it holds further down. */
function permissions({ lab, node, caller, parameters }: Call) {
  const accounts = lab.accountsOf(node)
  const name = parameters.text('userid') ?? caller.label
  if (name !== caller.label && name.split('!')[0] !== caller.userid)
    requirePrivilege(caller, '/access', 'Sys.Audit')
  const { acl, pools } = accounts.rights
  const wanted = parameters.text('path')
  const paths =
    wanted === undefined ? [...usualPaths, ...acl.map(({ path }) => path), ...inPools(pools)] : [wanted]
  const entries = paths.map((path) => {
    const granted = [...accounts.grantedTo(name, path)].sort(([a], [b]) => a.localeCompare(b))
    return [
      path,
      Object.fromEntries(granted.map(([privilege, propagates]) => [privilege, Number(propagates)])),
    ]
  })
  return Object.fromEntries(entries.filter(([, granted]) => Object.keys(granted ?? {}).length > 0))
}

function inPools(pools: ReadonlyMap<string, { vmids: ReadonlySet<string>; storages: ReadonlySet<string> }>) {
  return [...pools].flatMap(([id, { vmids, storages }]) => [
    `/pool/${id}`,
    ...[...vmids].map((vmid) => `/vms/${vmid}`),
    ...[...storages].map((storage) => `/storage/${storage}`),
  ])
}
