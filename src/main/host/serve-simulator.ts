/** The embedded lab over the real protocols, for the command line. */
import type { Group } from '../../shared/domain/recipe.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { Release } from '../simulator/pve-front-end/release.ts'
import { type ServedNode, serveLab } from '../simulator/pve-front-end/serve-lab.ts'
import { type ServedShell, serveShells } from '../simulator/ssh-front-end/serve-shells.ts'
import { loadRecipes, recipeById } from './recipes.ts'
import { recipeFolder } from './resource-folders.ts'
import { runSpecOf } from './run-spec.ts'

export interface ServeSimulatorOptions {
  readonly recipe: string
  readonly group: Group
  readonly seed: number
  readonly release: Release
  /** Nodes that are no cluster yet. */
  readonly standalone: boolean
  readonly firstPort: number
  readonly firstSshPort: number
  /** File of public keys that may log in as root. */
  readonly authorizedKeys?: string
  /** Virtual seconds per real second. */
  readonly speed: number
  /** Ends the serving. */
  readonly signal: AbortSignal
  /** Called once, when every port is taken; the nodes have yet to boot. */
  onServing(serving: ServingSimulator): void
  onFailure(error: unknown): void
}

export interface ServingSimulator {
  readonly lab: string
  /** Of Proxmox VE, as the lab answers. */
  readonly release: Release
  readonly username: string
  readonly password: string
  readonly speed: number
  readonly nodes: readonly (ServedNode & { readonly ssh: Omit<ServedShell, 'node'> })[]
}

/** The lab is nobody's secret: it is made anew each time and listens on the loopback address alone. */
const rootPassword = 'kuorum-lab'
/** Real milliseconds between two looks at which nodes answer. */
const lookEveryRealMs = 20

/** Serves until the signal; throws Problems for a recipe that is not there and a port that is taken. */
export async function serveSimulator(options: ServeSimulatorOptions): Promise<void> {
  const { speed, signal } = options
  const recipe = recipeById(loadRecipes(recipeFolder()), options.recipe)
  const { lab } = runSpecOf(recipe, { group: options.group, seed: options.seed })
  const clock = new VirtualClock()
  clock.setSpeed(speed)
  const looking = { clock, lookEveryMs: lookEveryRealMs * speed, failed: options.onFailure }
  const serving = await serveLab({
    ...looking,
    lab,
    group: options.group,
    random: seededRandom(options.seed).fork('lab'),
    firstPort: options.firstPort,
    release: options.release,
    standalone: options.standalone,
    rootPassword,
  }).catch(throwPortProblem)
  const shells = await serveShells({
    ...looking,
    frontEnd: serving.frontEnd,
    firstPort: options.firstSshPort,
    ...(options.authorizedKeys === undefined ? {} : { authorizedKeys: options.authorizedKeys }),
  }).catch(async (error: unknown) => {
    await serving.close()
    return throwPortProblem(error)
  })
  options.onServing({
    lab: lab.name,
    release: options.release,
    username: 'root@pam',
    password: rootPassword,
    speed,
    nodes: serving.nodes.map((node, position) => {
      const { node: _name, ...ssh } = shells.nodes[position] as ServedShell
      return { ...node, ssh }
    }),
  })
  try {
    await clock.run(() => clock.sleepUntil(Number.POSITIVE_INFINITY, signal).catch(() => {}))
  } finally {
    await shells.close()
    await serving.close()
  }
}

function throwPortProblem(error: unknown): never {
  const { code, port } = error as { code?: unknown; port?: unknown }
  if (code === 'EADDRINUSE' || code === 'EACCES')
    return throwProblem('host.port-unavailable', { port: Number(port) }, String(code))
  throw error
}
