/**
 * What the published API schema says of the paths the front end serves, as facts: methods, parameters with
 * their limits, shapes of results, required privileges. The file beside this one has one endpoint per line, in
 * its 8.4 form; `/access/groups` and the index pages are from recordings.
 */
import facts from './api-facts.json' with { type: 'json' }

export interface SchemaFact {
  readonly type?: string
  readonly optional?: boolean
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  /** The value is `key=value,…`; one key may be given without its name. */
  readonly propertyString?: Readonly<Record<string, SchemaFact>>
  readonly default_key?: boolean
  /** This key stands for another one. */
  readonly alias?: string
  readonly items?: SchemaFact
  readonly properties?: Readonly<Record<string, SchemaFact>>
}

/** `["perm", path, privileges, "any", 1]`, or `["and" | "or", …]` of such. */
export type PrivilegeCheck = readonly unknown[]

export interface Endpoint {
  readonly method: string
  readonly path: string
  readonly auth: 'none' | 'any-user' | 'root@pam-ticket-only' | { readonly check: PrivilegeCheck }
  readonly tokenAllowed?: false
  /** Carried out by pvedaemon, for which pveproxy only stands in. */
  readonly protected?: true
  /** Name of the parameter that says which member answers. */
  readonly proxyto?: string
  readonly params: Readonly<Record<string, SchemaFact>>
  readonly returns: SchemaFact
}

export const endpoints = facts as unknown as readonly Endpoint[]

export interface FoundEndpoint {
  readonly endpoint: Endpoint
  readonly inPath: Readonly<Record<string, string>>
}

const patterns = endpoints.map((endpoint) => {
  const names = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
  const source = endpoint.path.replaceAll(/\{\w+\}/g, '([^/]+)')
  return { endpoint, names, pattern: new RegExp(`^${source}$`) }
})

/** `path` is decoded and without a slash at its end; the root is `/`. */
export function findEndpoint(method: string, path: string): FoundEndpoint | undefined {
  for (const { endpoint, names, pattern } of patterns) {
    if (endpoint.method !== method) continue
    const match = pattern.exec(path)
    if (match === null) continue
    const inPath = Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']))
    return { endpoint, inPath }
  }
  return undefined
}
