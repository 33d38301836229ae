import type { Act, CampaignSite } from './campaign.ts'

/**
 * Takes back whatever may still be broken: what somebody does who wants the lab to be whole, the machines first.
 * Rules, groups and the scheduler stay as they are, since guests run with them as well.
 */
export function tidyingActs({ lab }: CampaignSite, undo: readonly Act[]): readonly Act[] {
  const switchedOn = lab.nodes.map((_, node): Act => ({ kind: 'power-on', node }))
  const isSwitch = ({ kind }: Act) => kind === 'power-on'
  return [...switchedOn, ...undo.filter((act) => !isSwitch(act))]
}
