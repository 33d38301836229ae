/** Whether what went over the API of an embedded lab is what the facts of the published schema say. */
import { findEndpoint, parametersOf, type SchemaFact } from '../simulator/pve-front-end/api-facts.ts'
import type { Exchange } from '../simulator/pve-front-end/exchanges.ts'
import { textOf } from '../simulator/pve-front-end/parameters.ts'

type Facts = Readonly<Record<string, SchemaFact>>

/** Every deviation of an accepted request and its answer, with method, path and what differs. */
export function deviations({ release, method, path, given, body }: Exchange): string[] {
  const found = findEndpoint(method, path, release)
  if (found === undefined) return [`${method} ${path}: answered, but not in the facts of ${release}`]
  const { endpoint, inPath } = found
  const all = { ...given, ...inPath }
  const asked = parameterDeviations(parametersOf(endpoint, all), all)
  const answered = answerDeviations(endpoint.returns, path, body)
  return [...asked, ...answered].map((text) => `${method} ${path} (${release}): ${text}`)
}

/** `GET /nodes/{node}`, as the facts name it; undefined for what they do not name. */
export function endpointOf({ release, method, path }: Exchange): string | undefined {
  const found = findEndpoint(method, path, release)
  return found === undefined ? undefined : `${method} ${found.endpoint.path}`
}

function parameterDeviations(facts: Facts, given: Readonly<Record<string, unknown>>): string[] {
  const missing = Object.entries(facts)
    .filter(([name, fact]) => fact.optional !== true && fact.alias === undefined && !name.endsWith('[n]'))
    .filter(([name]) => given[name] === undefined)
    .map(([name]) => `parameter ${name} is missing`)
  const odd = Object.entries(given).flatMap(([name, value]) => {
    const fact = Object.hasOwn(facts, name) ? facts[name] : facts[name.replace(/\d+$/, '[n]')]
    if (fact === undefined) return [`parameter ${name} is not in the facts`]
    return sentDeviations(fact, value, `parameter ${name}`)
  })
  return [...missing, ...odd]
}

/** Of what a client sends: a form knows only text, and a name given more than once is a list. */
function sentDeviations(fact: SchemaFact, value: unknown, where: string): string[] {
  if (Array.isArray(value))
    return fact.type === 'array' || fact.format?.endsWith('-list') === true ? [] : [`${where} is a list`]
  const text = textOf(value)
  const isFlag = fact.type === 'boolean' && /^(0|1|on|off|yes|no|true|false)$/i.test(text)
  const isPlain = ['string', 'array', 'object'].includes(fact.type ?? 'string')
  if (!isFlag && !isPlain && !hasType(fact.type, text)) return [`${where} is no ${fact.type}: ${text}`]
  if (fact.enum !== undefined && !fact.enum.includes(text)) return [`${where} is ${text}`]
  if (fact.minimum !== undefined && Number(text) < fact.minimum) return [`${where} is below ${fact.minimum}`]
  if (fact.maximum !== undefined && Number(text) > fact.maximum) return [`${where} is above ${fact.maximum}`]
  return []
}

function answerDeviations(returns: SchemaFact, path: string, body: string): string[] {
  // A download or a page for people is no JSON.
  if (!body.startsWith('{')) return []
  const { data } = JSON.parse(body) as { data: unknown }
  // A node that is in no cluster has nothing to say of totem, whatever the schema says (recorded).
  if (path === '/cluster/config/totem' && data === null) return []
  // The log of a task that never was is one line instead of a list of them (recorded).
  if (path.endsWith('/log') && data !== null && !Array.isArray(data)) return []
  return valueDeviations(returns, data, 'data')
}

function valueDeviations(fact: SchemaFact, value: unknown, where: string): string[] {
  if (value === null || value === undefined)
    return fact.type === 'null' || fact.type === undefined || fact.optional === true
      ? []
      : [`${where} is null`]
  // What is written as `key=value,…` may come back read (recorded of the cluster's options).
  if (fact.propertyString !== undefined && hasType('object', value)) return []
  if (!hasType(fact.type, value))
    return [`${where} is no ${fact.type}: ${JSON.stringify(value).slice(0, 60)}`]
  const text = textOf(value)
  if (fact.enum !== undefined && !fact.enum.includes(text)) return [`${where} is ${text}`]
  if (Array.isArray(value)) {
    const { items } = fact
    return items === undefined
      ? []
      : value.flatMap((item, at) => valueDeviations(items, item, `${where}[${at}]`))
  }
  if (typeof value !== 'object') return []
  return Object.entries(fact.properties ?? {}).flatMap(([name, property]) => {
    const member = (value as Record<string, unknown>)[name]
    if (member !== undefined) return valueDeviations(property, member, `${where}.${name}`)
    return property.optional === true ? [] : [`${where}.${name} is missing`]
  })
}

/** Booleans travel as 0 and 1, and numbers may be text. */
function hasType(type: string | undefined, value: unknown): boolean {
  const isNumber =
    typeof value === 'number' || (typeof value === 'string' && /^[+-]?\d+(\.\d+)?$/.test(value))
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return typeof value === 'object' && !Array.isArray(value)
  if (type === 'integer') return isNumber && Number.isInteger(Number(value))
  if (type === 'number') return isNumber
  if (type === 'boolean') return value === 0 || value === 1 || value === '0' || value === '1'
  if (type === 'string') return typeof value === 'string' || typeof value === 'number'
  return type !== 'null'
}
