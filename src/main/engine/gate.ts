import type { GateObstacle } from '../../shared/domain/journal.ts'
import type { ClusterObservation } from '../../shared/domain/observation.ts'
import type { Group } from '../../shared/domain/recipe.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import { ProblemError } from '../../shared/problems/problem.ts'
import type { Clock } from '../contracts/clock.ts'
import type { LabSession } from '../contracts/lab-session.ts'
import type { ProbeWatch } from './probe-watch.ts'
import type { RunControl } from './run-control.ts'
import { withinTime } from './within-time.ts'

/** Between two looks at a lab that is not ready: the HA manager itself moves in steps of ten seconds. */
const lookIntervalMs = 5000
/** A member that has not answered in this time does not answer. */
const lookLimitMs = 30_000

export interface GateOptions {
  readonly spec: RunSpec
  readonly lab: LabSession
  readonly clock: Clock
  readonly probes: ProbeWatch
  readonly control: RunControl
  /** Last moment at which the gate may open; later ones when the schedule is moved by a pause. */
  readonly latestMs: () => number
  /** Fault the gate is for, so that skipping it ends the wait. */
  readonly fault?: string
  /** Called when what keeps the gate shut has changed. */
  readonly onWaiting: (obstacles: readonly GateObstacle[]) => void
}

/**
 * Waits until nothing speaks against a fault (or the start of the measurement) and resolves with the
 * observation that showed it. Resolves with undefined when it got too late, or the user gave it up.
 */
export async function passGate(options: GateOptions): Promise<ClusterObservation | undefined> {
  const { spec, clock, control, fault = '', latestMs } = options
  let told = ''
  while (clock.nowMs() <= latestMs()) {
    const observation = await observe(options)
    if (control.drops(fault)) return undefined
    const okMs = spec.plan.gate.probesOkSeconds * 1000
    const obstacles = [
      ...clusterObstacles(observation, spec),
      ...options.probes.obstacles(clock.nowMs(), okMs),
    ]
    if (observation !== undefined && obstacles.length === 0) return observation
    const names = obstacles.map(nameOf).join()
    if (names !== told) options.onWaiting(obstacles)
    told = names
    if (clock.nowMs() >= latestMs()) break
    const nextLookMs = clock.nowMs() + lookIntervalMs
    await control.waitUntil(() => Math.min(nextLookMs, latestMs()), { fault })
    if (control.drops(fault)) break
  }
  return undefined
}

/** Undefined when no member answers, which is a state of the lab like any other. */
async function observe({ lab, clock }: GateOptions): Promise<ClusterObservation | undefined> {
  try {
    return await withinTime(clock, lookLimitMs, 'no-answer', (signal) => lab.observer.observe(signal))
  } catch (error) {
    if (error instanceof ProblemError || error === 'no-answer') return undefined
    throw error
  }
}

/** What the cluster says against going on. Guests outside HA (control group) need no armed HA manager. */
export function clusterObstacles(
  observation: ClusterObservation | undefined,
  { lab, group }: { readonly lab: RunSpec['lab']; readonly group: Group },
): readonly GateObstacle[] {
  if (observation === undefined) return [{ kind: 'no-quorum', present: 0, expected: lab.nodes.length }]
  const obstacles: GateObstacle[] = []
  const { votes, ceph } = observation
  if (!observation.quorate) obstacles.push({ kind: 'no-quorum', ...votes })
  if (group === 'treatment' && !observation.haArmed) obstacles.push({ kind: 'ha-not-armed' })
  for (const { name } of lab.nodes) {
    const node = observation.nodes.find((each) => each.name === name)
    if (node?.power !== 'on' || !node.online) obstacles.push({ kind: 'node-offline', node: name })
  }
  for (const { id } of lab.guests)
    if (!observation.guests.some((guest) => guest.id === id && guest.running))
      obstacles.push({ kind: 'guest-not-running', guest: id })
  if (ceph.activeClean < ceph.placementGroups || ceph.health === 'unknown') {
    const { activeClean, placementGroups } = ceph
    obstacles.push({ kind: 'pgs-not-clean', activeClean, placementGroups })
  }
  return obstacles
}

/** Names the obstacle without its figures: a count that moves is no news for the journal. */
function nameOf(obstacle: GateObstacle): string {
  switch (obstacle.kind) {
    case 'node-offline':
      return `${obstacle.kind} ${obstacle.node}`
    case 'guest-not-running':
      return `${obstacle.kind} ${obstacle.guest}`
    case 'probe-not-ok':
      return `${obstacle.kind} ${obstacle.subject} ${obstacle.probe}`
    default:
      return obstacle.kind
  }
}
