/** The firewall's configuration: options, rules, names for addresses and sets of them, and groups of rules. */
import { refuse, refuseParameters } from '../api-error.ts'
import {
  changeFirewall,
  type Fields,
  type FirewallFile,
  type FirewallScope,
  fieldsGiven,
  type RuleGroup,
  readFirewall,
  without,
} from '../firewall-files.ts'
import { type Call, type Handler, type Handlers, index } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { aliasHandlers, setHandlers } from './firewall-names.ts'
import { guestOf } from './guest-config.ts'
import { digestOf } from './ha-options.ts'

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
