/** What the API keeps of HA's configuration beside what the manager reads. */
import { createHash } from 'node:crypto'
import { refuse } from '../api-error.ts'
import type { Call } from '../handler.ts'

export const haLock = 'domain-ha'

/** Options of a resource as a client gave them: what was not given is not shown. */
export interface GivenOptions {
  readonly given: readonly string[]
  readonly comment?: string
}

const file = 'ha/resources.cfg (as given)'

export function givenOptions({ lab, node }: Call, sid: string): GivenOptions {
  // Resources of a lab that was built before it was switched on were given their state.
  return allGiven(lab.world.shared.read(node, file))[sid] ?? { given: ['state'] }
}

export function keepGiven({ lab, node }: Call, sid: string, options: GivenOptions | undefined): void {
  const { [sid]: _old, ...others } = allGiven(lab.world.shared.read(node, file))
  lab.world.shared.write(node, file, options === undefined ? others : { ...others, [sid]: options })
}

function allGiven(value: unknown): Readonly<Record<string, GivenOptions>> {
  return (value as Readonly<Record<string, GivenOptions>> | undefined) ?? {}
}

/** Identifies the state of a configuration file, so that two clients do not overwrite each other's changes. */
export function digestOf(content: unknown): string {
  return createHash('sha1').update(JSON.stringify(content)).digest('hex')
}

/** `what` begins the sentence. */
export function requireDigest(given: string | undefined, own: string, what: string): void {
  if (given !== undefined && given !== own)
    refuse(`${what}detected modified configuration - file changed by other user? Try again.`)
}
