/** Drives an embedded lab through what was done to a recorded cluster, and notes what it says when. */
import type { Lab } from '../../shared/domain/lab.ts'
import type { VirtualClock } from '../base/virtual-clock.ts'
import type { WorldParameters } from '../simulator/world/parameters.ts'
import type { World } from '../simulator/world/world.ts'
import { doFault, reconnect } from './ha-timeline-deeds.ts'
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

/** Acts are begun, not awaited: the next one has its own time. */
function perform(
  act: RecordedAct,
  timeline: HaTimeline,
  session: PveSession,
  unknown: (command: string) => void,
): void {
  const { text, node } = act
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
  else doFault(act, timeline, session.world)
}

/** Written by the recorder as its language writes a dictionary. */
function parametersIn(text: string): Record<string, string> {
  const json = text
    .replaceAll("'", '"')
    .replaceAll(/\bTrue\b/g, '1')
    .replaceAll(/\bFalse\b/g, '0')
  return text.trim() === '' ? {} : (JSON.parse(json) as Record<string, string>)
}
