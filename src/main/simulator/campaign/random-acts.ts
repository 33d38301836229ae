import type { Lab } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import type { NetworkName } from '../world/network.ts'
import type { Act, TimedAct } from './campaign.ts'

/** A fault, and what takes it back. Empty lists where there is nothing to do, or nothing to undo. */
interface Fault {
  readonly acts: readonly Act[]
  readonly undo: readonly Act[]
}

type FaultMaker = (lab: Lab, random: Random) => Fault

/** A round of the master and one of an LRM after the command, with a second to spare each. */
const armingMs = 30_000

const single = (act: Act, undo?: Act): Fault => ({ acts: [act], undo: undo === undefined ? [] : [undo] })
const anyNode = (lab: Lab, random: Random) => random.int(lab.nodes.length)
const anyGuest = (lab: Lab, random: Random) => random.int(lab.guests.length)
const anyNetwork = (random: Random): NetworkName => (random.fraction() < 0.7 ? 'cluster' : 'management')
const oneOf = <Item>(items: readonly Item[], random: Random): Item => items[random.int(items.length)] as Item

function powerFault(kind: 'cut-power' | 'press-button'): FaultMaker {
  return (lab, random) => {
    const node = anyNode(lab, random)
    return single({ kind, node }, { kind: 'power-on', node })
  }
}

function processFault(
  kind: 'kill-monitor' | 'kill-manager',
  undo: 'start-monitor' | 'start-manager',
): FaultMaker {
  return (lab, random) => {
    const node = anyNode(lab, random)
    return single({ kind, node }, { kind: undo, node })
  }
}

const split: FaultMaker = (lab, random) => {
  const network = anyNetwork(random)
  const side = lab.nodes.map((_, index) => index).filter(() => random.fraction() < 0.5)
  return single({ kind: 'split', network, side }, { kind: 'join', network })
}

const unplug: FaultMaker = (lab, random) => {
  const place = { node: anyNode(lab, random), network: anyNetwork(random) }
  return single({ kind: 'unplug', ...place }, { kind: 'plug', ...place })
}

const freeze: FaultMaker = (lab, random) => {
  const node = anyNode(lab, random)
  return single({ kind: 'freeze', node }, { kind: 'thaw', node })
}

const part: FaultMaker = (lab, random) => {
  const one = anyNode(lab, random)
  const pair = [one, (one + 1 + random.int(lab.nodes.length - 1)) % lab.nodes.length] as const
  const network = anyNetwork(random)
  return single({ kind: 'part', pair, network }, { kind: 'unite', pair, network })
}

const degrade: FaultMaker = (lab, random) => {
  const place = { node: anyNode(lab, random), network: anyNetwork(random) }
  const quality = {
    latencyMs: random.int(2) * random.int(2000),
    lossPercent: oneOf([1, 5, 20, 60, 100], random),
  }
  return single({ kind: 'degrade', ...place, quality }, { kind: 'degrade', ...place, quality: {} })
}

const move: FaultMaker = (lab, random) => {
  const guest = lab.guests[anyGuest(lab, random)]?.id ?? ''
  const verb = oneOf(['migrate', 'relocate'], random)
  return single({ kind: 'ha-command', line: `${verb} ${guest} ${lab.nodes[anyNode(lab, random)]?.name}` })
}

const maintenance: FaultMaker = (lab, random) => {
  const node = lab.nodes[anyNode(lab, random)]?.name
  return single(
    { kind: 'ha-command', line: `enable-node-maintenance ${node}` },
    { kind: 'ha-command', line: `disable-node-maintenance ${node}` },
  )
}

const disarm: FaultMaker = (_lab, random) =>
  single(
    { kind: 'ha-command', line: `disarm-ha ${oneOf(['freeze', 'ignore'], random)}` },
    { kind: 'ha-command', line: 'arm-ha' },
  )

const requestState: FaultMaker = (lab, random) => {
  const guest = anyGuest(lab, random)
  return single(
    { kind: 'request-state', guest, state: oneOf(['stopped', 'disabled'], random) },
    { kind: 'request-state', guest, state: 'started' },
  )
}

const flag: FaultMaker = (_lab, random) => {
  const name = oneOf(['noout', 'nodown', 'norecover', 'nobackfill', 'norebalance', 'noup', 'pause'], random)
  return single(
    { kind: 'ceph', words: ['osd', 'set', name] },
    { kind: 'ceph', words: ['osd', 'unset', name] },
  )
}

const osdOut: FaultMaker = (lab, random) => {
  const osd = String(anyNode(lab, random))
  return single({ kind: 'ceph', words: ['osd', 'out', osd] }, { kind: 'ceph', words: ['osd', 'in', osd] })
}

const killOsd: FaultMaker = (lab, random) => {
  const osd = anyNode(lab, random)
  return single({ kind: 'kill-osd', osd }, { kind: 'start-osd', osd })
}

/** Labs with a NAS have one; elsewhere nothing happens. */
const server: FaultMaker = (lab, random) => {
  const kind = oneOf(['cut-server', 'server-button'] as const, random)
  return hasServer(lab)
    ? single({ kind, server: 0 }, { kind: 'server-on', server: 0 })
    : { acts: [], undo: [] }
}

function hasServer({ storages }: Lab): boolean {
  return storages?.some(({ kind }) => kind === 'nfs') === true
}

/** All nodes at once, as when the laptop's battery is empty. */
const blackout: FaultMaker = (lab) => ({
  acts: lab.nodes.map((_, node) => ({ kind: 'cut-power', node })),
  undo: lab.nodes.map((_, node) => ({ kind: 'power-on', node })),
})

/** How often each fault comes, relative to the others: mostly what labs are made for. */
const weightedFaults: readonly (readonly [weight: number, make: FaultMaker])[] = [
  [8, powerFault('cut-power')],
  [5, powerFault('press-button')],
  [2, (lab, random) => single({ kind: 'reboot', node: anyNode(lab, random) })],
  [2, (lab, random) => single({ kind: 'reset', node: anyNode(lab, random) })],
  [5, unplug],
  [4, split],
  [2, part],
  [3, degrade],
  [3, freeze],
  [1, (_lab, random) => single({ kind: 'suspend', seconds: oneOf([10, 50, 90, 600], random) })],
  [4, killOsd],
  [2, server],
  [2, processFault('kill-monitor', 'start-monitor')],
  [2, processFault('kill-manager', 'start-manager')],
  [3, (lab, random) => single({ kind: 'kill-guest', guest: anyGuest(lab, random) })],
  [
    1,
    (lab, random) => {
      const guest = anyGuest(lab, random)
      return single({ kind: 'pause-guest', guest }, { kind: 'continue-guest', guest })
    },
  ],
  [5, move],
  [2, maintenance],
  [1, disarm],
  [2, requestState],
  [
    1,
    (_lab, random) =>
      single(
        { kind: 'shutdown-policy', policy: oneOf(['freeze', 'failover', 'migrate'], random) },
        { kind: 'shutdown-policy', policy: 'conditional' },
      ),
  ],
  [2, flag],
  [1, osdOut],
  [1, blackout],
]

const totalWeight = weightedFaults.reduce((sum, [weight]) => sum + weight, 0)

/** Faults within a window of the lab's time, each taken back after a while, or left to those who tidy up. */
export function randomActs(lab: Lab, random: Random, fromMs: number, toMs: number): readonly TimedAct[] {
  const timed: TimedAct[] = []
  const meanGapSeconds = 60 * 2 ** random.int(4)
  for (let atMs = fromMs; atMs < toMs; atMs += gapMs(random, meanGapSeconds)) {
    const { acts, undo } = randomFault(lab, random)
    const undoMs = atMs + Math.round(random.between(5, 60) * 1000 * 2 ** random.int(6))
    for (const act of acts) timed.push({ atMs, act })
    if (undoMs < toMs) for (const act of undo) timed.push({ atMs: undoMs, act })
  }
  return withoutCutsWhileArming(timed).sort((a, b) => a.atMs - b.atMs)
}

/**
 * A disarmed node has neither watchdog nor lock. Were it cut off just when HA is armed, the manager of release 9
 * would take its free lock for the proof that it is dead. People are told to arm when the network is quiet again.
 */
function withoutCutsWhileArming(timed: readonly TimedAct[]): TimedAct[] {
  const armedAtMs = timed.filter(({ act }) => act.kind === 'ha-command' && act.line === 'arm-ha')
  const isCut = ({ act }: TimedAct) =>
    act.kind === 'freeze' || act.kind === 'suspend' || ('network' in act && act.network === 'cluster')
  return timed.filter(
    (each) => !isCut(each) || armedAtMs.every(({ atMs }) => Math.abs(atMs - each.atMs) > armingMs),
  )
}

/** Several at once now and then, and long quiet between others. */
function gapMs(random: Random, meanSeconds: number): number {
  if (random.fraction() < 0.25) return random.int(15_000)
  return Math.round(-Math.log(1 - random.fraction()) * meanSeconds * 1000)
}

function randomFault(lab: Lab, random: Random): Fault {
  let left = random.int(totalWeight)
  for (const [weight, make] of weightedFaults) {
    left -= weight
    if (left < 0) return make(lab, random)
  }
  throw new Error('weights of faults do not add up')
}

/** Takes back whatever may still be broken: what somebody does who wants the lab to be whole. */
export function tidyingActs(lab: Lab): readonly Act[] {
  const flags = ['noout', 'nodown', 'norecover', 'nobackfill', 'norebalance', 'noup', 'pause']
  return [
    ...(['cluster', 'management'] as const).flatMap((network): Act[] => [
      { kind: 'join', network },
      ...lab.nodes.flatMap((_, node): Act[] => [
        { kind: 'plug', node, network },
        { kind: 'degrade', node, network, quality: {} },
        ...lab.nodes.map((__, other): Act => ({ kind: 'unite', pair: [node, other], network })),
      ]),
    ]),
    { kind: 'server-on', server: 0 },
    ...flags.map((name): Act => ({ kind: 'ceph', words: ['osd', 'unset', name] })),
    ...lab.nodes.flatMap((_, node): Act[] => [
      { kind: 'thaw', node },
      { kind: 'power-on', node },
      { kind: 'start-osd', osd: node },
      { kind: 'start-monitor', node },
      { kind: 'start-manager', node },
      { kind: 'ceph', words: ['osd', 'in', String(node)] },
    ]),
    ...lab.nodes.map(({ name }): Act => ({ kind: 'ha-command', line: `disable-node-maintenance ${name}` })),
    { kind: 'ha-command', line: 'arm-ha' },
    { kind: 'shutdown-policy', policy: 'conditional' },
    ...lab.guests.flatMap((_, guest): Act[] => [
      { kind: 'continue-guest', guest },
      { kind: 'request-state', guest, state: 'started' },
    ]),
  ]
}
