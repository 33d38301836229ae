import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labOf } from '../../testing/lab-of.ts'
import { type NodeUnit, nodeUnits } from './node-units.ts'
import { queueCrmCommand, readLrmStatus } from './shared-files.ts'
import { World } from './world.ts'

const lab = labOf({ node: { cephDiskGB: 0 }, guests: [{ node: 'pve3' }] })

/** A lab at rest; `act` gets what was logged from its beginning on, in seconds since then. */
async function atRest(
  act: (place: {
    world: World
    unit: (verb: 'start' | 'stop' | 'kill', node: string, unit: NodeUnit) => void
    seconds: (amount: number) => Promise<void>
    secondsOf: (message: string, node?: string) => number | undefined
    master: () => string
  }) => Promise<void>,
  { seed = 1 } = {},
) {
  const clock = new VirtualClock()
  const world = new World({ lab, group: 'treatment', scheduler: clock, random: seededRandom(seed) })
  const log: { readonly ms: number; readonly node: string; readonly message: string }[] = []
  world.onLog(({ node, message }) => log.push({ ms: clock.nowMs(), node, message }))
  world.switchOn()
  await clock.run(async () => {
    await clock.sleep(300_000)
    const fromMs = clock.nowMs()
    await act({
      world,
      unit: (verb, node, unit) => world.units[verb](world.node(node), unit),
      seconds: (amount) => clock.sleep(amount * 1000),
      secondsOf(message, node) {
        const line = log.find(
          (entry) =>
            entry.ms >= fromMs && entry.message === message && (node === undefined || entry.node === node),
        )
        return line === undefined ? undefined : (line.ms - fromMs) / 1000
      },
      master: () => world.nodes.find(({ name }) => world.ha.crmState(name) === 'master')?.name ?? 'none',
    })
  })
}

const reset = 'reset by watchdog'
const unclosed = 'client did not stop watchdog - disable watchdog updates'
const acknowledged = "fencing: acknowledged - got agent lock for node 'pve3'"

describe('a single daemon of a node', () => {
  it('LRM stopped in order: the guest is frozen, runs on unguarded, and thaws when the LRM is back', async () => {
    await atRest(async ({ world, unit, seconds, secondsOf }) => {
      const since = world.guest('vm:100').processSinceMs
      unit('stop', 'pve3', 'pve-ha-lrm')
      await seconds(900)
      expect(secondsOf("service 'vm:100': state changed from 'started' to 'freeze'")).toBeLessThan(12)
      expect(world.units.isActive(world.node('pve3'), 'pve-ha-lrm')).toBe(false)
      expect(secondsOf(reset)).toBeUndefined()
      expect(world.guest('vm:100').processSinceMs).toBe(since)
      unit('start', 'pve3', 'pve-ha-lrm')
      await seconds(60)
      expect(secondsOf("service 'vm:100': state changed from 'freeze' to 'started'")).toBeLessThan(912)
      expect(world.guest('vm:100').processSinceMs).toBe(since)
    })
  })

  it('LRM started again while it still ends: it ends first, and its guest thaws', async () => {
    await atRest(async ({ world, unit, seconds, secondsOf }) => {
      const since = world.guest('vm:100').processSinceMs
      unit('stop', 'pve3', 'pve-ha-lrm')
      unit('start', 'pve3', 'pve-ha-lrm')
      expect(world.units.isEnding(world.node('pve3'), 'pve-ha-lrm')).toBe(true)
      await seconds(60)
      expect(secondsOf('server stopped', 'pve3')).toBeLessThan(15)
      expect(secondsOf('status change startup => wait_for_agent_lock', 'pve3')).toBe(
        secondsOf('server stopped', 'pve3'),
      )
      expect(secondsOf("service 'vm:100': state changed from 'freeze' to 'started'")).toBeLessThan(60)
      expect(world.guest('vm:100').processSinceMs).toBe(since)
    })
  })

  it('LRM stopped just before its guest is to move: it never ends, until somebody kills it', async () => {
    await atRest(async ({ world, unit, seconds, secondsOf }) => {
      const isEnding = () => world.units.isEnding(world.node('pve3'), 'pve-ha-lrm')
      let hasEnded = false
      world.units.stop(world.node('pve3'), 'pve-ha-lrm', () => {
        hasEnded = true
      })
      queueCrmCommand(world.shared, 'pve1', 'migrate vm:100 pve1')
      await seconds(3600)
      expect(secondsOf("migrate service 'vm:100' to node 'pve1'")).toBeLessThan(12)
      expect(secondsOf("service vm:100 - start migrate to node 'pve1'")).toBeUndefined()
      expect([isEnding(), hasEnded]).toEqual([true, false])
      unit('start', 'pve3', 'pve-ha-lrm')
      expect(isEnding()).toBe(true)
      unit('kill', 'pve3', 'pve-ha-lrm')
      expect([isEnding(), hasEnded]).toEqual([false, true])
      await seconds(300)
      expect(secondsOf(reset, 'pve3')).toBeLessThanOrEqual(3610)
      expect(world.guest('vm:100').host).toBe('pve1')
      expect(world.guest('vm:100').reach).toBe('serving')
    })
  })

  it('LRM of an empty node in maintenance: without the cluster file system it ends for good', async () => {
    await atRest(async ({ world, unit, seconds, secondsOf }) => {
      const isEnded = () => world.units.isEnded(world.node('pve3'), 'pve-ha-lrm')
      queueCrmCommand(world.shared, 'pve1', 'enable-node-maintenance pve3')
      await seconds(100)
      expect(world.guest('vm:100').host).not.toBe('pve3')
      unit('stop', 'pve3', 'pve-cluster')
      await seconds(10)
      unit('start', 'pve3', 'pve-cluster')
      queueCrmCommand(world.shared, 'pve1', 'disable-node-maintenance pve3')
      await seconds(600)
      expect(secondsOf('server stopped', 'pve3')).toBeLessThan(106)
      expect(isEnded()).toBe(true)
      unit('start', 'pve3', 'pve-ha-lrm')
      expect(isEnded()).toBe(false)
      await seconds(120)
      expect(world.guest('vm:100').host).toBe('pve3')
      expect(secondsOf(reset)).toBeUndefined()
    })
  })

  it('LRM killed: the node is reset within 10 s and starts its guest when its old lock has run out', async () => {
    await atRest(async ({ world, unit, seconds, secondsOf }) => {
      unit('kill', 'pve3', 'pve-ha-lrm')
      await seconds(200)
      expect(secondsOf(unclosed, 'pve3')).toBe(0)
      expect(secondsOf(reset, 'pve3')).toBeGreaterThanOrEqual(9)
      expect(secondsOf(reset, 'pve3')).toBeLessThanOrEqual(10)
      expect(secondsOf(acknowledged)).toBeUndefined()
      expect(secondsOf('service status vm:100 started', 'pve3')).toBeGreaterThan(110)
      expect(secondsOf('service status vm:100 started', 'pve3')).toBeLessThan(150)
      expect(world.guest('vm:100').host).toBe('pve3')
    })
  })

  it('CRM stopped in order on the master: another one takes over within a second', async () => {
    await atRest(async ({ unit, seconds, secondsOf, master }) => {
      const old = master()
      unit('stop', old, 'pve-ha-crm')
      await seconds(60)
      expect(secondsOf('status change slave => master')).toBeLessThan(4)
      expect(master()).not.toBe(old)
      expect(secondsOf(reset)).toBeUndefined()
    })
  })

  it('CRM killed on the master: its node is reset, the next master waits for the lock', async () => {
    await atRest(async ({ unit, seconds, secondsOf, master }) => {
      const old = master()
      unit('kill', old, 'pve-ha-crm')
      await seconds(200)
      expect(secondsOf(unclosed, old)).toBe(0)
      expect(secondsOf(reset, old)).toBeLessThanOrEqual(10)
      expect(secondsOf('status change slave => master')).toBeGreaterThan(105)
      expect(secondsOf('status change slave => master')).toBeLessThan(135)
    })
  })

  it('CRM killed on a slave: nobody notices', async () => {
    await atRest(async ({ world, unit, seconds, secondsOf, master }) => {
      const slave = ['pve1', 'pve2', 'pve3'].find((node) => node !== master()) ?? ''
      unit('kill', slave, 'pve-ha-crm')
      await seconds(300)
      expect(secondsOf(reset)).toBeUndefined()
      expect(world.guest('vm:100').reach).toBe('serving')
    })
  })

  it.each([
    ['corosync', 'stop', 0, 1],
    ['corosync', 'kill', 7, 9],
  ] as const)(
    '%s, %s: as a network cut, the others know after %d to %d s',
    async (unitName, verb, least, most) => {
      await atRest(async ({ world, unit, seconds, secondsOf }) => {
        unit(verb, 'pve3', unitName)
        await seconds(250)
        const known = secondsOf('[QUORUM] Members[2]: 1 2', 'pve1')
        expect(known).toBeGreaterThanOrEqual(least)
        expect(known).toBeLessThan(most)
        expect(secondsOf('[status] notice: node lost quorum', 'pve3')).toBe(0)
        expect(secondsOf('status change active => lost_agent_lock', 'pve3')).toBeLessThan(17)
        expect(secondsOf(reset, 'pve3')).toBeGreaterThan(49)
        expect(secondsOf(reset, 'pve3')).toBeLessThan(72)
        expect(secondsOf(acknowledged)).toBeGreaterThan(108)
        expect(secondsOf(acknowledged)).toBeLessThan(145)
        expect(world.guest('vm:100').isRunning).toBe(true)
      })
    },
  )

  it('pve-cluster stopped: the ring stays, the node is no longer online, its watchdog ends it', async () => {
    await atRest(async ({ unit, seconds, secondsOf }) => {
      unit('stop', 'pve3', 'pve-cluster')
      await seconds(250)
      expect(secondsOf('[QUORUM] Members[2]: 1 2', 'pve1')).toBeGreaterThan(49)
      expect(secondsOf("node 'pve3': state changed from 'online' => 'unknown'")).toBeLessThan(11)
      expect(secondsOf('status change active => lost_agent_lock', 'pve3')).toBeLessThan(17)
      expect(secondsOf(reset, 'pve3')).toBeLessThan(72)
      expect(secondsOf(acknowledged)).toBeGreaterThan(108)
    })
  })

  it.each(['corosync', 'pve-cluster'] as const)(
    '%s restarted at once: nothing is fenced',
    async (unitName) => {
      await atRest(async ({ world, unit, seconds, secondsOf }) => {
        const since = world.guest('vm:100').processSinceMs
        unit('stop', 'pve3', unitName)
        await seconds(2)
        unit('start', 'pve3', unitName)
        await seconds(300)
        expect(secondsOf(reset)).toBeUndefined()
        expect(secondsOf("service 'vm:100': state changed from 'started' to 'fence'")).toBeUndefined()
        expect(world.guest('vm:100').processSinceMs).toBe(since)
      })
    },
  )

  it('watchdog-mux killed: the device resets the node, guests or not', async () => {
    await atRest(async ({ unit, seconds, secondsOf, master }) => {
      const idle = ['pve1', 'pve2'].find((node) => node !== master()) ?? ''
      unit('kill', idle, 'watchdog-mux')
      await seconds(20)
      expect(secondsOf(reset, idle)).toBeGreaterThanOrEqual(9)
      expect(secondsOf(reset, idle)).toBeLessThanOrEqual(10)
    })
  })

  it('watchdog-mux stopped in order: it lets the device go only where nobody counts on it', async () => {
    await atRest(async ({ unit, seconds, secondsOf, master }) => {
      const idle = ['pve1', 'pve2'].find((node) => node !== master()) ?? ''
      unit('stop', idle, 'watchdog-mux')
      unit('stop', 'pve3', 'watchdog-mux')
      await seconds(60)
      expect(secondsOf('clean exit', idle)).toBe(0)
      expect(secondsOf(reset, idle)).toBeUndefined()
      expect(secondsOf('exit watchdog-mux with active connections', 'pve3')).toBe(0)
      expect(secondsOf(reset, 'pve3')).toBeLessThanOrEqual(10)
    })
  })

  it('watchdog-mux started again in time: no reset', async () => {
    await atRest(async ({ unit, seconds, secondsOf }) => {
      unit('kill', 'pve3', 'watchdog-mux')
      await seconds(5)
      unit('start', 'pve3', 'watchdog-mux')
      await seconds(60)
      expect(secondsOf(reset)).toBeUndefined()
    })
  })

  it('started by hand while its node boots is not started once more by the boot', async () => {
    await atRest(async ({ world, unit, seconds }) => {
      const node = world.node('pve3')
      node.reset()
      while (!node.networkUp) await seconds(1)
      for (const each of nodeUnits) unit('start', 'pve3', each)
      const published: number[] = []
      await seconds(300)
      for (let round = 0; round < 60; round++) {
        await seconds(1)
        const status = readLrmStatus(world.shared, 'pve1', 'pve3')
        if (status !== undefined && status.timestamp !== published.at(-1)) published.push(status.timestamp)
      }
      // One daemon publishes once a round, two would do so twice.
      expect(published.length).toBeLessThanOrEqual(13)
      expect(published.length).toBeGreaterThanOrEqual(5)
      expect(world.guest('vm:100').reach).toBe('serving')
    })
  })

  it('corosync started by hand while its node boots waits for the file system, whose copy its vote stands for', async () => {
    await atRest(async ({ world, unit, seconds }) => {
      const node = world.node('pve3')
      node.reset()
      while (!node.networkUp) await seconds(1)
      unit('start', 'pve3', 'corosync')
      expect(world.corosync.isRunning('pve3')).toBe(false)
      await seconds(300)
      expect(world.shared.isQuorate('pve3')).toBe(true)
      expect(world.shared.isOnline('pve1', 'pve3')).toBe(true)
      expect(world.guest('vm:100').reach).toBe('serving')
    })
  })

  it('a file system started by hand after corosync joins the ring', async () => {
    await atRest(async ({ world, unit, seconds }) => {
      for (const each of ['corosync', 'pve-cluster'] as const) unit('stop', 'pve3', each)
      await seconds(30)
      for (const each of ['corosync', 'pve-cluster'] as const) unit('start', 'pve3', each)
      await seconds(30)
      expect(world.shared.isQuorate('pve3')).toBe(true)
      expect(world.shared.isOnline('pve1', 'pve3')).toBe(true)
    })
  })

  it('counts as ended by hand until it is started, or its node boots', async () => {
    await atRest(async ({ world, unit, seconds }) => {
      const isEnded = () => world.units.isEnded(world.node('pve1'), 'pve-ha-crm')
      expect(isEnded()).toBe(false)
      unit('stop', 'pve1', 'pve-ha-crm')
      await seconds(5)
      expect(isEnded()).toBe(true)
      unit('start', 'pve1', 'pve-ha-crm')
      expect(isEnded()).toBe(false)
      unit('kill', 'pve1', 'pve-ha-crm')
      expect(isEnded()).toBe(true)
      world.node('pve1').reset()
      await seconds(10)
      expect(isEnded()).toBe(false)
    })
  })

  it('LRM killed in the middle of a start: the guest starts, and nobody publishes that any more', async () => {
    await atRest(async ({ world, unit, seconds, secondsOf }) => {
      world.guest('vm:100').kill()
      while (secondsOf('starting service vm:100') === undefined) await seconds(0.1)
      unit('kill', 'pve3', 'pve-ha-lrm')
      const published = readLrmStatus(world.shared, 'pve1', 'pve3')
      await seconds(5)
      expect(world.guest('vm:100').isRunning).toBe(true)
      expect(readLrmStatus(world.shared, 'pve1', 'pve3')).toBe(published)
    })
  })
})
