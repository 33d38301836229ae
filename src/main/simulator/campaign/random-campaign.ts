import { seededRandom } from '../../base/seeded-random.ts'
import { recoverySeconds } from '../invariants/recovery-or-obstacle.ts'
import type { Campaign, CampaignSite, TimedAct } from './campaign.ts'
import { randomActs } from './random-acts.ts'
import { randomLab } from './random-lab.ts'
import { tidyingActs } from './tidying-acts.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** Nodes are switched on and guests started: most faults meet a working lab. */
const settlingMs = 3 * minuteMs
/** Tidying is repeated: a node that is shutting down can be switched on only afterwards. */
const tidyingRounds = 6
/** From the last tidying on the lab is whole, boots, and then has the time that recovery may take. */
const restMs = recoverySeconds * 1000 + 5 * minuteMs

/** The campaign of a seed (an unsigned 32-bit integer): one to four hours, mostly short, on three to seven nodes. */
export function randomCampaign(seed: number): Campaign {
  const random = seededRandom(seed).fork('campaign')
  const site: CampaignSite = {
    lab: randomLab(random.fork('lab')),
    pveVersion: random.fraction() < 0.7 ? '9.2.11' : '8.4.0',
  }
  const lengthMs = Math.round((1 + 3 * random.fraction() ** 5) * hourMs)
  const tidyFromMs = lengthMs - restMs - tidyingRounds * minuteMs
  const { timed, undo } = randomActs(site, random.fork('acts'), settlingMs, tidyFromMs)
  const acts: TimedAct[] = [...timed]
  for (let round = 0; round < tidyingRounds; round++)
    for (const act of tidyingActs(site, undo)) acts.push({ atMs: tidyFromMs + round * minuteMs, act })
  return { seed, ...site, group: random.fraction() < 0.85 ? 'treatment' : 'control', acts, lengthMs }
}
