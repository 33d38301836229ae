import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import type { LabLogLine } from '../../contracts/lab-session.ts'
import type { Violation } from '../invariants/invariant.ts'
import { InvariantMonitor } from '../invariants/invariant-monitor.ts'
import type { WorldParameters } from '../world/parameters.ts'
import { World } from '../world/world.ts'
import type { Campaign } from './campaign.ts'
import { performAct } from './perform-act.ts'

export interface CampaignOptions {
  /** Instead of the documented values. */
  readonly parameters?: Partial<WorldParameters>
  /** Called with the world before it is switched on. */
  readonly prepare?: (world: World) => void
  readonly onLog?: (atMs: number, line: LabLogLine) => void
}

export interface CampaignOutcome {
  readonly violations: readonly Violation[]
  readonly simulatedSeconds: number
}

/** Lives through a campaign from the first boot to its end, with every invariant checked. */
export function runCampaign(campaign: Campaign, options: CampaignOptions = {}): CampaignOutcome {
  const monitor = new InvariantMonitor()
  const scheduler = new DirectScheduler(() => monitor.look())
  const world = new World({
    lab: campaign.lab,
    pveVersion: campaign.pveVersion,
    group: campaign.group,
    scheduler,
    random: seededRandom(campaign.seed).fork('world'),
    witness: monitor,
    ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
  })
  monitor.watch(world)
  options.prepare?.(world)
  const { onLog } = options
  if (onLog !== undefined) world.onLog((line) => onLog(scheduler.nowMs(), line))
  const { violations } = monitor
  try {
    world.switchOn()
    for (const { atMs, act } of campaign.acts) {
      scheduler.runUntil(atMs)
      performAct(world, act)
      monitor.look()
    }
    scheduler.runUntil(campaign.lengthMs)
  } catch (error) {
    const observed = error instanceof Error ? (error.stack ?? error.message) : String(error)
    violations.push({ invariant: 'sound-model', atMs: scheduler.nowMs(), subject: 'lab', observed })
  }
  return { violations, simulatedSeconds: scheduler.nowMs() / 1000 }
}
