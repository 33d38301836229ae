import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labOf } from '../../testing/lab-of.ts'
import { watchedWorld } from '../invariants/invariant-monitor.ts'
import { missingOn } from './ceph/placement.ts'
import { simulatedDriver } from './driver.ts'

const lab = labOf({ guests: ['pve1', 'pve2', 'pve3'].map((node) => ({ node })) })

async function inWorld(
  act: (opened: {
    readonly world: ReturnType<typeof watchedWorld>['world']
    readonly messages: (node: string) => string[]
    readonly seconds: (count: number) => Promise<void>
    readonly clock: VirtualClock
  }) => Promise<void>,
  guests: Lab['guests'] = lab.guests,
  others: Partial<Lab> = {},
) {
  const clock = new VirtualClock()
  const random = seededRandom(4)
  const { world, monitor } = watchedWorld({
    lab: { ...lab, ...others, guests },
    group: 'treatment',
    scheduler: clock,
    random,
  })
  const log: { readonly node: string; readonly message: string }[] = []
  world.onLog(({ node, message }) => log.push({ node, message }))
  world.switchOn()
  const messages = (node: string) => log.filter((line) => line.node === node).map(({ message }) => message)
  const seconds = (count: number) => clock.sleep(count * 1000)
  await clock.run(async () => {
    await seconds(400)
    expect(world.guests.map(({ reach }) => reach)).toEqual(guests.map(() => 'serving'))
    log.length = 0
    await act({ world, messages, seconds, clock })
  })
  expect(monitor.violations).toEqual([])
}

const reset = 'reset by watchdog'

describe('a node whose processors stand still', () => {
  it('is not missed by anybody but the clients of its guests before two pings are', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.freeze('pve1')
      expect(world.guest('vm:100').reach).toBe('silent')
      // Writes of the others wait for the copies on its disk.
      expect(world.guest('vm:101').reach).toBe('stalled')
      await seconds(1.4)
      world.thaw('pve1')
      expect(world.guests.map(({ reach }) => reach)).toEqual(['serving', 'serving', 'serving'])
      await seconds(120)
      expect(messages('pve2').filter((message) => message.startsWith('[QUORUM]'))).toEqual([])
      expect(messages('pve1')).toEqual([])
    })
  })

  it('keeps its place in the ring, which forms anew, when it is back before the token is missed', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.freeze('pve1')
      await seconds(3)
      world.thaw('pve1')
      await seconds(120)
      for (const { name } of world.nodes) {
        const said = messages(name).filter((message) => message.startsWith('[QUORUM] Members'))
        expect(said).toEqual(['[QUORUM] Members[3]: 1 2 3'])
        expect(messages(name).filter((message) => /status change|state changed|lock/.test(message))).toEqual(
          [],
        )
      }
    })
  })

  it('leaves the membership, and comes back with its guests when it stood still for less than a minute', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.freeze('pve1')
      await seconds(20)
      expect(world.corosync.membersSeenBy('pve2')).toEqual(['pve2', 'pve3'])
      world.thaw('pve1')
      expect(messages('pve1')[0]).toBe(
        '[MAIN  ] Corosync main process was not scheduled for 20000.0000 ms (threshold is 2920.0000 ms). Consider token timeout increase.',
      )
      await seconds(120)
      expect(world.corosync.membersSeenBy('pve1')).toEqual(['pve1', 'pve2', 'pve3'])
      expect(world.guest('vm:100')).toMatchObject({ host: 'pve1', reach: 'serving' })
      expect(messages('pve1')).not.toContain(reset)
      // Its clock is behind by the pause, which Ceph sees until chrony has set it right.
      await seconds(180)
      expect(world.ceph.health.checks.map(({ code }) => code)).toEqual(['MON_CLOCK_SKEW'])
      await seconds(600)
      expect(world.ceph.summary('pve2').health).toBe('HEALTH_OK')
    })
  })

  it('is reset by its watchdog when it wakes up after more than a minute with guests of HA', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.freeze('pve1')
      await seconds(75)
      expect(messages('pve1')).toEqual([])
      world.thaw('pve1')
      expect(messages('pve1').slice(0, 2)).toEqual([
        'client watchdog expired - disable watchdog updates',
        reset,
      ])
      await seconds(400)
      expect(world.guests.map(({ reach }) => reach)).toEqual(['serving', 'serving', 'serving'])
    })
  })

  it('is not reset without guests of HA', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.freeze('pve3')
      await seconds(200)
      world.thaw('pve3')
      await seconds(60)
      expect(messages('pve3')).not.toContain(reset)
      expect(world.corosync.membersSeenBy('pve3')).toHaveLength(3)
    }, [])
  })

  it('loses its guests to others when it stands still for longer, and none of them runs twice', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.freeze('pve1')
      await seconds(300)
      expect(world.guest('vm:100').host).not.toBe('pve1')
      expect(world.guest('vm:100').reach).toBe('serving')
      world.thaw('pve1')
      expect(messages('pve1')).toContain(reset)
      await seconds(400)
      expect(world.corosync.membersSeenBy('pve1')).toHaveLength(3)
      expect(world.ceph.summary('pve1')).toMatchObject({ health: 'HEALTH_OK', osdsUp: 3 })
    })
  })

  it('boots for as long as it still had to, and can lose its power meanwhile', async () => {
    await inWorld(async ({ world, seconds }) => {
      const node = world.node('pve3')
      node.cutPower()
      await seconds(60)
      node.powerOn()
      world.freeze('pve3')
      await seconds(100)
      world.thaw('pve3')
      expect(node.networkUp).toBe(false)
      await seconds(40)
      expect(node.networkUp).toBe(true)
      world.freeze('pve3')
      node.cutPower()
      world.thaw('pve3')
      expect(node).toMatchObject({ power: 'off', isFrozen: false })
    })
  })
})

describe('a laptop that sleeps', () => {
  it('finds all as it was after less than a minute', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.suspend(40_000)
      expect(world.isSuspended).toBe(true)
      await seconds(39)
      expect(world.guests.map(({ reach }) => reach)).toEqual(['silent', 'silent', 'silent'])
      await seconds(31)
      expect(world.isSuspended).toBe(false)
      expect(world.guests.map(({ reach }) => reach)).toEqual(['serving', 'serving', 'serving'])
      for (const { name } of world.nodes) {
        expect(world.corosync.membersSeenBy(name)).toHaveLength(3)
        expect(messages(name)).not.toContain(reset)
        expect(
          messages(name).some((message) => message.includes('was not scheduled for 40000.0000 ms')),
        ).toBe(true)
      }
      await seconds(120)
      expect(world.ceph.summary('pve1')).toMatchObject({ health: 'HEALTH_OK', osdsUp: 3 })
    })
  })

  it('loses every node with guests of HA to its watchdog after more than a minute', async () => {
    await inWorld(async ({ world, messages, seconds }) => {
      world.suspend(3_600_000)
      await seconds(3601)
      for (const { name } of world.nodes) expect(messages(name)).toContain(reset)
      await seconds(500)
      expect(world.guests.map(({ reach }) => reach)).toEqual(['serving', 'serving', 'serving'])
      expect(world.ceph.summary('pve1')).toMatchObject({ health: 'HEALTH_OK', osdsUp: 3 })
    })
  })

  it('goes on with a recovery of Ceph where it stood', async () => {
    await inWorld(async ({ world, seconds }) => {
      const { osdMap, data } = world.ceph
      osdMap.stopOsd(2, 'killed')
      await seconds(30)
      data.write(2, 3000, 4 * 1024 * 1024)
      osdMap.startOsd(2, 1)
      await seconds(60)
      expect(data.recovery.isRunning).toBe(true)
      const missing = () => {
        data.recovery.credit()
        return data.groups.reduce((sum, group) => sum + missingOn(group, 2), 0)
      }
      const before = missing()
      world.suspend(50_000)
      await seconds(49)
      expect(missing()).toBe(before)
      await seconds(20)
      expect(missing()).toBeLessThan(before)
    })
  })

  it('lets a NAS go on with its boot, and its clients wait as long as without sleep', async () => {
    const onNas = lab.guests.map((guest) => ({ ...guest, storage: 'share' }))
    const storages = [{ kind: 'nfs', name: 'share', server: 'nas1', writes: 'sync' }] as const
    await inWorld(
      async ({ world, seconds }) => {
        const [nas] = world.storages.servers
        nas?.cutPower()
        nas?.powerOn()
        await seconds(5)
        world.suspend(45_000)
        // It would be up by now.
        await seconds(44)
        expect(nas?.serves).toBe(false)
        await seconds(5)
        expect(nas?.serves).toBe(false)
        await seconds(70)
        expect(nas?.serves).toBe(true)
        expect(world.guests.map(({ reach }) => reach)).toEqual(['serving', 'serving', 'serving'])
      },
      onNas,
      { storages: [...storages] },
    )
  })

  it('keeps a node that was frozen before frozen, and wakes none up in its sleep', async () => {
    await inWorld(async ({ world, seconds }) => {
      world.freeze('pve1')
      world.suspend(40_000)
      await seconds(10)
      world.thaw('pve1')
      await seconds(10)
      expect(world.node('pve1').isFrozen).toBe(true)
      await seconds(30)
      expect(world.nodes.map(({ isFrozen }) => isFrozen)).toEqual([false, false, false])
      await seconds(60)
      expect(world.guests.map(({ reach }) => reach)).toEqual(['serving', 'serving', 'serving'])
    })
  })

  it('carries out what was asked of it in its sleep once it is awake', async () => {
    await inWorld(async ({ world, clock }) => {
      const { signal } = new AbortController()
      const driver = simulatedDriver(world, clock, seededRandom(1))
      world.suspend(30_000)
      const beforeMs = clock.nowMs()
      await driver.cutPower('pve1', signal)
      expect(clock.nowMs() - beforeMs).toBe(30_000)
      expect(world.node('pve1').power).toBe('off')
    })
  })
})
