/** Where users come from: the node's own, the cluster's, and directories elsewhere, which no lab can reach. */
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { digestOf } from './ha-options.ts'

export const realmHandlers: Handlers = {
  'GET /access/domains': (call) =>
    Object.entries(realmsOf(call)).map(([realm, { type, comment, tfa, default: isDefault }]) => ({
      realm,
      type,
      ...(comment === undefined ? {} : { comment }),
      ...(tfa === undefined ? {} : { tfa: /type=(\w+)/.exec(String(tfa))?.[1] ?? tfa }),
      ...(isDefault === 1 ? { default: 1 } : {}),
    })),
  'POST /access/domains': create,
  'GET /access/domains/{realm}': (call) => {
    const { password: _password, ...shown } = realmOf(call, '')
    return { ...shown, digest: digestOf(realmsOf(call)) }
  },
  'PUT /access/domains/{realm}': update,
  'DELETE /access/domains/{realm}': remove,
}

type Realm = Readonly<Record<string, string | number>> & { readonly type: string | number }

const file = 'domains.cfg'
const lock = 'file-user_cfg'

const builtIn: Readonly<Record<string, Realm>> = {
  pam: { type: 'pam', comment: 'Linux PAM standard authentication' },
  pve: { type: 'pve', comment: 'Proxmox VE authentication server' },
}

function realmsOf({ lab, node }: Call): Readonly<Record<string, Realm>> {
  return { ...builtIn, ...(lab.world.shared.read(node, file) as Readonly<Record<string, Realm>> | undefined) }
}

function realmOf(call: Call, what: string): Realm {
  const realm = call.parameters.required('realm')
  return realmsOf(call)[realm] ?? refuse(`${what}domain '${realm}' does not exist`)
}

/** What a directory cannot be asked without. */
const required: Readonly<Record<string, readonly string[]>> = {
  ad: ['domain', 'server1'],
  ldap: ['base_dn', 'server1', 'user_attr'],
  openid: ['client-id', 'issuer-url'],
}

const notOptions = new Set(['realm', 'type', 'delete', 'digest', 'check-connection'])
const flags = new Set(
  'autocreate case-sensitive default groups-autocreate groups-overwrite query-userinfo secure verify'.split(
    ' ',
  ),
)

function optionsGiven({ parameters }: Call) {
  const names = parameters.names.filter((name) => !notOptions.has(name))
  return Object.fromEntries(
    names.map((name) => {
      if (flags.has(name)) return [name, Number(parameters.flag(name))]
      return [name, name === 'port' ? Number(parameters.required(name)) : parameters.required(name)]
    }),
  )
}

/** One realm is offered first. */
function keep({ lab, node }: Call, realms: Readonly<Record<string, Realm>>, name: string): null {
  const isFirst = realms[name]?.default === 1
  const kept = Object.entries(realms).map(([realm, options]) => {
    const { default: _default, ...others } = options
    return [realm, isFirst && realm !== name ? others : options] as const
  })
  lab.requireQuorum(node)
  lab.world.shared.write(node, file, Object.fromEntries(kept))
  return null
}

async function create(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'add auth server failed: '
  const [realm, type] = [parameters.required('realm'), parameters.required('type')]
  const missing = (required[type] ?? []).filter((name) => parameters.text(name) === undefined)
  if (missing.length > 0)
    refuseParameters(
      Object.fromEntries(missing.map((name) => [name, 'property is missing and it is not optional'])),
    )
  await lab.requireLock(node, lock, what)
  if (realmsOf(call)[realm] !== undefined) refuse(`${what}domain '${realm}' already exists`)
  if (type === 'pam' || type === 'pve') refuse(`${what}unable to create builtin type '${type}'`)
  if (parameters.flag('check-connection')) await refuseConnection(call, what)
  return keep(call, { ...realmsOf(call), [realm]: { type, ...optionsGiven(call) } }, realm)
}

/** Until a server that is not there is given up (as a neighbour without power is, recorded). */
const noRouteMs = 3100

async function refuseConnection({ lab, parameters }: Call, what: string): Promise<never> {
  await lab.clock.sleep(noRouteMs)
  return refuse(`${what}unable to connect to ${parameters.text('server1') ?? 'server'}: No route to host`)
}

async function update(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'update auth server failed: '
  await lab.requireLock(node, lock, what)
  const old = realmOf(call, what)
  const digest = parameters.text('digest')
  if (digest !== undefined && digest !== digestOf(realmsOf(call)))
    refuse(`${what}detected modified configuration - file changed by other user? Try again.`)
  const deleted = listOf(parameters.text('delete'))
  const kept = Object.fromEntries(Object.entries(old).filter(([name]) => !deleted.includes(name)))
  const realm = parameters.required('realm')
  return keep(call, { ...realmsOf(call), [realm]: { ...kept, ...optionsGiven(call), type: old.type } }, realm)
}

async function remove(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'delete auth server failed: '
  await lab.requireLock(node, lock, what)
  realmOf(call, what)
  // Those of the installation come back by themselves.
  const { [parameters.required('realm')]: _gone, ...others } = realmsOf(call)
  return keep(call, others, '')
}
