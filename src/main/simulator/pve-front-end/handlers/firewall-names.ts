/** Names for addresses, and sets of them, that rules of a firewall can stand on. */
import { refuse, refuseParameters } from '../api-error.ts'
import {
  type AddressSet,
  changeFirewall,
  type Fields,
  type FirewallScope,
  fieldsGiven,
  readFirewall,
} from '../firewall-files.ts'
import type { Call, Handlers } from '../handler.ts'
import { digestOf } from './ha-options.ts'

const nameOf = ({ parameters }: Call) => parameters.required('name')

export function aliasHandlers(path: string, scope: FirewallScope): Handlers {
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

export function setHandlers(path: string, scope: FirewallScope): Handlers {
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
