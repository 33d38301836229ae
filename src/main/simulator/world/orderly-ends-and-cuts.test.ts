import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labOf } from '../../testing/lab-of.ts'
import { queueCrmCommand, writeDatacenterFile } from './shared-files.ts'
import { World } from './world.ts'

const lab = labOf({
  node: { cephDiskGB: 0 },
  guests: [
    { ramMiB: 256, node: 'pve3' },
    { id: 'ct:101', ramMiB: 256, node: 'pve3' },
  ],
})

interface Place {
  readonly world: World
  /** Sleeps until that many seconds after the beginning. */
  at(seconds: number): Promise<void>
  /** When a line that contains `text` was first said; NaN if never. */
  secondsOf(text: string, node?: string): number
  readonly hosts: () => (string | undefined)[]
  cut(node: string, isUp?: boolean): void
}

async function afterRest(act: (place: Place) => Promise<void>, seed = 1): Promise<void> {
  const clock = new VirtualClock()
  const world = new World({ lab, group: 'treatment', scheduler: clock, random: seededRandom(seed) })
  const log: { readonly ms: number; readonly node: string; readonly message: string }[] = []
  world.switchOn()
  await clock.run(async () => {
    await clock.sleep(300_000)
    const fromMs = clock.nowMs()
    world.onLog(({ node, message }) => log.push({ ms: clock.nowMs() - fromMs, node, message }))
    await act({
      world,
      at: (seconds) => clock.sleepUntil(fromMs + seconds * 1000),
      secondsOf(text, node) {
        const line = log.find(
          (entry) => entry.message.includes(text) && (node === undefined || node === entry.node),
        )
        return line === undefined ? Number.NaN : line.ms / 1000
      },
      hosts: () => world.guests.map((guest) => guest.host),
      cut(node, isUp = false) {
        for (const network of ['cluster', 'management'] as const) world.network.setLink(node, network, isUp)
      },
    })
  })
}

const setPolicy = (world: World, policy: string) =>
  writeDatacenterFile(world.shared, 'pve1', { ha: { shutdown_policy: policy } })

describe('a node that goes down in good order', () => {
  it('reboots by default with its guests frozen, and starts them when it is back', async () => {
    await afterRest(async ({ world, at, secondsOf, hosts }) => {
      world.node('pve3').restartOrderly()
      await at(200)
      expect(secondsOf('reboot LRM, stop and freeze all services')).toBeLessThan(6)
      expect(secondsOf("'vm:100': state changed from 'started' to 'freeze'")).toBeLessThan(17)
      expect(secondsOf("'fence'")).toBeNaN()
      const thawed = secondsOf("'vm:100': state changed from 'freeze' to 'started'")
      expect(thawed - secondsOf('startup => wait_for_agent_lock', 'pve3')).toBeLessThan(11)
      expect(secondsOf('starting service vm:100', 'pve3') - thawed).toBeLessThan(6)
      expect(hosts()).toEqual(['pve3', 'pve3'])
    })
  })

  it('with the policy freeze has its guests wait for it, however long it is off', async () => {
    await afterRest(async ({ world, at, secondsOf, hosts }) => {
      setPolicy(world, 'freeze')
      world.node('pve3').pressPowerButton()
      await at(600)
      expect(hosts()).toEqual([undefined, undefined])
      expect(secondsOf("'recovery'")).toBeNaN()
      world.node('pve3').powerOn()
      await at(720)
      expect(hosts()).toEqual(['pve3', 'pve3'])
    })
  })

  it.each([
    ['back within the delay of 60 s: guests start there at once, their lock was given back', 0, 'pve3'],
    ['away for longer: guests are recovered 50 to 70 s after it left, without waiting for the lock', 200, ''],
  ])('with the policy failover, %s', async (_, offSeconds, home) => {
    await afterRest(async ({ world, at, secondsOf, hosts }) => {
      setPolicy(world, 'failover')
      if (offSeconds === 0) world.node('pve3').restartOrderly()
      else world.node('pve3').pressPowerButton()
      await at(250)
      const left = secondsOf('[QUORUM] Members[2]: 1 2', 'pve1')
      const acknowledged = secondsOf("fencing: acknowledged - got agent lock for node 'pve3'")
      if (home !== '') {
        expect(acknowledged).toBeNaN()
        expect(
          secondsOf('starting service vm:100') - secondsOf('startup => wait_for_agent_lock', 'pve3'),
        ).toBeLessThan(6)
        expect(hosts()).toEqual([home, home])
      } else {
        expect(acknowledged - left).toBeGreaterThan(49)
        expect(acknowledged - left).toBeLessThan(81)
        expect(hosts()).not.toContain('pve3')
        expect(hosts()).not.toContain(undefined)
      }
    })
  })

  it('with the policy migrate is emptied before it goes, and filled again when it is back', async () => {
    await afterRest(async ({ world, at, secondsOf, hosts }) => {
      setPolicy(world, 'migrate')
      const since = world.guest('vm:100').processSinceMs
      world.node('pve3').pressPowerButton()
      await at(200)
      expect(world.node('pve3').power).toBe('off')
      expect(hosts()).not.toContain('pve3')
      expect(secondsOf('server stopped', 'pve3')).toBeGreaterThan(secondsOf('end migrate to node', 'pve3'))
      expect(secondsOf("state changed from 'online' => 'unknown'")).toBeNaN()
      world.node('pve3').powerOn()
      await at(400)
      expect(
        secondsOf("moving service 'vm:100' back to 'pve3', node came back from maintenance."),
      ).toBeGreaterThan(200)
      expect(hosts()).toEqual(['pve3', 'pve3'])
      // It moved live, there and back.
      expect(world.guest('vm:100').processSinceMs).toBe(since)
    })
  })

  it('in maintenance by hand is left within two rounds, guards nothing, and is filled when that ends', async () => {
    await afterRest(async ({ world, at, secondsOf, hosts, cut }) => {
      queueCrmCommand(world.shared, 'pve1', 'enable-node-maintenance pve3')
      await at(60)
      expect(secondsOf("node 'pve3': state changed from 'online' => 'maintenance'")).toBeLessThan(31)
      expect(hosts()).not.toContain('pve3')
      queueCrmCommand(world.shared, 'pve1', 'disable-node-maintenance pve3')
      await at(130)
      expect(hosts()).toEqual(['pve3', 'pve3'])
      queueCrmCommand(world.shared, 'pve1', 'enable-node-maintenance pve3')
      await at(200)
      expect(hosts()).not.toContain('pve3')
      cut('pve3')
      await at(400)
      expect(secondsOf('reset by watchdog')).toBeNaN()
    })
  })

  it('twice leaves one node without quorum, which is not reset as it has no guests', async () => {
    await afterRest(async ({ world, at, secondsOf, hosts }) => {
      world.node('pve3').pressPowerButton()
      world.node('pve2').pressPowerButton()
      await at(300)
      expect(world.shared.isQuorate('pve1')).toBe(false)
      expect(secondsOf('reset by watchdog')).toBeNaN()
      expect(hosts()).toEqual([undefined, undefined])
      world.node('pve2').powerOn()
      await at(480)
      // The lock of pve3 was given back, but a new master counts 60 s before it fences.
      expect(hosts()).not.toContain(undefined)
    })
  })
})

describe('a cut of the network', () => {
  it.each([
    [3, 'the token is waited for', 3],
    [40, 'the node leaves and comes back', 2],
  ])('of %d s harms nobody: %s', async (length, _, members) => {
    for (const seed of [1, 2, 3])
      await afterRest(async ({ world, at, secondsOf, hosts, cut }) => {
        const since = world.guest('vm:100').processSinceMs
        cut('pve3')
        await at(length)
        expect(world.corosync.membersSeenBy('pve1')).toHaveLength(members)
        cut('pve3', true)
        await at(300)
        expect(secondsOf('reset by watchdog')).toBeNaN()
        expect(secondsOf("'fence'")).toBeNaN()
        expect(hosts()).toEqual(['pve3', 'pve3'])
        expect(world.guest('vm:100').processSinceMs).toBe(since)
        expect(world.ha.lrmState('pve3')).toBe('active')
        expect(world.nodes.filter(({ name }) => world.ha.crmState(name) === 'master')).toHaveLength(1)
      }, seed)
  })

  it('while disarmed resets nobody; armed again, HA finds the guest as it was', async () => {
    await afterRest(async ({ world, at, secondsOf, hosts, cut }) => {
      const since = world.guest('vm:100').processSinceMs
      queueCrmCommand(world.shared, 'pve1', 'disarm-ha freeze')
      await at(60)
      expect(secondsOf('HA stack is now fully disarmed')).toBeLessThan(40)
      cut('pve3')
      await at(300)
      cut('pve3', true)
      await at(330)
      queueCrmCommand(world.shared, 'pve1', 'arm-ha')
      await at(420)
      expect(secondsOf('reset by watchdog')).toBeNaN()
      expect(hosts()).toEqual(['pve3', 'pve3'])
      expect(world.guest('vm:100').processSinceMs).toBe(since)
      expect(world.ha.lrmState('pve3')).toBe('active')
    })
  })
})

describe('the loss of all power', () => {
  it('is followed by the life of the old locks, counted from when their file system was loaded', async () => {
    await afterRest(async ({ world, at, secondsOf, hosts }) => {
      for (const node of world.nodes) node.cutPower()
      await at(30)
      for (const node of world.nodes) node.powerOn()
      await at(300)
      const quorate = secondsOf('[status] notice: node has quorum')
      const master = secondsOf('status change slave => master')
      expect(master - quorate).toBeGreaterThan(110)
      expect(master - quorate).toBeLessThan(130)
      expect(secondsOf('starting service vm:100', 'pve3') - master).toBeLessThan(10)
      expect(hosts()).toEqual(['pve3', 'pve3'])
    })
  })
})
