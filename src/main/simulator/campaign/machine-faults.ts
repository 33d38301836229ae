/** What befalls machines, cables, clocks, daemons and guests. */
import { nodeUnits } from '../world/node-units.ts'
import {
  anyGuest,
  anyNetwork,
  anyNode,
  type FaultMaker,
  noFault,
  oneOf,
  single,
  type WeightedFault,
} from './fault-maker.ts'

function powerFault(kind: 'cut-power' | 'press-button'): FaultMaker {
  return (site, random) => {
    const node = anyNode(site, random)
    return single({ kind, node }, { kind: 'power-on', node })
  }
}

const split: FaultMaker = (site, random) => {
  const network = anyNetwork(site, random)
  const side = site.lab.nodes.map((_, index) => index).filter(() => random.fraction() < 0.5)
  return single({ kind: 'split', network, side }, { kind: 'join', network })
}

const unplug: FaultMaker = (site, random) => {
  const place = { node: anyNode(site, random), network: anyNetwork(site, random) }
  return single({ kind: 'unplug', ...place }, { kind: 'plug', ...place })
}

const freeze: FaultMaker = (site, random) => {
  const node = anyNode(site, random)
  return single({ kind: 'freeze', node }, { kind: 'thaw', node })
}

const part: FaultMaker = (site, random) => {
  const one = anyNode(site, random)
  const { length } = site.lab.nodes
  const pair = [one, (one + 1 + random.int(length - 1)) % length] as const
  const network = anyNetwork(site, random)
  return single({ kind: 'part', pair, network }, { kind: 'unite', pair, network })
}

/** One node's link, or the switch that all of them share. */
const degrade: FaultMaker = (site, random) => {
  const network = anyNetwork(site, random)
  const place = random.fraction() < 0.7 ? { node: anyNode(site, random), network } : { network }
  const quality = {
    latencyMs: random.int(2) * random.int(2000),
    lossPercent: oneOf([0, 1, 5, 20, 60, 100], random),
    ...(random.fraction() < 0.5 ? {} : { bandwidthMbps: oneOf([10, 100, 1000], random) }),
  }
  const usual = 'node' in place ? {} : (site.lab.networks?.quality?.[network] ?? {})
  return single({ kind: 'degrade', ...place, quality }, { kind: 'degrade', ...place, quality: usual })
}

const setClock: FaultMaker = (site, random) => {
  const node = anyNode(site, random)
  const seconds = (random.fraction() < 0.5 ? -1 : 1) * oneOf([0.02, 0.2, 2, 60, 3600], random)
  return single({ kind: 'set-clock', node, seconds }, { kind: 'set-clock', node, seconds: 0 })
}

const endUnit: FaultMaker = (site, random) => {
  const place = { node: anyNode(site, random), unit: oneOf(nodeUnits, random) }
  const kind = random.fraction() < 0.5 ? 'stop-unit' : 'kill-unit'
  return single({ kind, ...place }, { kind: 'start-unit', ...place })
}

/** Labs with a NAS have one; elsewhere nothing happens. */
const server: FaultMaker = ({ lab }, random) => {
  const kind = oneOf(['cut-server', 'server-button'] as const, random)
  const hasServer = lab.storages?.some((storage) => storage.kind === 'nfs') === true
  return hasServer ? single({ kind, server: 0 }, { kind: 'server-on', server: 0 }) : noFault
}

const pauseGuest: FaultMaker = (site, random) => {
  const guest = anyGuest(site, random)
  return single({ kind: 'pause-guest', guest }, { kind: 'continue-guest', guest })
}

const endService: FaultMaker = (site, random) => {
  const guest = anyGuest(site, random)
  const kind = random.fraction() < 0.5 ? 'crash-service' : 'stop-service'
  return single({ kind, guest }, { kind: 'start-service', guest })
}

/** All nodes at once, as when the laptop's battery is empty. */
const blackout: FaultMaker = ({ lab }) => ({
  acts: lab.nodes.map((_, node) => ({ kind: 'cut-power', node })),
  undo: lab.nodes.map((_, node) => ({ kind: 'power-on', node })),
})

export const machineFaults: readonly WeightedFault[] = [
  [8, powerFault('cut-power')],
  [5, powerFault('press-button')],
  [2, (site, random) => single({ kind: 'reboot', node: anyNode(site, random) })],
  [2, (site, random) => single({ kind: 'reset', node: anyNode(site, random) })],
  [5, unplug],
  [4, split],
  [2, part],
  [3, degrade],
  [3, freeze],
  [1, (_site, random) => single({ kind: 'suspend', seconds: oneOf([10, 50, 90, 600], random) })],
  [1, setClock],
  [4, endUnit],
  [2, server],
  [3, (site, random) => single({ kind: 'kill-guest', guest: anyGuest(site, random) })],
  [1, pauseGuest],
  [2, endService],
  [1, blackout],
]
