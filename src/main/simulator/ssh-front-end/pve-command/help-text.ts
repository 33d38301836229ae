/** Options of a call as the help of a Proxmox program lists them: name, type, and what is known of them. */
import type { SchemaFact } from '../../pve-front-end/api-facts.ts'
import type { CommandHelp } from './help-descriptions.ts'

type Facts = Readonly<Record<string, SchemaFact>>

/** Columns of a terminal that a line may have, and where what is said of an option begins. */
const columns = 75
const indent = '\t     '
const indentColumns = 13

/** What a command is for; empty where nobody knows. */
export function aboutText(help: CommandHelp | undefined): string {
  return help === undefined ? '' : `${wrapped(help.about, '  ', 2)}\n\n`
}

/** A few lines for each, those given by position first; names in `hidden` are given by the program itself. */
export function optionLines(
  facts: Facts,
  positional: readonly string[],
  hidden: readonly string[],
  help?: CommandHelp,
): string {
  const entry = (shown: string, name: string) => {
    const told = help?.options?.[name]
    const [text, byDefault] = typeof told === 'string' ? [told] : (told ?? [])
    const type = typeText(facts[name] ?? { type: 'string' })
    const start = `  ${shown.padEnd(10)} ${type}`
    const suffix = byDefault === undefined ? '' : `(default=${byDefault})`
    const isLong = start.length + 3 + suffix.length > columns
    const head = suffix === '' ? start : `${start}${isLong ? `  \n${indent}` : '   '}${suffix}`
    return `${head}\n${text === undefined ? '' : `${wrapped(text, indent, indentColumns)}\n`}\n`
  }
  const options = Object.keys(facts)
    .filter((name) => !positional.includes(name) && !hidden.includes(name))
    .sort()
  return [
    ...positional.map((name) => entry(`<${name}>`, name)),
    ...options.map((name) => entry(`--${name}`, name)),
  ].join('')
}

function wrapped(text: string, start: string, startColumns: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && startColumns + line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each) => `${start}${each}`).join('\n')
}

/** Forms that are told by more than their type. */
const typesByFormat: Readonly<Record<string, string>> = {
  'pve-ha-resource-or-vm-id': '<type>:<name>',
  'pve-ha-group-node-list': '<node>[:<pri>]{,<node>[:<pri>]}*',
}

/** `<integer> (1 - N)`, `<ct | vm>`, `[address=]<IP> [,priority=<integer>]`. */
function typeText(fact: SchemaFact): string {
  const { type = 'string', minimum, maximum, propertyString, format } = fact
  if (fact.enum !== undefined) return `<${fact.enum.toSorted().join(' | ')}>`
  if (propertyString !== undefined) return propertyText(propertyString)
  if (format !== undefined && Object.hasOwn(typesByFormat, format)) return typesByFormat[format] as string
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
