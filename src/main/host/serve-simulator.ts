/** The embedded lab over the real protocol, for the command line. */
import type { Group } from '../../shared/domain/recipe.ts'
import { throwProblem } from '../../shared/problems/problem.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import { type ServedNode, serveLab } from '../simulator/pve-front-end/serve-lab.ts'
import { loadRecipes, recipeById } from './recipes.ts'
import { recipeFolder } from './resource-folders.ts'
import { runSpecOf } from './run-spec.ts'

export interface ServeSimulatorOptions {
  readonly recipe: string
  readonly group: Group
  readonly seed: number
  readonly firstPort: number
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
  readonly username: string
  readonly password: string
  readonly speed: number
  readonly nodes: readonly ServedNode[]
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
  const serving = await serveLab({
    lab,
    group: options.group,
    clock,
    random: seededRandom(options.seed).fork('lab'),
    firstPort: options.firstPort,
    rootPassword,
    lookEveryMs: lookEveryRealMs * speed,
    failed: options.onFailure,
  }).catch((error: unknown) => throwPortProblem(error, options.firstPort))
  options.onServing({
    lab: lab.name,
    username: 'root@pam',
    password: rootPassword,
    speed,
    nodes: serving.nodes,
  })
  try {
    await clock.run(() => clock.sleepUntil(Number.POSITIVE_INFINITY, signal).catch(() => {}))
  } finally {
    await serving.close()
  }
}

function throwPortProblem(error: unknown, port: number): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE' || code === 'EACCES')
    return throwProblem('host.port-unavailable', { port }, String(code))
  throw error
}
