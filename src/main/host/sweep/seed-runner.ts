/** The courses of one seed, whatever is swept. */
import { randomCampaign } from '../../simulator/campaign/random-campaign.ts'
import { runCampaign } from '../../simulator/campaign/run-campaign.ts'
import type { SeedResult } from './sweep-messages.ts'
import type { SweepSubject } from './sweep-report.ts'

export function seedRunner(subject: SweepSubject): (seed: number) => Promise<SeedResult> {
  if (subject.kind === 'campaigns') return async (seed) => campaignResult(seed)
  throw new Error('recipes cannot be swept yet')
}

function campaignResult(seed: number): SeedResult {
  return { seed, courses: 1, ...runCampaign(randomCampaign(seed)) }
}
