import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { type LabShape, labOf } from '../../testing/lab-of.ts'
import { World } from './world.ts'

interface Shape extends LabShape {
  readonly group?: World['group']
  readonly seed?: number
}

function open({ group = 'treatment', seed = 1, ...shape }: Shape) {
  const clock = new VirtualClock()
  const world = new World({ lab: labOf(shape), group, scheduler: clock, random: seededRandom(seed) })
  const log: { readonly seconds: number; readonly node: string; readonly message: string }[] = []
  world.onLog(({ node: from, message }) => log.push({ seconds: clock.nowMs() / 1000, node: from, message }))
  world.switchOn()
  const secondsOf = (message: string) =>
    log.findLast((line) => line.message === message)?.seconds ?? Number.NaN
  return { world, clock, log, secondsOf, seconds: (amount: number) => clock.sleep(amount * 1000) }
}

describe('a world', () => {
  it('elects a new CRM master at once when the old one is shut down in order', async () => {
    const { world, clock, seconds, secondsOf } = open({})
    await clock.run(async () => {
      await seconds(300)
      const master = world.nodes.find((node) => world.ha.crmState(node.name) === 'master')
      master?.pressPowerButton()
      await seconds(120)
    })
    const released = secondsOf('voluntary release CRM lock')
    expect(secondsOf('status change slave => master') - released).toBeLessThanOrEqual(1)
  })

  it('resets no node that is cut off while it has no HA guests', async () => {
    const { world, clock, log, seconds } = open({})
    await clock.run(async () => {
      await seconds(300)
      world.network.setLink('pve3', 'cluster', false)
      await seconds(300)
    })
    expect(log.filter(({ message }) => message === 'reset by watchdog')).toEqual([])
    expect(world.ha.crmState('pve3')).toBe('wait_for_quorum')
  })

  it('leaves guests alone when only the network of the clients is cut, but they answer nobody', async () => {
    const { world, clock, seconds } = open({})
    await clock.run(async () => {
      await seconds(300)
      expect(world.guests[0]?.reach).toBe('serving')
      world.network.setLink('pve1', 'management', false)
      expect(world.guests[0]?.reach).toBe('silent')
      await seconds(400)
      expect(world.guests[0]?.host).toBe('pve1')
      world.network.setLink('pve1', 'management', true)
      expect(world.guests[0]?.reach).toBe('serving')
    })
  })

  it('splits by sides of a network: the smaller side resets itself, its guests move', async () => {
    const { world, clock, seconds, log } = open({ nodes: 5 })
    await clock.run(async () => {
      await seconds(300)
      world.network.partition('cluster', [['pve1', 'pve2']])
      await seconds(400)
      expect(['pve3', 'pve4', 'pve5']).toContain(world.guests[0]?.host)
      world.network.join('cluster')
      await seconds(300)
    })
    const resets = log.filter(({ message }) => message === 'reset by watchdog').map(({ node }) => node)
    expect(resets).toContain('pve1')
    expect(world.corosync.membersSeenBy('pve1')).toHaveLength(5)
  })

  it('keeps a node whose cluster link is cut a member over a second link of corosync, but not of Ceph', async () => {
    const { world, clock, seconds, log } = open({ networks: { corosyncLinks: ['cluster', 'management'] } })
    await clock.run(async () => {
      await seconds(300)
      world.network.setLink('pve1', 'cluster', false)
      await seconds(300)
      expect(world.corosync.membersSeenBy('pve2')).toHaveLength(3)
      expect(world.guests[0]).toMatchObject({ host: 'pve1', reach: 'stalled' })
      expect(world.ceph.summary('pve2').osdsUp).toBe(2)
    })
    expect(log.map(({ message }) => message)).toContain('[KNET  ] link: host: 1 link: 0 is down')
  })

  it('takes longer to start guests where memory is tight', async () => {
    const bootSeconds = async (ramMiB: number) => {
      const { world, clock, seconds, log } = open({ node: { ramMiB }, guests: [{ ramMiB: 2048 }] })
      await clock.run(async () => {
        while (world.guests[0]?.reach !== 'serving') await seconds(1)
      })
      const starting = log.find(({ message }) => message === 'starting service vm:100')?.seconds ?? Number.NaN
      return clock.nowMs() / 1000 - starting
    }
    const [tight, roomy] = [await bootSeconds(2048), await bootSeconds(8192)]
    expect(tight).toBeGreaterThan(roomy * 1.5)
  })

  it('kills the largest guest when memory and swap of a node are used up, and HA tries elsewhere', async () => {
    const guests = [{ ramMiB: 1024 }, { ramMiB: 16_384 }]
    const { world, clock, log, seconds } = open({ node: { ramMiB: 4096 }, guests })
    await clock.run(async () => {
      await seconds(600)
      expect(world.guests[0]?.reach).toBe('serving')
    })
    const killed = log.filter(({ message }) => message.startsWith('Out of memory'))
    expect(killed.length).toBeGreaterThan(0)
    for (const { message } of killed) expect(message).toContain('vm:101')
    expect(log.some(({ message }) => message.includes('relocate') || message.includes('relocating'))).toBe(
      true,
    )
  })

  it('warns when the laptop has less memory than its nodes ask for', async () => {
    const { clock, log, seconds } = open({ laptop: { ramMiB: 8192, threads: 32 } })
    await clock.run(() => seconds(600))
    expect(log.some(({ node, message }) => node === 'laptop' && message.startsWith('memory in demand'))).toBe(
      true,
    )
  })

  it.each([1, 2])('does not need three nodes to exist: %i', async (nodes) => {
    const { world, clock, seconds } = open({ nodes, node: { cephDiskGB: 0 } })
    await clock.run(async () => {
      await seconds(300)
      expect(world.guests[0]?.reach).toBe('serving')
    })
  })

  it('keeps one node of two without quorum, and Ceph of two nodes below its size', async () => {
    const { world, clock, seconds } = open({ nodes: 2 })
    await clock.run(async () => {
      await seconds(300)
      expect(world.ceph.summary('pve1')).toMatchObject({ health: 'HEALTH_WARN', activeClean: 0 })
      world.node('pve2').cutPower()
      await seconds(30)
      expect(world.shared.isQuorate('pve1')).toBe(false)
      expect(world.guests[0]?.reach).toBe('stalled')
    })
  })

  it('starts guests outside HA one after the other and stops them with their node', async () => {
    const guests = [{ id: 'vm:100' }, { id: 'ct:101' }]
    const { world, clock, seconds } = open({ group: 'control', guests })
    await clock.run(async () => {
      await seconds(300)
      expect(world.guests.map((guest) => guest.reach)).toEqual(['serving', 'serving'])
      world.node('pve1').pressPowerButton()
      await seconds(60)
      expect(world.node('pve1').power).toBe('off')
      expect(world.guests.map((guest) => guest.host)).toEqual([undefined, undefined])
    })
  })
})
