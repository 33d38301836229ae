import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import type { WorldParameters } from './parameters.ts'
import { World } from './world.ts'

/**
 * The recorded cluster ran as name spaces of one machine: it booted in a second or two, its guests had 32 MiB
 * and ignored the power button, there was no Ceph, and whoever reset a node let it lie for 15 s. Only these
 * circumstances are set here; all timing of corosync, locks, watchdog and HA is the model's own.
 */
const recordedCircumstances: Partial<WorldParameters> = {
  nodeFirmware: [0.1, 0.1],
  nodeKernel: [0.1, 0.1],
  nodeEarlyServices: [0.05, 0.1],
  nodeResetPause: 15,
  pveproxyStartTimeout: 60,
}

const lab: Lab = {
  name: 'recorded',
  laptop: { ramMiB: 65_536, threads: 32 },
  nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({
    name,
    ramMiB: 8192,
    cpus: 4,
    systemDiskGB: 50,
    cephDiskGB: 0,
  })),
  guests: [
    { id: 'vm:100', name: 'g100', ramMiB: 64, cpus: 1, diskGB: 1, node: 'pve1', ignoresPowerButton: true },
    { id: 'vm:101', name: 'g101', ramMiB: 64, cpus: 1, diskGB: 1, node: 'pve2', ignoresPowerButton: true },
    { id: 'vm:102', name: 'g102', ramMiB: 64, cpus: 1, diskGB: 1, node: 'pve3', ignoresPowerButton: true },
  ],
  ceph: { size: 3, minSize: 2 },
}

interface Line {
  readonly seconds: number
  readonly node: string
  readonly message: string
}

/** A phase: what it is called, when the recording reached it, and the line that marks it. */
interface Phase {
  readonly name: string
  readonly recordedSeconds: number
  readonly marks: (line: Line) => boolean
}

type Act = (world: World, at: (seconds: number) => Promise<void>) => Promise<void>

interface Scenario {
  readonly title: string
  readonly master: string
  /** Where guests begin, where that is not one on each node. */
  readonly guestsOn?: Readonly<Record<string, string>>
  readonly act: Act
  readonly endSeconds: number
  readonly phases: readonly Phase[]
}

const line =
  (message: string | RegExp, node?: string) =>
  ({ message: text, node: from }: Line) =>
    (node === undefined || node === from) &&
    (typeof message === 'string' ? text === message : message.test(text))

const fence = (sid: string) => line(`service '${sid}': state changed from 'started' to 'fence'`)
const acknowledged = (node: string) => line(`fencing: acknowledged - got agent lock for node '${node}'`)
const unknown = (node: string) => line(`node '${node}': state changed from 'online' => 'unknown'`)
const online = (node: string) => line(`node '${node}': state changed from 'unknown' => 'online'`)
const starting = (sid: string) => line(`starting service ${sid}`)
const started = (sid: string) => line(`service status ${sid} started`)
const members = (ids: string, node: string) =>
  line(`[QUORUM] Members[${ids.split(' ').length}]: ${ids}`, node)
const phase = (name: string, recordedSeconds: number, marks: Phase['marks']): Phase => ({
  name,
  recordedSeconds,
  marks,
})

function cutOff(world: World, node: string): void {
  for (const network of ['cluster', 'management'] as const) world.network.setLink(node, network, false)
}

function reconnect(world: World, node: string): void {
  for (const network of ['cluster', 'management'] as const) world.network.setLink(node, network, true)
}

/** Seconds after the fault, from the recordings of a genuine PVE 8.4 cluster of three nodes. */
const scenarios: readonly Scenario[] = [
  {
    title: 'hard kill of a node',
    master: 'pve2',
    act: async (world, at) => {
      world.node('pve3').cutPower()
      await at(161)
      world.node('pve3').powerOn()
    },
    endSeconds: 190,
    phases: [
      phase('membership without node', 8.0, members('1 2', 'pve1')),
      phase('node unknown', 18.1, unknown('pve3')),
      phase('fence', 68.2, fence('vm:102')),
      phase('lock acknowledged, recover', 128.3, acknowledged('pve3')),
      phase('LRM starts guest', 137.6, starting('vm:102')),
      phase('guest started', 138.2, started('vm:102')),
      phase('node back in membership', 165.4, members('1 2 3', 'pve1')),
      phase('node online again', 168.3, online('pve3')),
    ],
  },
  {
    title: 'hard kill of the CRM master',
    master: 'pve2',
    act: async (world, at) => {
      world.node('pve2').cutPower()
      await at(205)
      world.node('pve2').powerOn()
    },
    endSeconds: 240,
    phases: [
      phase('membership without node', 7.6, members('1 3', 'pve1')),
      phase('new CRM master', 120.0, line('status change slave => master')),
      phase('node unknown', 120.0, unknown('pve2')),
      phase('fence', 179.1, fence('vm:101')),
      phase('lock acknowledged, recover', 179.1, acknowledged('pve2')),
      phase('LRM starts guest', 183.8, starting('vm:101')),
      phase('guest started', 184.6, started('vm:101')),
      phase('node back in membership', 210.0, members('1 2 3', 'pve1')),
      phase('node online again', 219.1, online('pve2')),
    ],
  },
  {
    title: 'network cut',
    master: 'pve1',
    act: async (world, at) => {
      cutOff(world, 'pve2')
      // The recorded node came back with its network; the model's is plugged in while it is reset.
      await at(75)
      reconnect(world, 'pve2')
    },
    endSeconds: 160,
    phases: [
      phase('membership without node', 8.0, members('1 3', 'pve1')),
      phase('node unknown', 9.9, unknown('pve2')),
      phase('LRM of the node lost its lock', 10.1, line('status change active => lost_agent_lock', 'pve2')),
      phase('watchdog gives up', 54.6, line('client watchdog expired - disable watchdog updates', 'pve2')),
      phase('fence', 60.0, fence('vm:101')),
      phase('watchdog reset', 63.6, line('reset by watchdog', 'pve2')),
      phase('node back in membership', 83.6, members('1 2 3', 'pve1')),
      phase('lock acknowledged, recover', 130.1, acknowledged('pve2')),
      phase('LRM starts guest', 138.1, starting('vm:101')),
      phase('guest started', 138.8, started('vm:101')),
      phase('node online again', 140.1, online('pve2')),
    ],
  },
  {
    title: 'graceful shutdown',
    master: 'pve2',
    act: async (world, at) => {
      world.node('pve1').pressPowerButton()
      await at(152.1)
      world.node('pve1').powerOn()
    },
    endSeconds: 190,
    phases: [
      phase('LRM told', 5.9, line("got shutdown request with shutdown policy 'conditional'")),
      phase('LRM stops guest', 10.9, line('stopping service vm:100')),
      phase('guest stopped', 72.0, line('service status vm:100 stopped')),
      phase('membership without node', 79.1, members('2 3', 'pve2')),
      phase('node unknown', 79.7, unknown('pve1')),
      phase('fence', 129.7, fence('vm:100')),
      phase('lock acknowledged, recover', 129.7, acknowledged('pve1')),
      phase('LRM starts guest', 131.0, starting('vm:100')),
      phase('guest started', 132.1, started('vm:100')),
      phase('node back in membership', 156.6, members('1 2 3', 'pve2')),
      phase('node online again', 159.8, online('pve1')),
    ],
  },
  {
    title: 'reset of a node that is back before it is fenced',
    master: 'pve1',
    act: async (world) => world.node('pve3').reset(),
    endSeconds: 150,
    phases: [
      phase('membership without node', 7.9, members('1 2', 'pve1')),
      phase('node unknown', 9.8, unknown('pve3')),
      phase('node back in membership', 19.8, members('1 2 3', 'pve1')),
      phase('node online again', 29.9, online('pve3')),
      // Its own lock of before the reset has to expire first.
      phase('guest started', 119.3, started('vm:102')),
    ],
  },
  {
    title: 'guest process killed',
    master: 'pve2',
    act: async (world) => world.guest('vm:100').kill(),
    endSeconds: 30,
    phases: [
      phase('LRM starts guest', 6.3, starting('vm:100')),
      phase('guest started', 7.1, started('vm:100')),
    ],
  },
  {
    title: 'network cut, then expected votes lowered on the lonely node: split brain',
    master: 'pve3',
    guestsOn: { 'vm:100': 'pve1', 'vm:101': 'pve3', 'vm:102': 'pve1' },
    act: async (world, at) => {
      cutOff(world, 'pve1')
      await at(24.3)
      world.corosync.setExpectedVotes('pve1', 1)
    },
    endSeconds: 260,
    phases: [
      phase('membership alone', 7.8, members('1', 'pve1')),
      phase('node unknown', 8.8, unknown('pve1')),
      phase('LRM of the node lost its lock', 12.8, line('status change active => lost_agent_lock', 'pve1')),
      phase('quorum by decree', 24.3, line('[status] notice: node has quorum', 'pve1')),
      phase('LRM works again', 27.9, line('status change lost_agent_lock => active', 'pve1')),
      phase('CRM takes part', 32.9, line('status change wait_for_quorum => slave', 'pve1')),
      phase('majority: fence', 58.9, fence('vm:100')),
      phase('second master', 121.0, line('status change slave => master', 'pve1')),
      phase('lonely node: others unknown', 121.0, unknown('pve3')),
      phase('majority: recover', 129.0, acknowledged('pve1')),
      phase('majority: LRM starts guest', 134.1, starting('vm:100')),
      phase('lonely node: fence, recover', 181.0, acknowledged('pve3')),
      phase('lonely node: LRM starts guest', 188.1, starting('vm:101')),
      phase('image is locked', 189.0, line('start failed: QEMU exited with code 1', 'pve1')),
    ],
  },
  {
    title: 'two of three nodes killed',
    master: 'pve1',
    act: async (world, at) => {
      world.node('pve2').cutPower()
      await at(1)
      world.node('pve3').cutPower()
      await at(164.8)
      world.node('pve2').powerOn()
      await at(310.4)
      world.node('pve3').powerOn()
    },
    endSeconds: 345,
    phases: [
      phase('membership alone', 8.1, members('1', 'pve1')),
      phase(
        'LRM of the survivor lost its lock',
        13.7,
        line('status change active => lost_agent_lock', 'pve1'),
      ),
      phase('watchdog gives up', 58.1, line('client watchdog expired - disable watchdog updates', 'pve1')),
      phase('watchdog reset', 67.3, line('reset by watchdog', 'pve1')),
      phase('LRM waited for pveproxy', 145.8, line('status change startup => wait_for_agent_lock', 'pve1')),
      phase('quorum again', 169.8, members('1 2', 'pve1')),
      phase('new CRM master', 204.1, line('status change slave => master')),
      phase('survivor starts its guest', 204.8, starting('vm:100')),
      phase('fence', 263.2, fence('vm:102')),
      phase('lock acknowledged, recover', 273.2, acknowledged('pve3')),
      phase('LRM starts guest', 274.5, starting('vm:102')),
      phase('guest started', 275.3, started('vm:102')),
      phase('third node in membership', 315.2, members('1 2 3', 'pve1')),
      phase('third node online', 323.3, online('pve3')),
    ],
  },
]

/** One HA round: the phase in which a fault meets the rounds is chance, in the recordings too. */
const roundSeconds = 10
const runsPerScenario = 25

/** Stops the master's daemon for a moment, so that another takes over, until it is the wanted one. */
async function makeMaster(world: World, node: string, clock: VirtualClock): Promise<void> {
  for (let tries = 0; world.ha.crmState(node) !== 'master'; tries++) {
    const master = world.nodes.find(({ name }) => world.ha.crmState(name) === 'master')
    if (master === undefined || tries > 20) throw new Error(`${node} does not become master`)
    world.ha.stopCrm(master, () => {})
    await clock.sleep(10_000)
    world.ha.startCrm(master)
    await clock.sleep(10_000)
  }
}

/** Runs a scenario in a world that has come to rest. */
async function linesOf(scenario: Scenario, seed: number): Promise<readonly Line[]> {
  const clock = new VirtualClock()
  const world = new World({
    lab: {
      ...lab,
      guests: lab.guests.map((guest) => ({ ...guest, node: scenario.guestsOn?.[guest.id] ?? guest.node })),
    },
    group: 'treatment',
    scheduler: clock,
    random: seededRandom(seed),
    parameters: recordedCircumstances,
  })
  const lines: Line[] = []
  let faultMs = Number.POSITIVE_INFINITY
  world.onLog(({ node, message }) => {
    if (clock.nowMs() >= faultMs) lines.push({ seconds: (clock.nowMs() - faultMs) / 1000, node, message })
  })
  world.switchOn()
  return clock.run(async () => {
    await clock.sleep(200_000)
    await makeMaster(world, scenario.master, clock)
    // Faults meet the ten-second rounds in every phase.
    await clock.sleep(150_000 + seed * 1370)
    faultMs = clock.nowMs()
    const at = (seconds: number) => clock.sleepUntil(faultMs + seconds * 1000)
    await scenario.act(world, at)
    await at(scenario.endSeconds)
    return lines
  })
}

async function runsOf(scenario: Scenario): Promise<(readonly Line[])[]> {
  const runs: (readonly Line[])[] = []
  for (let seed = 1; seed <= runsPerScenario; seed++) runs.push(await linesOf(scenario, seed))
  return runs
}

describe.each(scenarios)('fail-over phases of a $title', (scenario) => {
  it('agree with the recording within one round each', async () => {
    const runs = await runsOf(scenario)
    const rows = scenario.phases.map(({ name, recordedSeconds, marks }) => {
      const times = runs.map((lines) => lines.find(marks)?.seconds ?? Number.NaN).sort((a, b) => a - b)
      return {
        phase: name,
        recorded: recordedSeconds,
        model: times[Math.floor(times.length / 2)] ?? Number.NaN,
        least: times[0] ?? Number.NaN,
        most: times.at(-1) ?? Number.NaN,
        missing: times.filter(Number.isNaN).length,
      }
    })
    console.info(tableOf(scenario.title, rows))
    for (const row of rows) {
      expect.soft(row.missing, `${row.phase}: runs without it`).toBe(0)
      expect
        .soft(Math.abs(row.model - row.recorded), `${row.phase}: median`)
        .toBeLessThanOrEqual(roundSeconds)
      expect.soft(row.recorded, `${row.phase}: earliest run`).toBeGreaterThan(row.least - 1)
      expect.soft(row.recorded, `${row.phase}: latest run`).toBeLessThan(row.most + 1)
    }
  })
})

function tableOf(
  title: string,
  rows: readonly Record<'phase' | 'recorded' | 'model' | 'least' | 'most', string | number>[],
): string {
  const cell = (value: string | number) => (typeof value === 'number' ? value.toFixed(1) : value).padStart(9)
  const head = `${title.padEnd(36)}${['recorded', 'median', 'least', 'most'].map(cell).join('')}`
  const lines = rows.map(
    (row) =>
      `  ${String(row.phase).padEnd(34)}${[row.recorded, row.model, row.least, row.most].map(cell).join('')}`,
  )
  return [head, ...lines].join('\n')
}
