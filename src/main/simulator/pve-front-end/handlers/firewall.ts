/** The firewall's configuration: options, rules, names for addresses and sets of them, and groups of rules. */
import { refuse, refuseParameters } from '../api-error.ts'
import {
  type AddressSet,
  changeFirewall,
  type Fields,
  type FirewallFile,
  type FirewallScope,
  type RuleGroup,
  readFirewall,
} from '../firewall-files.ts'
import { type Call, type Handler, type Handlers, index } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { guestOf } from './guest-config.ts'
import { digestOf } from './ha-options.ts'

const flags = new Set(
  'dhcp ebtables ipfilter log_nf_conntrack macfilter ndp nosmurfs nomatch radv tcpflags'.split(' '),
)
const counts = new Set(['enable', 'nf_conntrack_max'])
const notFields = new Set(['node', 'vmid', 'digest', 'delete', 'pos', 'moveto', 'rename', 'group', 'force'])

/** As they stand in the file: numbers and flags as numbers. */
function fieldsGiven({ parameters }: Call): Fields {
  const names = parameters.names.filter((name) => !notFields.has(name))
  return Object.fromEntries(
    names.map((name) => {
      if (flags.has(name)) return [name, Number(parameters.flag(name))]
      const text = parameters.required(name)
      return [name, counts.has(name) ? Number(parameters.flag(name) || text) : text]
    }),
  )
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

/** Where rules are kept: in a file of their own, or in a group of the cluster's. */
interface Place {
  read(call: Call): readonly Fields[]
  write(call: Call, rules: readonly Fields[]): null
}

function ruleHandlers(path: string, { read, write }: Place): Handlers {
  const at = (call: Call) => {
    const position = call.parameters.integer('pos') ?? 0
    const rule = read(call)[position]
    return rule === undefined ? refuse(`no rule at position ${position}`) : { position, rule }
  }
  const shown = (rules: readonly Fields[], rule: Fields, pos: number) => ({
    pos,
    ...rule,
    digest: digestOf(rules),
  })
  return {
    [`GET ${path}`]: (call) => read(call).map((rule, pos) => shown(read(call), rule, pos)),
    [`GET ${path}/{pos}`]: (call) => shown(read(call), at(call).rule, at(call).position),
    // A new rule stands before the others unless it has a place.
    [`POST ${path}`]: (call) => {
      const rules = [...read(call)]
      rules.splice(call.parameters.integer('pos') ?? 0, 0, { enable: 0, ...fieldsGiven(call) })
      return write(call, rules)
    },
    [`PUT ${path}/{pos}`]: (call) => {
      const { position, rule } = at(call)
      const rules = [...read(call)]
      const target = call.parameters.integer('moveto')
      if (target !== undefined) {
        rules.splice(position, 1)
        rules.splice(target > position ? target - 1 : target, 0, rule)
      } else
        rules[position] = { ...without(rule, listOf(call.parameters.text('delete'))), ...fieldsGiven(call) }
      return write(call, rules)
    },
    [`DELETE ${path}/{pos}`]: (call) => {
      const { position } = at(call)
      return write(
        call,
        read(call).filter((_rule, pos) => pos !== position),
      )
    },
  }
}

function optionHandlers(path: string, scope: FirewallScope): Handlers {
  return {
    [`GET ${path}/options`]: (call) => {
      const { options } = readFirewall(call, scope)
      return { ...options, digest: digestOf(options) }
    },
    [`PUT ${path}/options`]: (call) => {
      const { options } = readFirewall(call, scope)
      const kept = without(options, listOf(call.parameters.text('delete')))
      return changeFirewall(call, scope, options, { options: { ...kept, ...fieldsGiven(call) } })
    },
  }
}

const nameOf = ({ parameters }: Call) => parameters.required('name')

function aliasHandlers(path: string, scope: FirewallScope): Handlers {
  const all = (call: Call) => readFirewall(call, scope).aliases
  const one = (call: Call) => all(call)[nameOf(call)] ?? refuse(`no such alias '${nameOf(call)}'`)
  const shown = (alias: Fields) => ({
    ipversion: String(alias.cidr).includes(':') ? 6 : 4,
    ...alias,
    digest: digestOf(alias),
  })
  return {
    [`GET ${path}/aliases`]: (call) => Object.values(all(call)).map(shown),
    [`GET ${path}/aliases/{name}`]: (call) => shown(one(call)),
    [`POST ${path}/aliases`]: (call) => {
      const name = nameOf(call)
      if (all(call)[name] !== undefined) refuseParameters({ name: `alias '${name}' already exists` })
      return changeFirewall(call, scope, undefined, { aliases: { ...all(call), [name]: fieldsGiven(call) } })
    },
    [`PUT ${path}/aliases/{name}`]: (call) => {
      const alias = one(call)
      const name = call.parameters.text('rename') ?? nameOf(call)
      const { [nameOf(call)]: _old, ...others } = all(call)
      return changeFirewall(call, scope, alias, {
        aliases: { ...others, [name]: { ...alias, ...fieldsGiven(call), name } },
      })
    },
    [`DELETE ${path}/aliases/{name}`]: (call) => {
      const alias = one(call)
      const { [nameOf(call)]: _gone, ...others } = all(call)
      return changeFirewall(call, scope, alias, { aliases: others })
    },
  }
}

function setHandlers(path: string, scope: FirewallScope): Handlers {
  const all = (call: Call) => readFirewall(call, scope).ipsets
  const one = (call: Call): AddressSet => all(call)[nameOf(call)] ?? refuse(`no such IPSet '${nameOf(call)}'`)
  const entry = (call: Call): Fields => {
    const cidr = call.parameters.required('cidr')
    return one(call).entries.find((each) => each.cidr === cidr) ?? refuse(`no such IP/Network '${cidr}'`)
  }
  const keep = (call: Call, entries: readonly Fields[], part: unknown) =>
    changeFirewall(call, scope, part, { ipsets: { ...all(call), [nameOf(call)]: { ...one(call), entries } } })
  const set = `${path}/ipset/{name}`
  return {
    [`GET ${path}/ipset`]: (call) =>
      Object.entries(all(call)).map(([name, { entries, ...about }]) => ({
        name,
        ...about,
        digest: digestOf(entries),
      })),
    [`POST ${path}/ipset`]: (call) => {
      const name = nameOf(call)
      const renamed = call.parameters.text('rename')
      const comment = call.parameters.text('comment')
      const about = comment === undefined ? {} : { comment }
      if (renamed !== undefined) {
        const { [renamed]: old, ...others } = all(call)
        if (old === undefined) return refuse(`IPSet '${renamed}' does not exist`)
        return changeFirewall(call, scope, old.entries, {
          ipsets: { ...others, [name]: { ...old, ...about } },
        })
      }
      if (all(call)[name] !== undefined) refuseParameters({ name: `IPSet '${name}' already exists` })
      return changeFirewall(call, scope, undefined, {
        ipsets: { ...all(call), [name]: { entries: [], ...about } },
      })
    },
    [`GET ${set}`]: (call) =>
      one(call).entries.map((each) => ({ ...each, digest: digestOf(one(call).entries) })),
    [`POST ${set}`]: (call) => {
      const { entries } = one(call)
      const { name: _name, ...fields } = fieldsGiven(call)
      if (entries.some(({ cidr }) => cidr === fields.cidr))
        refuseParameters({ cidr: `address '${fields.cidr}' already exists` })
      return keep(call, [...entries, fields], undefined)
    },
    [`DELETE ${set}`]: (call) => {
      if (one(call).entries.length > 0 && !call.parameters.flag('force'))
        refuse(`IPSet '${nameOf(call)}' is not empty`)
      const { [nameOf(call)]: _gone, ...others } = all(call)
      return changeFirewall(call, scope, undefined, { ipsets: others })
    },
    [`GET ${set}/{cidr}`]: (call) => ({ ...entry(call), digest: digestOf(one(call).entries) }),
    [`PUT ${set}/{cidr}`]: (call) => {
      const old = entry(call)
      const { entries } = one(call)
      const { name: _name, ...fields } = fieldsGiven(call)
      return keep(
        call,
        entries.map((each) => (each === old ? { ...old, ...fields } : each)),
        entries,
      )
    },
    [`DELETE ${set}/{cidr}`]: (call) => {
      const old = entry(call)
      const { entries } = one(call)
      return keep(
        call,
        entries.filter((each) => each !== old),
        entries,
      )
    },
  }
}

/** Names that rules can stand on. */
function references(scope: FirewallScope): Handler {
  return (call) => {
    const wanted = call.parameters.text('type')
    const of = ({ aliases, ipsets }: FirewallFile, prefix: string) => [
      ...Object.values(aliases).map(({ name, comment }) => ({
        type: 'alias',
        name: String(name),
        ref: `${prefix}${name}`,
        comment,
      })),
      ...Object.entries(ipsets).map(([name, { comment }]) => ({
        type: 'ipset',
        name,
        ref: `+${prefix}${name}`,
        comment,
      })),
    ]
    const own = scope === 'cluster' ? [] : of(readFirewall(call, scope), `${scope}/`)
    return [...of(readFirewall(call, 'cluster'), 'dc/'), ...own]
      .filter(({ type }) => wanted === undefined || type === wanted)
      .map(({ comment, ...entry }) => ({ ...entry, ...(comment === undefined ? {} : { comment }) }))
  }
}

const groups = '/cluster/firewall/groups'

const groupsOf = (call: Call) => readFirewall(call, 'cluster').groups
const groupOf = (call: Call): RuleGroup => {
  const name = call.parameters.required('group')
  return groupsOf(call)[name] ?? refuse(`no such security group '${name}'`)
}

const groupHandlers: Handlers = {
  [`GET ${groups}`]: (call) =>
    Object.entries(groupsOf(call)).map(([group, { rules, ...about }]) => ({
      group,
      ...about,
      digest: digestOf(rules),
    })),
  [`POST ${groups}`]: (call) => {
    const group = call.parameters.required('group')
    const renamed = call.parameters.text('rename')
    const comment = call.parameters.text('comment')
    const about = comment === undefined ? {} : { comment }
    if (renamed !== undefined) {
      const { [renamed]: old, ...others } = groupsOf(call)
      if (old === undefined) return refuse(`Security group '${renamed}' does not exist`)
      return changeFirewall(call, 'cluster', old.rules, {
        groups: { ...others, [group]: { ...old, ...about } },
      })
    }
    if (groupsOf(call)[group] !== undefined)
      refuseParameters({ group: `Security group '${group}' already exists` })
    return changeFirewall(call, 'cluster', undefined, {
      groups: { ...groupsOf(call), [group]: { rules: [], ...about } },
    })
  },
  [`DELETE ${groups}/{group}`]: (call) => {
    const group = call.parameters.required('group')
    if (groupOf(call).rules.length > 0) refuse(`Security group '${group}' is not empty`)
    const { [group]: _gone, ...others } = groupsOf(call)
    return changeFirewall(call, 'cluster', undefined, { groups: others })
  },
  ...ruleHandlers(`${groups}/{group}`, {
    read: (call) => groupOf(call).rules,
    write: (call, rules) => {
      const old = groupOf(call)
      const changed = { ...groupsOf(call), [call.parameters.required('group')]: { ...old, rules } }
      return changeFirewall(call, 'cluster', old.rules, { groups: changed })
    },
  }),
}

function scopeHandlers(path: string, scope: FirewallScope, words: string): Handlers {
  return {
    [`GET ${path}`]: index('name', words),
    ...optionHandlers(path, scope),
    ...ruleHandlers(`${path}/rules`, {
      read: (call) => readFirewall(call, scope).rules,
      write: (call, rules) => changeFirewall(call, scope, readFirewall(call, scope).rules, { rules }),
    }),
    ...(scope === 'node'
      ? {}
      : {
          ...aliasHandlers(path, scope),
          ...setHandlers(path, scope),
          [`GET ${path}/refs`]: references(scope),
        }),
    // Nothing is logged where nothing is looked at.
    ...(scope === 'cluster' ? {} : { [`GET ${path}/log`]: () => [{ n: 1, t: 'no content' }] }),
  }
}

/** A guest that is not there has no firewall. */
function ofGuest(handlers: Handlers, kind: 'vm' | 'ct'): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]): [string, Handler] => [
      name,
      (call) => {
        guestOf(call, kind)
        return handle(call)
      },
    ]),
  )
}

const guestWords = 'rules aliases ipset refs log options'

export const firewallHandlers: Handlers = {
  ...scopeHandlers('/cluster/firewall', 'cluster', 'aliases groups ipset macros options refs rules'),
  ...groupHandlers,
  'GET /cluster/firewall/macros': () => macros.map(([macro, descr]) => ({ macro, descr })),
  ...scopeHandlers('/nodes/{node}/firewall', 'node', 'rules log options'),
  ...ofGuest(scopeHandlers('/nodes/{node}/qemu/{vmid}/firewall', 'guest', guestWords), 'vm'),
  ...ofGuest(scopeHandlers('/nodes/{node}/lxc/{vmid}/firewall', 'guest', guestWords), 'ct'),
}

/** Those of daily use. */
const macros = [
  ['Ceph', 'Ceph Storage Cluster traffic (Ceph Monitors, OSD & MDS Daemons)'],
  ['DNS', 'Domain Name System traffic (upd and tcp)'],
  ['HTTP', 'Hypertext Transfer Protocol (WWW)'],
  ['HTTPS', 'Hypertext Transfer Protocol (WWW) over SSL'],
  ['NTP', 'Network Time Protocol (ntpd)'],
  ['Ping', 'ICMP echo request'],
  ['SSH', 'Secure shell traffic'],
] as const
