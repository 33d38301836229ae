/** What the stream tells of each node: nothing here is asked for or guessed. */

import { stopsNode } from '../../../../shared/domain/fault-scope.ts'
import type { JournalEntry } from '../../../../shared/domain/journal.ts'
import type { RunSpec } from '../../../../shared/domain/run.ts'

export interface GuestOnNode {
  readonly guest: string
  readonly name: string
  /** `unknown` until a gate has found it running or a daemon has reported it. */
  readonly state: 'unknown' | 'up' | 'down'
}

export interface NodeCard {
  readonly name: string
  readonly power: 'unknown' | 'on' | 'going-off' | 'off' | 'starting'
  /** State the HA manager gave the node last; absent until it logged one. */
  readonly haState?: string
  readonly isCrmMaster: boolean
  readonly guests: readonly GuestOnNode[]
}

interface Place {
  readonly node: string
  readonly state: GuestOnNode['state']
}

interface Picture {
  readonly spec: RunSpec
  readonly power: Map<string, NodeCard['power']>
  readonly haState: Map<string, string>
  readonly places: Map<string, Place>
  /** Nodes that a fault takes, and guests that it takes from a node that stays. */
  readonly faultNodes: Map<string, string>
  readonly faultGuests: Map<string, readonly string[]>
  master: string | undefined
}

export function nodeCardsOf(entries: readonly JournalEntry[], spec: RunSpec): readonly NodeCard[] {
  const picture: Picture = {
    spec,
    power: new Map(),
    haState: new Map(),
    places: new Map(spec.lab.guests.map(({ id, node }) => [id, { node, state: 'unknown' }])),
    faultNodes: new Map(),
    faultGuests: new Map(),
    master: undefined,
  }
  for (const entry of entries) take(picture, entry)
  return spec.lab.nodes.map(({ name }) => {
    const haState = picture.haState.get(name)
    return {
      name,
      power: picture.power.get(name) ?? 'unknown',
      ...(haState === undefined ? {} : { haState }),
      isCrmMaster: picture.master === name,
      guests: spec.lab.guests.flatMap(({ id, name: guestName }) => {
        const place = picture.places.get(id)
        return place?.node === name ? [{ guest: id, name: guestName, state: place.state }] : []
      }),
    }
  })
}

function take(picture: Picture, { event }: JournalEntry): void {
  switch (event.type) {
    // Both mean that every node was found online and every guest running.
    case 'window-opened':
    case 'gate-passed':
      for (const { name } of picture.spec.lab.nodes) picture.power.set(name, 'on')
      for (const [guest, { node }] of picture.places) picture.places.set(guest, { node, state: 'up' })
      return
    case 'fault-aimed': {
      const { node, guests, wasCrmMaster } = event.target
      if (stopsNode(event.kind)) picture.faultNodes.set(event.fault, node)
      else if (event.kind === 'guest-killed') picture.faultGuests.set(event.fault, guests)
      for (const guest of guests) picture.places.set(guest, { node, state: 'up' })
      if (wasCrmMaster) picture.master = node
      return
    }
    case 'fault-injected':
      goDown(picture, event.fault)
      return
    case 'fault-healing':
      setPower(picture, event.fault, 'starting')
      return
    case 'fault-healed':
      setPower(picture, event.fault, 'on')
      setFaultGuests(picture, event.fault, 'up')
      // Guests outside HA start with their node; those under HA are reported by the daemons.
      if (picture.spec.group === 'control') setGuests(picture, picture.faultNodes.get(event.fault), 'up')
      return
    case 'lab-log':
      readLog(picture, event.node, event.message)
      return
    default:
    // The other events say nothing of nodes and guests.
  }
}

function setPower(picture: Picture, fault: string, power: NodeCard['power']): void {
  const node = picture.faultNodes.get(fault)
  if (node !== undefined) picture.power.set(node, power)
}

function setGuests(picture: Picture, node: string | undefined, state: GuestOnNode['state']): void {
  for (const [guest, place] of picture.places)
    if (place.node === node) picture.places.set(guest, { node, state })
}

function setFaultGuests(picture: Picture, fault: string, state: GuestOnNode['state']): void {
  for (const guest of picture.faultGuests.get(fault) ?? []) {
    const place = picture.places.get(guest)
    if (place !== undefined) picture.places.set(guest, { ...place, state })
  }
}

function goDown(picture: Picture, fault: string): void {
  setFaultGuests(picture, fault, 'down')
  const kind = picture.spec.plan.faults.find(({ id }) => id === fault)?.kind
  const node = picture.faultNodes.get(fault)
  if (node === undefined) return
  if (kind === 'node-shutdown') {
    // Its guests are shut down one by one; the daemons report each.
    setPower(picture, fault, 'going-off')
    return
  }
  setPower(picture, fault, 'off')
  setGuests(picture, node, 'down')
  if (picture.master === node) picture.master = undefined
}

const nodeState = /^node '([^']+)': state changed from '[^']+' => '([^']+)'/
const recovered = /^recover service '([^']+)' from fenced node '[^']+' to node '([^']+)'/
const started = /^service status (\S+) started/
const stopped = /^service status (\S+) stopped/
const becameMaster = /^status change \S+ => master$/

function readLog(picture: Picture, node: string, message: string): void {
  // Whoever writes a line is on; faults tell it sooner where they apply.
  if (!picture.power.has(node)) picture.power.set(node, 'on')
  const state = nodeState.exec(message)
  if (state?.[1] !== undefined && state[2] !== undefined) {
    takeNodeState(picture, state[1], state[2])
    return
  }
  const recovery = recovered.exec(message)
  if (recovery?.[1] !== undefined && recovery[2] !== undefined) {
    picture.places.set(recovery[1], { node: recovery[2], state: 'down' })
    return
  }
  const up = started.exec(message)?.[1]
  if (up !== undefined) picture.places.set(up, { node, state: 'up' })
  const down = stopped.exec(message)?.[1]
  if (down !== undefined) picture.places.set(down, { node, state: 'down' })
  if (becameMaster.test(message)) picture.master = node
}

function takeNodeState(picture: Picture, node: string, state: string): void {
  picture.haState.set(node, state)
  // A node that shuts down is off at the latest when the others have lost it.
  if (state === 'online' || picture.power.get(node) !== 'going-off') return
  picture.power.set(node, 'off')
  setGuests(picture, node, 'down')
  if (picture.master === node) picture.master = undefined
}
