/** Setting up second factors: one-time passwords and recovery keys; the others need a browser or a service. */
import { authenticationFailure, type User } from '../accounts.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import type { FactorEntry, SecondFactors } from '../second-factors.ts'
import { codeOf, parseTotp, stepAt } from '../totp.ts'

const one = '/access/tfa/{userid}/{id}'

export const secondFactorHandlers: Handlers = {
  'GET /access/tfa': list,
  'GET /access/tfa/{userid}': (call) => userOf(call).factors.entries.map(entryOf),
  'POST /access/tfa/{userid}': add,
  [`GET ${one}`]: (call) => entryOf(factorOf(call)),
  [`PUT ${one}`]: (call) => {
    confirm(call)
    const factor = factorOf(call)
    factor.description = call.parameters.text('description') ?? factor.description
    if (call.parameters.text('enable') !== undefined) factor.isEnabled = call.parameters.flag('enable')
    return null
  },
  [`DELETE ${one}`]: (call) => {
    confirm(call)
    userOf(call).factors.remove(factorOf(call).id)
    return null
  },
  'GET /access/users/{userid}/tfa': (call) => {
    const hasCodes = userOf(call).factors.entries.some(({ type }) => type === 'totp')
    if (call.parameters.flag('multiple')) return { types: hasCodes ? ['totp'] : [] }
    return hasCodes ? { user: 'oath' } : {}
  },
  'PUT /access/users/{userid}/unlock-tfa': (call) => Number(userOf(call).factors.unlock()),
}

function userOf({ lab, node, parameters }: Call): User {
  const userid = parameters.required('userid')
  return lab.accountsOf(node).users.get(userid) ?? refuse(`no such user ('${userid}')`)
}

function factorOf(call: Call): FactorEntry {
  const id = call.parameters.required('id')
  const found = userOf(call).factors.entries.find((entry) => entry.id === id)
  return found ?? refuse(`no such tfa entry '${id}'`)
}

function entryOf({ id, type, description, created, isEnabled }: FactorEntry) {
  return { id, type, description, created, ...(isEnabled ? {} : { enable: 0 }) }
}

/** Oneself, and all for those who are set over the users. */
function list({ lab, node, caller }: Call) {
  const seesAll = ['User.Modify', 'Sys.Audit'].some((name) => caller.may('/access/groups', name))
  return [...lab.accountsOf(node).users.values()]
    .filter(({ userid, factors }) => (seesAll || userid === caller.userid) && factors.entries.length > 0)
    .map(({ userid, factors }) => ({
      userid,
      entries: factors.entries.map(entryOf),
      ...(factors.areLocked ? { 'totp-locked': 1 } : {}),
    }))
}

/** Who is not root shows again that he knows his password. */
function confirm({ lab, node, caller, parameters }: Call): void {
  if (caller.userid === 'root@pam') return
  const password = parameters.text('password')
  if (password === undefined)
    refuseParameters({ password: "missing required 'password' parameter to modify TFA settings" })
  if (!lab.accountsOf(node).isPassword(caller.userid, password)) throw authenticationFailure()
}

function add(call: Call): unknown {
  const { lab, node, parameters } = call
  confirm(call)
  const { factors, userid } = userOf(call)
  const accounts = lab.accountsOf(node)
  const common = {
    description: parameters.text('description') ?? '',
    created: lab.wallTime.seconds(),
    isEnabled: true,
  }
  const type = parameters.required('type')
  if (type === 'recovery') {
    const keys = accounts.createRecoveryKeys(userid)
    if (!factors.addKeys({ ...common, id: 'recovery', type: 'recovery' }, keys))
      refuse('user already has recovery keys')
    return { id: 'recovery', recovery: keys }
  }
  if (type !== 'totp') return refuse(`the lab cannot check second factors of type '${type}'`)
  return addCodes(call, factors, {
    ...common,
    id: accounts.createTokenSecret(`${userid} totp`),
    type: 'totp',
  })
}

/** The address of the secret, and a code to show that it has arrived. */
function addCodes({ lab, parameters }: Call, factors: SecondFactors, entry: FactorEntry): unknown {
  const [address, value] = [parameters.text('totp'), parameters.text('value')]
  if (address === undefined) return refuseParameters({ totp: "missing required 'totp' parameter" })
  if (value === undefined) return refuseParameters({ value: "missing required 'value' parameter" })
  const totp = parseTotp(address)
  if (totp === undefined) return refuseParameters({ totp: 'not a valid otpauth URI\n' })
  const step = stepAt(totp, lab.wallTime.seconds())
  if (![step - 1, step, step + 1].some((near) => codeOf(totp, near) === value))
    refuse('failed to verify TOTP challenge')
  factors.addCodes(entry, totp)
  return { id: entry.id }
}
