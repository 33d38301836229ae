/** Checks what a client sent against the facts of an endpoint, with the words of the real server. */
import type { SchemaFact } from './api-facts.ts'

export type ParameterErrors = Record<string, string>

/** Words of the formats whose refusals are recorded or documented; other formats are taken as they come. */
const formats: Readonly<Record<string, (value: string) => string | undefined>> = {
  'pve-vmid': (value) =>
    /^[1-9][0-9]{2,8}$/.test(value) ? undefined : 'value does not look like a valid VM ID',
  'pve-node': (value) =>
    /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(value)
      ? undefined
      : 'value does not look like a valid node name',
  'pve-storage-id': (value) =>
    /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(value)
      ? undefined
      : `storage ID '${value}' contains illegal characters`,
  'pve-configid': (value) =>
    /^[a-z][a-z0-9_-]+$/i.test(value) ? undefined : `invalid configuration ID '${value}'`,
  'pve-storage-path': (value) =>
    value.startsWith('/') ? undefined : 'value does not look like a valid absolute path',
  'pve-storage-content-list': (value) => {
    const known = 'none images rootdir vztmpl iso backup snippets import'.split(' ')
    const odd = value.split(/[,; ]+/).find((word) => !known.includes(word))
    return odd === undefined ? undefined : `invalid content type '${odd}'`
  },
  'pve-task-status-type-list': (value) => {
    const odd = value.split(/[,; ]+/).find((word) => !['ok', 'error', 'warning', 'unknown'].includes(word))
    return odd === undefined ? undefined : `invalid status '${odd}'`
  },
}

/** What is wrong with the parameters, by name; empty when nothing is. */
export function parameterErrors(
  facts: Readonly<Record<string, SchemaFact>>,
  given: Readonly<Record<string, unknown>>,
): ParameterErrors {
  const errors: ParameterErrors = {}
  for (const [name, value] of Object.entries(given)) {
    const fact = factOf(facts, name)
    const error =
      fact === undefined
        ? 'property is not defined in schema and the schema does not allow additional properties'
        : valueError(fact, value, name)
    if (error !== undefined) errors[name] = error
  }
  for (const [name, fact] of Object.entries(facts))
    if (fact.optional !== true && fact.alias === undefined && !(name in given) && !name.includes('[n]'))
      errors[name] = 'property is missing and it is not optional'
  return errors
}

/** `net0` is described as `net[n]`. */
function factOf(facts: Readonly<Record<string, SchemaFact>>, name: string): SchemaFact | undefined {
  return Object.hasOwn(facts, name) ? facts[name] : facts[name.replace(/\d+$/, '[n]')]
}

function valueError(fact: SchemaFact, value: unknown, path: string): string | undefined {
  if (fact.type === 'array' || fact.type === 'object') return undefined
  const text = textOf(value)
  return typeError(fact, text) ?? formatError(fact, text, path) ?? limitError(fact, text)
}

function typeError(fact: SchemaFact, text: string): string | undefined {
  const isRight =
    (fact.type === 'integer' && /^[+-]?\d+$/.test(text)) ||
    (fact.type === 'number' && /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)) ||
    (fact.type === 'boolean' && /^(1|on|yes|true|0|off|no|false)$/i.test(text)) ||
    !['integer', 'number', 'boolean'].includes(fact.type ?? '')
  return isRight ? undefined : `type check ('${fact.type}') failed - got '${text}'`
}

function formatError(fact: SchemaFact, text: string, path: string): string | undefined {
  if (fact.propertyString !== undefined) {
    const hasDefault = Object.values(fact.propertyString).some(({ default_key }) => default_key === true)
    if (!hasDefault && text.split(',').some((part) => part !== '' && !part.includes('=')))
      return 'invalid format - value without key, but schema does not define a default key\n'
    const problems = propertyStringErrors(fact.propertyString, text, path)
    return problems.length === 0 ? undefined : `invalid format - format error\n${problems.join('\n')}\n`
  }
  const problem = formats[fact.format ?? '']?.(text)
  return problem === undefined ? undefined : `invalid format - ${problem}\n`
}

function propertyStringErrors(
  facts: Readonly<Record<string, SchemaFact>>,
  text: string,
  path: string,
): string[] {
  const defaultKey = Object.entries(facts).find(([, fact]) => fact.default_key === true)?.[0]
  const given: Record<string, string> = {}
  for (const part of text.split(',')) {
    const equals = part.indexOf('=')
    const key = equals < 0 ? defaultKey : part.slice(0, equals)
    if (key !== undefined) given[key] = part.slice(equals + 1)
  }
  const named = Object.keys(given).some((key) => facts[key]?.alias !== undefined)
  const errors = parameterErrors(facts, given)
  return Object.entries(errors)
    .filter(([key]) => !(named && key === defaultKey))
    .map(([key, error]) => `${path}.${key}: ${error}`)
}

function limitError(fact: SchemaFact, text: string): string | undefined {
  if (fact.pattern !== undefined && !perlPattern(fact.pattern).test(text))
    return 'value does not match the regex pattern'
  if (fact.minLength !== undefined && text.length < fact.minLength)
    return `value must be at least ${fact.minLength} characters long`
  if (fact.maxLength !== undefined && text.length > fact.maxLength)
    return `value may only be ${fact.maxLength} characters long`
  if (fact.enum !== undefined && !fact.enum.includes(text))
    return `value '${text}' does not have a value in the enumeration '${fact.enum.join(', ')}'`
  const isNumber = fact.type === 'integer' || fact.type === 'number'
  if (isNumber && fact.minimum !== undefined && Number(text) < fact.minimum)
    return `value must have a minimum value of ${fact.minimum}`
  if (isNumber && fact.maximum !== undefined && Number(text) > fact.maximum)
    return `value must have a maximum value of ${fact.maximum}`
  return undefined
}

/** Perl writes groups without flags as `(?^:…)`, and matches are anchored at both ends. */
function perlPattern(source: string): RegExp {
  return new RegExp(`^(?:${source.replaceAll('(?^:', '(?:').replaceAll('(?^i:', '(?:')})$`)
}

/** A value as it would stand in a form; JSON bodies bring numbers, booleans and lists. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'boolean' ? String(Number(value)) : JSON.stringify(value)
}

/** Names in a list that commas, semicolons or blanks separate. */
export function listOf(text: string | undefined): string[] {
  return (text ?? '').split(/[,; ]+/).filter((word) => word !== '')
}

/** Checked parameters, read as what they mean. */
export class Parameters {
  readonly #given: Readonly<Record<string, unknown>>

  constructor(given: Readonly<Record<string, unknown>>) {
    this.#given = given
  }

  get names(): readonly string[] {
    return Object.keys(this.#given)
  }

  text(name: string): string | undefined {
    const value = this.#given[name]
    return value === undefined ? undefined : textOf(value)
  }

  /** Only for parameters that the facts call required. */
  required(name: string): string {
    return this.text(name) ?? ''
  }

  /** Given several times, or once with separators. */
  list(name: string): string[] {
    const value = this.#given[name]
    return Array.isArray(value) ? value.map(textOf) : listOf(this.text(name))
  }

  integer(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : Number(text)
  }

  flag(name: string): boolean {
    return /^(1|on|yes|true)$/i.test(this.text(name) ?? '')
  }
}
