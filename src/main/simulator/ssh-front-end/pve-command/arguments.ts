/** Words of a command line, read against the facts of the call they stand for. */
import type { Endpoint, SchemaFact } from '../../pve-front-end/api-facts.ts'

/** What stands on the error stream of a program that cannot make sense of its words. */
export class UsageError extends Error {}

type Facts = Readonly<Record<string, SchemaFact>>

/** Everything a call may be given, whatever its type. */
export function optionsOf({ params, variants }: Endpoint): Facts {
  return Object.assign({}, params, ...Object.values(variants?.types ?? {})) as Facts
}

interface Given {
  readonly parameters: Readonly<Record<string, string>>
  readonly own: Readonly<Record<string, string>>
}

/** Throws a `UsageError`. `own`: options that no call knows. */
export function readArguments(
  argv: readonly string[],
  positional: readonly string[],
  facts: Facts,
  own: Readonly<Record<string, 'flag' | 'value'>> = {},
): Given {
  const parameters: Record<string, string> = {}
  const ownValues: Record<string, string> = {}
  const bare: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    const [, given, inline] = /^--?([a-zA-Z][\w-]*)(?:=(.*))?$/s.exec(word) ?? []
    if (given === undefined) {
      bare.push(word)
      continue
    }
    const name = fullName(given, facts, own)
    const kind = kindOf(name, facts, own)
    if (kind === undefined) throw new UsageError(`Unknown option: ${name}\n400 unable to parse option`)
    const next = argv[at + 1]
    const takesNext = kind === 'value' || /^(0|1|yes|no|on|off|true|false)$/i.test(next ?? '')
    const value = inline ?? (takesNext ? next : '1')
    if (value === undefined)
      throw new UsageError(`Option ${name} requires an argument\n400 unable to parse option`)
    if (inline === undefined && takesNext) at += 1
    const target = name in own ? ownValues : parameters
    target[name] = value
  }
  if (bare.length < positional.length) throw new UsageError('400 not enough arguments')
  if (bare.length > positional.length) throw new UsageError('400 too many arguments')
  positional.forEach((name, index) => {
    parameters[name] = bare[index] as string
  })
  return { parameters, own: ownValues }
}

/** Options may be cut short as long as one alone begins so, as Perl's Getopt::Long has it. */
function fullName(given: string, facts: Facts, own: Readonly<Record<string, unknown>>): string {
  if (kindOf(given, facts, {}) !== undefined || Object.hasOwn(own, given)) return given
  const known = [...new Set([...Object.keys(own), ...Object.keys(facts)])]
  const meant = known.filter((name) => !name.endsWith('[n]') && name.startsWith(given)).sort()
  if (meant.length > 1)
    throw new UsageError(`Option ${given} is ambiguous (${meant.join(', ')})\n400 unable to parse option`)
  return meant[0] ?? given
}

function kindOf(
  name: string,
  facts: Facts,
  own: Readonly<Record<string, 'flag' | 'value'>>,
): 'flag' | 'value' | undefined {
  if (Object.hasOwn(own, name)) return own[name]
  const fact = Object.hasOwn(facts, name) ? facts[name] : facts[name.replace(/\d+$/, '[n]')]
  if (fact === undefined) return undefined
  return fact.type === 'boolean' ? 'flag' : 'value'
}
