/** Moves services from loaded to idle nodes when the imbalance lasts. */
import type { NodeName, ServiceId, ServiceStatus } from './cluster-data.ts'
import { type ClusterPicture, type Demand, imbalanceOf, rankPictures, withDemand } from './cluster-picture.ts'
import { queueMotion } from './motions.ts'
import { affineNodes, separateNodes } from './node-selection.ts'
import type { Round } from './round.ts'
import { compareText } from './rule-checks.ts'

/** Rounds in a row whose imbalance was above the threshold. Starts anew with every master. */
export interface SustainedImbalance {
  rounds: number
}

/** A service with those that must move with it, and a node that could take them. */
interface Candidate {
  readonly leader: ServiceId
  readonly source: NodeName
  readonly target: NodeName
  readonly picture: ClusterPicture
  /** Imbalance after the move. */
  readonly imbalance: number
}

export function balanceLoad(round: Round, sustained: SustainedImbalance): void {
  const { settings, usage } = round
  if (!settings.autoRebalance || usage.mode === 'basic' || isAnythingMoving(round)) return

  const picture = usage.balancePicture()
  const imbalance = imbalanceOf(picture)
  if (imbalance <= settings.threshold) {
    sustained.rounds = 0
    return
  }
  sustained.rounds += 1
  if (sustained.rounds < settings.holdRounds) return
  sustained.rounds = 0

  const candidates = listCandidates(round, picture)
  const best = settings.method === 'topsis' ? closestToIdeal(candidates) : leastImbalance(candidates)
  if (best === undefined || (imbalance - best.imbalance) / imbalance < settings.margin) return

  const { leader, target } = best
  const task = leader.startsWith('vm:') ? 'migrate' : 'relocate'
  const change = `from ${twoDecimals(imbalance)} to ${twoDecimals(best.imbalance)}`
  round.env.log(
    'info',
    `auto rebalance - ${task} ${leader} to ${target} (expected change for imbalance ${change})`,
  )
  queueMotion(round, task, leader, target)
}

/** Two decimals as `printf` gives them: a tie, which only odd multiples of 1/8 can be, goes to the even digit. */
export function twoDecimals(value: number): string {
  const eighths = value * 8
  if (!Number.isInteger(eighths) || eighths % 2 === 0) return value.toFixed(2)
  const below = Math.floor(value * 100)
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2)
}

function isMoving(service: ServiceStatus | undefined): boolean {
  return service?.state === 'migrate' || service?.state === 'relocate'
}

function isAnythingMoving({ services }: Round): boolean {
  return services.ids().some((sid) => {
    const service = services.get(sid)
    return isMoving(service) || (service?.pending !== undefined && service.pending.task !== 'stop')
  })
}

function listCandidates(round: Round, picture: ClusterPicture): readonly Candidate[] {
  const { rules, services, usage } = round
  return listBundles(round).flatMap(({ leader, members }) => {
    const source = services.get(leader)?.node
    if (source === undefined) return []
    const demand = sumDemands(members.map((sid) => usage.demandOf(sid)))
    const separate = separateNodes(leader, rules, usage)
    const targets = affineNodes(leader, rules, usage).preferred.filter(
      (node) => node !== source && !separate.has(node),
    )
    return targets.map((target) => {
      const after = withDemand(picture, demand, target, source)
      return { leader, source, target, picture: after, imbalance: imbalanceOf(after) }
    })
  })
}

/** Started services with their started companions, all on one node and none on the way. */
function listBundles({ services, rules }: Round): readonly {
  leader: ServiceId
  members: readonly ServiceId[]
}[] {
  const bundles = new Map<ServiceId, readonly ServiceId[]>()
  for (const sid of services.ids()) {
    if (services.get(sid)?.state !== 'started') continue
    const companions = [...(rules.positive.get(sid) ?? [])]
    if (companions.some((other) => isMoving(services.get(other)))) continue
    const started = companions.filter((other) => services.get(other)?.state === 'started')
    const members = [sid, ...started].sort()
    const nodes = new Set(members.map((member) => services.get(member)?.node))
    const [leader] = members
    if (nodes.size === 1 && leader !== undefined && !bundles.has(leader)) bundles.set(leader, members)
  }
  return [...bundles].map(([leader, members]) => ({ leader, members }))
}

function sumDemands(demands: readonly Demand[]): Demand {
  return demands.reduce((sum, one) => ({ cpu: sum.cpu + one.cpu, mem: sum.mem + one.mem }), {
    cpu: 0,
    mem: 0,
  })
}

function leastImbalance(candidates: readonly Candidate[]): Candidate | undefined {
  // Differences beyond the fifteenth decimal are noise of the arithmetic, not a reason to move.
  const rounded = (value: number) => Math.trunc(value * 1e15) / 1e15
  const ordered = [...candidates].sort(
    (a, b) =>
      rounded(a.imbalance) - rounded(b.imbalance) ||
      compareText(a.leader, b.leader) ||
      compareText(a.source, b.source) ||
      compareText(a.target, b.target),
  )
  return ordered[0]
}

function closestToIdeal(candidates: readonly Candidate[]): Candidate | undefined {
  const closeness = rankPictures(candidates.map(({ picture }) => picture))
  let best: number | undefined
  for (const [index, value] of closeness.entries()) {
    if (best === undefined || value > (closeness[best] ?? 0)) best = index
  }
  return best === undefined ? undefined : candidates[best]
}
