import { nodeUnits } from '../world/node-units.ts'
import type { Act, CampaignSite } from './campaign.ts'
import { cephFlags } from './ceph-faults.ts'
import { corosyncNetworks } from './fault-maker.ts'

/**
 * Takes back whatever may still be broken: what somebody does who wants the lab to be whole. Rules, groups and the
 * scheduler stay as they are, since guests run with them as well.
 */
export function tidyingActs(site: CampaignSite): readonly Act[] {
  const { lab } = site
  return [
    ...networkActs(site),
    { kind: 'server-on', server: 0 },
    ...cephFlags.map((name): Act => ({ kind: 'ceph', words: ['osd', 'unset', name] })),
    ...lab.nodes.flatMap((_, node): Act[] => [
      { kind: 'thaw', node },
      { kind: 'power-on', node },
      { kind: 'set-clock', node, seconds: 0 },
      ...nodeUnits.map((unit): Act => ({ kind: 'start-unit', node, unit })),
      { kind: 'start-osd', osd: node },
      { kind: 'start-monitor', node },
      { kind: 'start-manager', node },
      { kind: 'ceph', words: ['osd', 'in', String(node)] },
    ]),
    { kind: 'expect-votes', node: 0, votes: lab.nodes.length },
    ...lab.nodes.map(({ name }): Act => ({ kind: 'ha-command', line: `disable-node-maintenance ${name}` })),
    { kind: 'ha-command', line: 'arm-ha' },
    { kind: 'shutdown-policy', policy: 'conditional' },
    ...lab.guests.flatMap((_, guest): Act[] => [
      { kind: 'continue-guest', guest },
      { kind: 'start-service', guest },
      { kind: 'request-state', guest, state: 'started' },
    ]),
  ]
}

function networkActs(site: CampaignSite): readonly Act[] {
  const { nodes } = site.lab
  return [...corosyncNetworks(site), 'management' as const].flatMap((network): Act[] => [
    { kind: 'join', network },
    { kind: 'degrade', network, quality: site.lab.networks?.quality?.[network] ?? {} },
    ...nodes.flatMap((_, node): Act[] => [
      { kind: 'plug', node, network },
      { kind: 'degrade', node, network, quality: {} },
      ...nodes.map((__, other): Act => ({ kind: 'unite', pair: [node, other], network })),
    ]),
  ])
}
