/** Drives an embedded lab through what was done to a recorded cluster, and notes what it says when. */
import type { Lab } from '../../shared/domain/lab.ts'
import type { VirtualClock } from '../base/virtual-clock.ts'
import type { NodeUnit } from '../simulator/world/node-units.ts'
import type { WorldParameters } from '../simulator/world/parameters.ts'
import type { World } from '../simulator/world/world.ts'
import { commandsOf } from './node-commands.ts'
import { inPveLab, type PveSession } from './pve-session.ts'
import { type HaTimeline, marksPhase, type PhaseMark, type RecordedAct } from './recorded-ha-timeline.ts'

/**
 * The recorded cluster ran as name spaces of one machine: it booted in a second or two, its guests had 32 MiB
 * and ignored the power button, there was no Ceph, and whoever reset a node let it lie for 15 s. Only these
 * circumstances are set here; all timing of corosync, locks, watchdog and HA is the model's own.
 */
export const recordedCircumstances: Partial<WorldParameters> = {
  nodeFirmware: [0.1, 0.1],
  nodeKernel: [0.1, 0.1],
  nodeEarlyServices: [0.05, 0.1],
  nodeResetPause: 15,
  pveproxyStartTimeout: 60,
}

/** Services that stand elsewhere first, so that an LRM gets its lock which has no service when it begins. */
function firstNodes({ services, activeWithoutServices }: HaTimeline): ReadonlyMap<string, string> {
  return new Map(
    activeWithoutServices.flatMap((node, index) => {
      const service = services[index]
      return service === undefined ? [] : [[service.sid, node] as const]
    }),
  )
}

function labOf(timeline: HaTimeline): Lab {
  const elsewhere = firstNodes(timeline)
  return {
    name: 'lab',
    laptop: { ramMiB: 65_536, threads: 32 },
    nodes: timeline.nodes.map((name) => ({ name, ramMiB: 8192, cpus: 4, systemDiskGB: 50, cephDiskGB: 0 })),
    guests: timeline.services.map(({ sid, node }) => ({
      id: sid,
      name: sid.replace(':', ''),
      ramMiB: 64,
      cpus: 1,
      diskGB: 1,
      node: elsewhere.get(sid) ?? node,
      ignoresPowerButton: true,
    })),
    ceph: { size: 3, minSize: 2 },
  }
}

export interface Course {
  readonly marks: readonly PhaseMark[]
  /** Commands that nodes of the lab do not have. */
  readonly unknownCommands: readonly string[]
}

/** One course of the model. Seeds differ in everything that chance decides, and in how the fault meets the rounds. */
export function runTimeline(timeline: HaTimeline, seed: number): Promise<Course> {
  const { resetPauseSeconds: nodeResetPause } = timeline
  const parameters = { ...recordedCircumstances, ...(nodeResetPause === undefined ? {} : { nodeResetPause }) }
  const options = { lab: labOf(timeline), group: 'treatment' as const, seed, parameters }
  return inPveLab(options, async (session) => {
    const { clock, world, seconds } = session
    for (const { sid, state, maxRestart, maxRelocate } of timeline.services)
      await session.data('PUT', `/cluster/ha/resources/${sid}`, {
        state,
        max_restart: maxRestart,
        max_relocate: maxRelocate,
      })
    for (const [sid] of firstNodes(timeline))
      await session.data('POST', `/cluster/ha/resources/${sid}/migrate`, { node: homeOf(timeline, sid) })
    // A cluster without services has no master.
    if (timeline.master !== '') await makeMaster(world, timeline.master, clock)
    await seconds(150 + seed * 1.37)
    const first = Math.min(0, ...timeline.acts.map((act) => act.seconds))
    const faultMs = clock.nowMs() - first * 1000
    const sinceFault = () => (clock.nowMs() - faultMs) / 1000
    const marks: PhaseMark[] = []
    const unknownCommands: string[] = []
    world.onLog(({ node, source, message }) => {
      if (message === 'reset by watchdog') reconnect(world, node)
      if (message === 'reset by watchdog' || marksPhase(source, message))
        marks.push({ seconds: sinceFault(), node, text: message.trim() })
    })
    const watching = watchProcesses(session, (node, text) =>
      marks.push({ seconds: sinceFault(), node, text }),
    )
    for (const act of timeline.acts) {
      await clock.sleepUntil(Math.max(clock.nowMs(), faultMs + act.seconds * 1000))
      perform(act, timeline, session, (command) => unknownCommands.push(command))
    }
    await clock.sleepUntil(faultMs + (timeline.endSeconds + 30) * 1000)
    watching.end()
    return { marks, unknownCommands }
  })
}

function homeOf({ services }: HaTimeline, sid: string): string {
  return services.find((service) => service.sid === sid)?.node ?? ''
}

/** Stops the master's daemon for a moment, so that another takes over, until it is the wanted one. */
export async function makeMaster(world: World, node: string, clock: VirtualClock): Promise<void> {
  for (let tries = 0; world.ha.crmState(node) !== 'master'; tries++) {
    const master = world.nodes.find(({ name }) => world.ha.crmState(name) === 'master')
    if (master === undefined || tries > 20) throw new Error(`${node} does not become master`)
    world.ha.stopCrm(master, () => {})
    await clock.sleep(10_000)
    world.ha.startCrm(master)
    await clock.sleep(10_000)
  }
}

/** Notes where processes of guests come and go, as often as the recorder looked. */
function watchProcesses({ clock, world }: PveSession, note: (node: string, text: string) => void) {
  const everyMs = 200
  const hosts = new Map(world.guests.map(({ id, host }) => [id, host]))
  let isOver = false
  const look = () => {
    if (isOver) return
    for (const { id, host } of world.guests) {
      const before = hosts.get(id)
      if (before === host) continue
      hosts.set(id, host)
      if (host !== undefined) note(host, `process up of ${id.slice(3)}`)
      if (before !== undefined) note(before, `process gone of ${id.slice(3)}`)
    }
    clock.at(clock.nowMs() + everyMs, look)
  }
  look()
  return {
    end() {
      isOver = true
    },
  }
}

function setLinks(world: World, node: string, isUp: boolean): void {
  for (const network of ['cluster', 'management'] as const) world.network.setLink(node, network, isUp)
}

/** A node of the recorded cluster came back with its network when it was reset. */
function reconnect(world: World, node: string): void {
  setLinks(world, node, true)
}

/** Acts are begun, not awaited: the next one has its own time. */
function perform(
  act: RecordedAct,
  timeline: HaTimeline,
  session: PveSession,
  unknown: (command: string) => void,
): void {
  const { text, node, fault } = act
  const [, method, path, parameters] = /^API on \w+: (\w+) (\S+) (.*?)-> /.exec(text) ?? []
  const [, command] = /^on (?:the survivor )?\w+: (.*)$/s.exec(text) ?? []
  if (method !== undefined && path !== undefined)
    void session.call(method, path, parametersIn(parameters ?? ''), node)
  else if (command !== undefined) {
    void commandsOf(session)
      .run(command, node)
      .then(({ stderr }) => {
        for (const [line] of stderr.matchAll(/.*command not found/g)) unknown(line)
      })
  } else if (text.startsWith('power on')) session.world.node(node).powerOn()
  else if (fault === null) restore(act, session.world)
  else breakThings(act, timeline, session)
}

/** Written by the recorder as its language writes a dictionary. */
function parametersIn(text: string): Record<string, string> {
  const json = text
    .replaceAll("'", '"')
    .replaceAll(/\bTrue\b/g, '1')
    .replaceAll(/\bFalse\b/g, '0')
  return text.trim() === '' ? {} : (JSON.parse(json) as Record<string, string>)
}

const units: readonly (readonly [RegExp, NodeUnit])[] = [
  [/pve-ha-lrm|\bLRM\b/i, 'pve-ha-lrm'],
  [/pve-ha-crm|\bCRM\b/i, 'pve-ha-crm'],
  [/corosync/i, 'corosync'],
  [/pmxcfs|pve-cluster/i, 'pve-cluster'],
  [/watchdog/i, 'watchdog-mux'],
]

function unitIn({ text, fault }: RecordedAct): NodeUnit | undefined {
  const words = `${fault ?? ''} ${text}`
  return units.find(([pattern]) => pattern.test(words))?.[1]
}

function restore(act: RecordedAct, world: World): void {
  const { text, node } = act
  const unit = unitIn(act)
  if (/network|link/i.test(text)) reconnect(world, node)
  else if (unit !== undefined) world.units.start(world.node(node), unit)
  else if (/freeze|frozen|paus|thaw|resum|continu/i.test(text)) world.thaw(node)
  else throw new Error(`not understood: ${text}`)
}

function breakThings(act: RecordedAct, timeline: HaTimeline, { world }: PveSession): void {
  const { text, node, fault, seconds } = act
  const machine = world.node(node)
  const [, guest] = /\b(?:VM|CT) (\d+)/.exec(text) ?? []
  const unit = unitIn(act)
  const isOrderly = fault === 'shutdown' || fault === 'poweroff' || fault === 'reboot'
  // A request to the API that follows is the deed itself.
  const isAsked = timeline.acts.some(
    (other) =>
      other.text.includes(`/nodes/${node}/status `) &&
      other.seconds - seconds >= 0 &&
      other.seconds - seconds < 3,
  )
  if (fault === 'kill') machine.cutPower()
  else if (fault === 'reset') machine.reset()
  else if (fault === 'net') setLinks(world, node, false)
  else if (fault === 'guest' && guest !== undefined) guestNumbered(world, guest).kill()
  else if (isOrderly) {
    if (isAsked) return
    if (fault === 'reboot') machine.restartOrderly()
    else machine.pressPowerButton()
  } else if (/freeze|frozen|paus|suspend/i.test(`${fault} ${text}`)) world.freeze(node)
  else if (unit !== undefined && /kill/i.test(text)) world.units.kill(machine, unit)
  else if (unit !== undefined) world.units.stop(machine, unit)
  else throw new Error(`not understood: ${text}`)
}

function guestNumbered(world: World, number: string) {
  const guest = world.guests.find(({ id }) => id.endsWith(`:${number}`))
  if (guest === undefined) throw new Error(`no guest ${number}`)
  return guest
}
