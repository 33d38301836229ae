/**
 * What the published API schema says of the paths the front end serves, as facts: methods, parameters with
 * their limits, shapes of results, required privileges. The file beside this one has one endpoint per line, in
 * its 8.4 form with what 9.x changes; `/access/groups`, consoles of guests, index pages and what the
 * window alone calls are from recordings; single roles, second factors and realms, jobs of backups, and the firewall follow the
 * published documentation.
 */
import facts from './api-facts.json' with { type: 'json' }
import { isSince, type Release } from './release.ts'

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
  /** First release with this parameter. */
  readonly since?: string
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
  /** Further parameters, by the value of one of them. */
  readonly variants?: {
    readonly typeParam: string
    readonly types: Readonly<Record<string, Readonly<Record<string, SchemaFact>>>>
  }
  readonly returns: SchemaFact
}

/** What 9.x changes: a parameter without facts is gone. */
interface Changes {
  readonly auth?: Endpoint['auth']
  readonly params?: Readonly<Record<string, SchemaFact | null>>
  readonly returns?: SchemaFact
}

/** The parameters of a call, with those that its own type brings along. */
export function parametersOf(
  { params, variants }: Endpoint,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, SchemaFact>> {
  const type = variants === undefined ? undefined : given[variants.typeParam]
  return typeof type === 'string' ? { ...params, ...variants?.types[type] } : params
}

interface RecordedEndpoint extends Endpoint {
  /** First release with this endpoint, where it is not in 8.4. */
  readonly since?: string
  readonly v9?: Changes
}

export interface FoundEndpoint {
  readonly endpoint: Endpoint
  readonly inPath: Readonly<Record<string, string>>
}

interface Pattern {
  readonly endpoint: Endpoint
  readonly names: readonly string[]
  readonly pattern: RegExp
}

const patternsByRelease = new Map<Release, readonly Pattern[]>()

/** What a release serves. */
export function endpointsOf(release: Release): readonly Endpoint[] {
  return patternsOf(release).map(({ endpoint }) => endpoint)
}

/** `path` is decoded and without a slash at its end; the root is `/`. */
export function findEndpoint(method: string, path: string, release: Release): FoundEndpoint | undefined {
  for (const { endpoint, names, pattern } of patternsOf(release)) {
    if (endpoint.method !== method) continue
    const match = pattern.exec(path)
    if (match === null) continue
    const inPath = Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']))
    return { endpoint, inPath }
  }
  return undefined
}

function patternsOf(release: Release): readonly Pattern[] {
  const known = patternsByRelease.get(release)
  if (known !== undefined) return known
  const patterns = (facts as unknown as readonly RecordedEndpoint[])
    .filter(({ since }) => since === undefined || isSince(release, since))
    .map((endpoint) => {
      const names = [...endpoint.path.matchAll(/\{([\w-]+)\}/g)].map((match) => match[1] ?? '')
      // A volume in a directory has a slash in its name, and so has a network.
      const source = endpoint.path.replace(/\{(volume|cidr)\}/, '(.+)').replaceAll(/\{[\w-]+\}/g, '([^/]+)')
      return { endpoint: formOf(endpoint, release), names, pattern: new RegExp(`^${source}$`) }
    })
  patternsByRelease.set(release, patterns)
  return patterns
}

function formOf({ since: _since, v9, ...endpoint }: RecordedEndpoint, release: Release): Endpoint {
  const changes = isSince(release, '9.0') ? (v9 ?? {}) : {}
  const params = Object.entries({ ...endpoint.params, ...changes.params }).filter(
    (entry): entry is [string, SchemaFact] =>
      entry[1] !== null && (entry[1].since === undefined || isSince(release, entry[1].since)),
  )
  return { ...endpoint, ...changes, params: Object.fromEntries(params) }
}
