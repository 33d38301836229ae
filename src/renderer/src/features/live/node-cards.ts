/** What the stream tells of each node: nothing here is asked for or guessed. */
import type { JournalEntry } from '../../../../shared/domain/journal.ts'
import type { RunSpec } from '../../../../shared/domain/run.ts'

export interface GuestOnNode {
  readonly guest: string
  readonly name: string
  /** False from the moment its node went down until a daemon reports it started. */
  readonly isUp: boolean
}

export interface NodeCard {
  readonly name: string
  readonly power: 'on' | 'going-off' | 'off' | 'starting'
  /** State the HA manager gave the node last; absent until it logged one. */
  readonly haState?: string
  readonly isCrmMaster: boolean
  readonly guests: readonly GuestOnNode[]
}

interface Place {
  node: string
  isUp: boolean
}

interface Picture {
  readonly power: Map<string, NodeCard['power']>
  readonly haState: Map<string, string>
  readonly places: Map<string, Place>
  master: string | undefined
}

export function nodeCardsOf(entries: readonly JournalEntry[], spec: RunSpec): readonly NodeCard[] {
  const picture: Picture = {
    power: new Map(),
    haState: new Map(),
    places: new Map(spec.lab.guests.map(({ id, node }) => [id, { node, isUp: true }])),
    master: undefined,
  }
  const faultNodes = new Map<string, string>()
  for (const { event } of entries) {
    switch (event.type) {
      case 'fault-aimed':
        faultNodes.set(event.fault, event.target.node)
        for (const guest of event.target.guests)
          picture.places.set(guest, { node: event.target.node, isUp: true })
        if (event.target.wasCrmMaster) picture.master = event.target.node
        break
      case 'fault-injected':
        takeDown(picture, faultNodes.get(event.fault), spec, event.fault)
        break
      case 'fault-healing':
        setPower(picture, faultNodes.get(event.fault), 'starting')
        break
      case 'fault-healed':
        comeBack(picture, faultNodes.get(event.fault), spec)
        break
      case 'lab-log':
        readLog(picture, event.node, event.message)
    }
  }
  return spec.lab.nodes.map(({ name }) => {
    const haState = picture.haState.get(name)
    return {
      name,
      power: picture.power.get(name) ?? 'on',
      ...(haState === undefined ? {} : { haState }),
      isCrmMaster: picture.master === name,
      guests: spec.lab.guests.flatMap(({ id, name: guestName }) => {
        const place = picture.places.get(id)
        return place?.node === name ? [{ guest: id, name: guestName, isUp: place.isUp }] : []
      }),
    }
  })
}

function setPower(picture: Picture, node: string | undefined, power: NodeCard['power']): void {
  if (node !== undefined) picture.power.set(node, power)
}

function takeDown(picture: Picture, node: string | undefined, spec: RunSpec, fault: string): void {
  if (node === undefined) return
  const kind = spec.plan.faults.find(({ id }) => id === fault)?.kind
  picture.power.set(node, kind === 'node-shutdown' ? 'going-off' : 'off')
  if (picture.master === node) picture.master = undefined
  for (const place of picture.places.values()) if (place.node === node) place.isUp = false
}

/** Guests outside HA wait for their node and start with it; those under HA are reported by the daemons. */
function comeBack(picture: Picture, node: string | undefined, spec: RunSpec): void {
  if (node === undefined) return
  picture.power.set(node, 'on')
  if (spec.group !== 'control') return
  for (const place of picture.places.values()) if (place.node === node) place.isUp = true
}

const nodeState = /^node '([^']+)': state changed from '[^']+' => '([^']+)'/
const recovered = /^recover service '([^']+)' from fenced node '[^']+' to node '([^']+)'/
const started = /^service status (\S+) started/
const stopped = /^service status (\S+) stopped/
const becameMaster = /^status change \S+ => master$/

function readLog(picture: Picture, node: string, message: string): void {
  const state = nodeState.exec(message)
  if (state?.[1] !== undefined && state[2] !== undefined) {
    picture.haState.set(state[1], state[2])
    // A node that shuts down is off at the latest when the others have lost it.
    if (state[2] !== 'online' && picture.power.get(state[1]) === 'going-off')
      picture.power.set(state[1], 'off')
    return
  }
  const recovery = recovered.exec(message)
  if (recovery?.[1] !== undefined && recovery[2] !== undefined) {
    picture.places.set(recovery[1], { node: recovery[2], isUp: false })
    return
  }
  const up = started.exec(message)?.[1]
  if (up !== undefined) picture.places.set(up, { node, isUp: true })
  const down = stopped.exec(message)?.[1]
  if (down !== undefined) picture.places.set(down, { node, isUp: false })
  if (becameMaster.test(message)) picture.master = node
}
