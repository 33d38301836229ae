/** Options of a call as the help of a Proxmox program lists them: name and type, without the prose. */
import type { SchemaFact } from '../../pve-front-end/api-facts.ts'

type Facts = Readonly<Record<string, SchemaFact>>

/** One line for each, those given by position first; names in `hidden` are given by the program itself. */
export function optionLines(facts: Facts, positional: readonly string[], hidden: readonly string[]): string {
  const line = (name: string, fact: SchemaFact) => `  ${name.padEnd(10)} ${typeText(fact)}\n`
  const options = Object.keys(facts)
    .filter((name) => !positional.includes(name) && !hidden.includes(name))
    .sort()
  return [
    ...positional.map((name) => line(`<${name}>`, facts[name] ?? { type: 'string' })),
    ...options.map((name) => line(`--${name}`, facts[name] as SchemaFact)),
  ]
    .map((text) => `${text}\n`)
    .join('')
}

/** `<integer> (1 - N)`, `<ct | vm>`, `[address=]<IP> [,priority=<integer>]`. */
function typeText(fact: SchemaFact): string {
  const { type = 'string', minimum, maximum, propertyString } = fact
  if (fact.enum !== undefined) return `<${fact.enum.toSorted().join(' | ')}>`
  if (propertyString !== undefined) return propertyText(propertyString)
  if (type === 'string' && fact.pattern !== undefined) return fact.pattern
  const limits =
    minimum === undefined && maximum === undefined ? '' : ` (${minimum ?? '-N'} - ${maximum ?? 'N'})`
  return `<${type}>${limits}`
}

function propertyText(facts: Facts): string {
  const texts = Object.entries(facts)
    .toSorted(([, one], [, other]) => Number(other.default_key ?? false) - Number(one.default_key ?? false))
    .map(([name, { minimum: _minimum, maximum: _maximum, ...fact }]) => {
      const value = fact.format === 'address' ? '<IP>' : typeText(fact)
      return fact.default_key === true ? `[${name}=]${value}` : `${name}=${value}`
    })
  const [first = '', ...rest] = texts
  return [first, ...rest.map((text) => ` [,${text}]`)].join('')
}
