/** What the recorder of a timeline did to a node, done to a node of the lab, and taken back. */
import type { NodeUnit } from '../simulator/world/node-units.ts'
import type { World } from '../simulator/world/world.ts'
import type { HaTimeline, RecordedAct } from './recorded-ha-timeline.ts'

interface Deed {
  begin(world: World): void
  undo(world: World): void
}

const units: readonly (readonly [RegExp, NodeUnit])[] = [
  [/pve-ha-lrm|\blrm\b/i, 'pve-ha-lrm'],
  [/pve-ha-crm|\bcrm\b/i, 'pve-ha-crm'],
  [/corosync/i, 'corosync'],
  [/pmxcfs|pve-cluster/i, 'pve-cluster'],
  [/watchdog/i, 'watchdog-mux'],
]

/** One node's link to everything: the recorded nodes had no other. */
function setLinks(world: World, node: string, isUp: boolean): void {
  for (const network of ['cluster', 'management'] as const) world.network.setLink(node, network, isUp)
}

/** A node of the recorded cluster came back with its network when it was reset. */
export function reconnect(world: World, node: string): void {
  setLinks(world, node, true)
}

function off(node: string, end: (world: World) => void): Deed {
  return { begin: end, undo: (world) => world.node(node).powerOn() }
}

/** By the kind of fault where the recorder has one, else by its words; undefined for what is not understood. */
function deedOf({ node, fault, text }: RecordedAct): Deed | undefined {
  const words = `${fault ?? ''} ${text}`
  const [, guest] = /\b(?:VM|CT) (\d+)/.exec(text) ?? []
  switch (fault ?? '') {
    case 'kill':
      // Of a whole node, unless a daemon is named.
      return unitDeed(node, text) ?? off(node, (world) => world.node(node).cutPower())
    case 'reset':
      return off(node, (world) => world.node(node).reset())
    case 'shutdown':
    case 'poweroff':
      return off(node, (world) => world.node(node).pressPowerButton())
    case 'reboot':
      return off(node, (world) => world.node(node).restartOrderly())
    case 'guest':
      return guest === undefined ? undefined : { begin: (world) => kill(world, guest), undo: () => {} }
    default:
      return deedInWords(node, words)
  }
}

function deedInWords(node: string, words: string): Deed | undefined {
  const [, loss] = /(\d+(?:\.\d+)?) ?% (?:packet )?loss/i.exec(words) ?? []
  const [, latency] = /(\d+) ?ms/i.exec(words) ?? []
  if (loss !== undefined || latency !== undefined)
    return {
      begin: (world) =>
        world.network.setQuality(
          'cluster',
          { lossPercent: Number(loss ?? 0), latencyMs: Number(latency ?? 0) },
          node,
        ),
      undo: (world) => world.network.setQuality('cluster', {}, node),
    }
  if (/\bnet\b|network|link/i.test(words))
    return {
      begin: (world) => setLinks(world, node, false),
      undo: (world) => reconnect(world, node),
    }
  if (/freeze|frozen|paus|suspend|sigstop|thaw|resum|continu/i.test(words))
    return { begin: (world) => world.freeze(node), undo: (world) => world.thaw(node) }
  return unitDeed(node, words)
}

function unitDeed(node: string, words: string): Deed | undefined {
  const unit = units.find(([pattern]) => pattern.test(words))?.[1]
  if (unit === undefined) return undefined
  return {
    begin: (world) =>
      /kill/i.test(words)
        ? world.units.kill(world.node(node), unit)
        : world.units.stop(world.node(node), unit),
    undo: (world) => world.units.start(world.node(node), unit),
  }
}

function kill(world: World, number: string): void {
  const guest = world.guests.find(({ id }) => id.endsWith(`:${number}`))
  if (guest === undefined) throw new Error(`no guest ${number}`)
  guest.kill()
}

/** Throws for a fault it does not understand: nothing is worse than a fault that was not there. */
export function doFault(act: RecordedAct, { acts }: HaTimeline, world: World): void {
  if (act.fault === null) {
    // Where its words do not say what is taken back, it is what was done to the node last.
    const last = acts.findLast(
      ({ node, fault, seconds }) => node === act.node && fault && seconds <= act.seconds,
    )
    understood(act, deedOf(act) ?? (last === undefined ? undefined : deedOf(last))).undo(world)
    return
  }
  // A request to the API that follows is the deed itself.
  const isAsked = acts.some(
    ({ text, seconds }) =>
      text.includes(`/nodes/${act.node}/status `) && seconds >= act.seconds && seconds - act.seconds < 3,
  )
  const deed = understood(act, deedOf(act))
  if (!isAsked) deed.begin(world)
}

function understood({ text }: RecordedAct, deed: Deed | undefined): Deed {
  if (deed === undefined) throw new Error(`not understood: ${text}`)
  return deed
}
