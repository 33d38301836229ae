/** What people ask of the HA manager, and how they change what it follows. */
import type { Random } from '../../contracts/random.ts'
import type { PrioritisedNode, Rule } from '../ha/cluster-data.ts'
import type { CampaignSite } from './campaign.ts'
import {
  anyGuest,
  anyNode,
  type FaultMaker,
  noFault,
  oneOf,
  single,
  someOf,
  type WeightedFault,
} from './fault-maker.ts'

const guestId = ({ lab }: CampaignSite, random: Random) => oneOf(lab.guests, random).id
const nodeName = ({ lab }: CampaignSite, random: Random) => oneOf(lab.nodes, random).name
const hasRules = ({ pveVersion }: CampaignSite) => !pveVersion.startsWith('8.')

const move: FaultMaker = (site, random) => {
  const verb = oneOf(['migrate', 'relocate'], random)
  return single({ kind: 'ha-command', line: `${verb} ${guestId(site, random)} ${nodeName(site, random)}` })
}

const stop: FaultMaker = (site, random) => {
  const guest = anyGuest(site, random)
  const line = `stop ${site.lab.guests[guest]?.id} ${oneOf([0, 10, 60], random)}`
  return single({ kind: 'ha-command', line }, { kind: 'request-state', guest, state: 'started' })
}

const maintenance: FaultMaker = (site, random) => {
  const node = nodeName(site, random)
  return single(
    { kind: 'ha-command', line: `enable-node-maintenance ${node}` },
    { kind: 'ha-command', line: `disable-node-maintenance ${node}` },
  )
}

const disarm: FaultMaker = (_site, random) =>
  single(
    { kind: 'ha-command', line: `disarm-ha ${oneOf(['freeze', 'ignore'], random)}` },
    { kind: 'ha-command', line: 'arm-ha' },
  )

const requestState: FaultMaker = (site, random) => {
  const guest = anyGuest(site, random)
  return single(
    { kind: 'request-state', guest, state: oneOf(['stopped', 'disabled'], random) },
    { kind: 'request-state', guest, state: 'started' },
  )
}

const shutdownPolicy: FaultMaker = (_site, random) =>
  single(
    { kind: 'shutdown-policy', policy: oneOf(['freeze', 'failover', 'migrate'], random) },
    { kind: 'shutdown-policy', policy: 'conditional' },
  )

/** Stays as it is: nobody goes back to another scheduler. */
const scheduler: FaultMaker = (_site, random) => {
  const flag = () => oneOf(['0', '1'], random)
  return single({
    kind: 'scheduler',
    options: {
      ha: oneOf(['basic', 'static', 'dynamic'], random),
      'ha-rebalance-on-start': flag(),
      'ha-auto-rebalance': flag(),
      'ha-auto-rebalance-method': oneOf(['bruteforce', 'topsis'], random),
      'ha-auto-rebalance-threshold': oneOf(['0.1', '0.3', '0.6'], random),
      'ha-auto-rebalance-hold-duration': oneOf(['1', '3'], random),
    },
  })
}

function someNodes({ lab }: CampaignSite, random: Random): readonly PrioritisedNode[] {
  return someOf(lab.nodes, random).map(({ name }) => ({ node: name, priority: random.int(3) }))
}

/** Of few names, so that rules are changed as well as created. */
const rule: FaultMaker = (site, random) => {
  if (!hasRules(site)) return noFault
  const named = {
    id: `rule-${1 + random.int(4)}`,
    resources: someOf(site.lab.guests, random)
      .slice(0, 1 + random.int(4))
      .map(({ id }) => id),
    ...(random.fraction() < 0.2 ? { disabled: true } : {}),
  }
  const made: Rule =
    random.fraction() < 0.5
      ? { ...named, type: 'node-affinity', nodes: someNodes(site, random), strict: random.fraction() < 0.5 }
      : { ...named, type: 'resource-affinity', affinity: oneOf(['positive', 'negative'] as const, random) }
  const put = { kind: 'put-rule', rule: made } as const
  return random.fraction() < 0.5 ? single(put) : single(put, { kind: 'remove-rule', id: made.id })
}

const group: FaultMaker = (site, random) => {
  if (hasRules(site)) return noFault
  const id = `group-${1 + random.int(3)}`
  const made = {
    id,
    nodes: someNodes(site, random),
    restricted: random.fraction() < 0.5,
    nofailback: random.fraction() < 0.5,
  }
  const guests = someOf([...site.lab.guests.keys()], random)
  return {
    acts: [
      { kind: 'put-group', group: made },
      ...guests.map((guest) => ({ kind: 'assign-group', guest, group: id }) as const),
    ],
    undo: guests
      .filter(() => random.fraction() < 0.5)
      .map((guest) => ({ kind: 'assign-group', guest }) as const),
  }
}

const expectVotes: FaultMaker = (site, random) => {
  const node = anyNode(site, random)
  const { length } = site.lab.nodes
  return single(
    { kind: 'expect-votes', node, votes: 1 + random.int(length) },
    { kind: 'expect-votes', node, votes: length },
  )
}

export const haFaults: readonly WeightedFault[] = [
  [5, move],
  [1, stop],
  [2, maintenance],
  [1, disarm],
  [2, requestState],
  [1, shutdownPolicy],
  [1, scheduler],
  [3, rule],
  [3, group],
  [1, expectVotes],
]
