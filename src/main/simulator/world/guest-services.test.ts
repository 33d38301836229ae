import { describe, expect, it } from 'vitest'
import { type GuestService, type Lab, labSchema } from '../../../shared/domain/lab.ts'
import { outcomeNameOf, type Sample, type Series } from '../../../shared/domain/sample.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labOf } from '../../testing/lab-of.ts'
import { SimulatedProbes } from './probing.ts'
import { World } from './world.ts'

const database: GuestService = { name: 'postgres', kind: 'database', startSeconds: 10 }
const web: GuestService = { name: 'shop', kind: 'web', startSeconds: 2, needs: ['vm:101'] }

/** A shop on one node, and its database on another. */
function shopLab(shop: Partial<GuestService> = {}, base: Partial<GuestService> = {}): Lab {
  return labOf({
    node: { cpus: 4 },
    guests: [
      { name: 'shop', services: [{ ...web, ...shop }] },
      { name: 'base', node: 'pve2', services: [{ ...database, ...base }] },
    ],
  })
}

async function inLab(lab: Lab, act: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new VirtualClock()
  const world = new World({ lab, group: 'control', scheduler: clock, random: seededRandom(5) })
  world.switchOn()
  const seconds = (amount: number) => clock.sleep(amount * 1000)
  await clock.run(async () => {
    await seconds(300)
    await act({ clock, world, seconds })
  })
}

interface Bench {
  readonly clock: VirtualClock
  readonly world: World
  seconds(amount: number): Promise<void>
}

/** Answers of the shop to one question per 100 ms, for some seconds. */
async function probe({ clock, world }: Bench, kind: Series['kind'], forSeconds: number): Promise<Sample[]> {
  const samples: Sample[] = []
  const series: Series = {
    index: 0,
    kind,
    subject: 'vm:100',
    address: '192.0.2.20',
    intervalMs: 100,
    deadlineMs: 900,
    originMs: clock.nowMs(),
  }
  const probes = new SimulatedProbes(world, clock, seededRandom(9))
  const session = await probes.start([series], (_series, sample) => samples.push(sample))
  await session.stop(clock.nowMs() + forSeconds * 1000)
  return samples
}

function outcomesOf(samples: readonly Sample[]): string[] {
  return [...new Set(samples.map(({ outcome }) => outcomeNameOf(outcome) ?? 'none'))].sort()
}

describe('a service in a guest', () => {
  it('is refused while it is stopped, and stays so until it is started', async () => {
    await inLab(shopLab({ needs: [] }), async (bench) => {
      const { world, seconds } = bench
      const shop = world.guest('vm:100')
      shop.services?.stop('shop')
      await seconds(60)
      expect([shop.reach, shop.services?.stateOf('shop')]).toEqual(['kernel', 'inactive'])
      expect(outcomesOf(await probe(bench, 'http', 5))).toEqual(['bad:refused'])
      expect(outcomesOf(await probe(bench, 'icmp', 5))).toEqual(['ok'])
      shop.services?.start('shop')
      await seconds(3)
      expect(shop.reach).toBe('serving')
    })
  })

  it('is started again after it died, unless the lab says no', async () => {
    for (const [restart, expected] of [
      ['on-failure', 'active'],
      ['no', 'failed'],
    ] as const)
      await inLab(shopLab({ needs: [], restart }), async ({ world, seconds }) => {
        const shop = world.guest('vm:100')
        shop.services?.crash('shop')
        expect(shop.reach).toBe('kernel')
        await seconds(2)
        expect(shop.services?.stateOf('shop')).toBe(restart === 'no' ? 'failed' : 'activating')
        await seconds(1)
        expect(shop.services?.stateOf('shop')).toBe(expected)
      })
  })

  it('answers with an error while what it needs refuses it, and is silent while that is gone', async () => {
    await inLab(shopLab(), async (bench) => {
      const { world, seconds } = bench
      const [shop, base] = [world.guest('vm:100'), world.guest('vm:101')]
      expect(shop.reach).toBe('serving')
      base.services?.crash('postgres')
      expect(shop.reach).toBe('failing')
      expect(outcomesOf(await probe(bench, 'http', 5))).toEqual(['bad:http-status'])
      expect(outcomesOf(await probe(bench, 'tcp', 3))).toEqual(['ok'])
      await seconds(10)
      expect(shop.reach).toBe('serving')
      base.kill()
      expect(shop.reach).toBe('stalled')
      expect(outcomesOf(await probe(bench, 'http', 5))).toEqual(['bad:timeout'])
      expect(outcomesOf(await probe(bench, 'tcp', 5))).toEqual(['ok'])
    })
  })

  it('reaches what it needs over the network of the guests, and on its own node without', async () => {
    await inLab(shopLab(), async ({ world }) => {
      world.network.partition('management', [['pve2']])
      expect([world.guest('vm:100').reach, world.guest('vm:101').reach]).toEqual(['stalled', 'silent'])
      world.network.join('management')
      expect(world.guest('vm:100').reach).toBe('serving')
    })
  })

  it('goes on without its disk where it does not use it', async () => {
    for (const usesDisk of [true, false])
      await inLab(shopLab({ needs: [], usesDisk }), async ({ world, seconds }) => {
        for (const node of ['pve2', 'pve3']) world.network.setLink(node, 'cluster', false)
        await seconds(30)
        expect(world.guest('vm:100').reach).toBe(usesDisk ? 'stalled' : 'serving')
      })
  })

  it('takes longer the more is asked of it, and loses what is too much', async () => {
    const at = async (requestsPerSecond: number) => {
      let samples: Sample[] = []
      const shop = { needs: [], capacityPerSecond: 50, requestsPerSecond }
      await inLab(shopLab(shop), async (bench) => {
        samples = await probe(bench, 'http', 200)
      })
      const answered = samples.filter(({ outcome }) => outcome === 0)
      const meanMs = answered.reduce((sum, { rttUs }) => sum + rttUs / 1000, 0) / answered.length
      return { meanMs, answered: answered.length / samples.length }
    }
    const [idle, half, busy, over] = [await at(1), await at(25), await at(45), await at(100)]
    expect(idle.meanMs).toBeLessThan(35)
    // Mean of an M/M/1 queue: 1 / (50 - 25) s and 1 / (50 - 45) s, and some milliseconds of network.
    expect(half.meanMs).toBeGreaterThan(36)
    expect(half.meanMs).toBeLessThan(55)
    expect(busy.meanMs).toBeGreaterThan(140)
    expect(busy.meanMs).toBeLessThan(250)
    expect([idle.answered, half.answered]).toEqual([1, 1])
    expect(over.answered).toBe(0)
  })

  it('passes its load on to what it needs', async () => {
    const lab = shopLab({ capacityPerSecond: 1000, requestsPerSecond: 100 }, { capacityPerSecond: 40 })
    await inLab(lab, async (bench) => {
      expect(bench.world.guest('vm:101').load.requestsPerSecond).toBe(100)
      expect(outcomesOf(await probe(bench, 'http', 20))).toEqual(['bad:timeout'])
      bench.world.guest('vm:100').kill()
      expect(bench.world.guest('vm:101').load.requestsPerSecond).toBe(0)
    })
  })

  it('is as it was after its guest was suspended', async () => {
    const services: GuestService[] = [
      { name: 'a', kind: 'web', startSeconds: 1 },
      { name: 'b', kind: 'file', startSeconds: 1 },
    ]
    const lab = shopLab()
    const [shop] = lab.guests
    if (shop === undefined) throw new Error('no shop')
    await inLab({ ...lab, guests: [{ ...shop, services }] }, async ({ world, seconds }) => {
      const guest = world.guest('vm:100')
      guest.services?.stop('b')
      await seconds(5)
      guest.suspend(() => {})
      await seconds(30)
      expect(guest.state).toBe('suspended')
      world.agents.start(guest, world.node('pve1'), 'test', () => {})
      await seconds(10)
      expect(['a', 'b'].map((name) => guest.services?.stateOf(name))).toEqual(['active', 'inactive'])
    })
  })
})

describe('services in a lab file', () => {
  const errorsOf = (lab: Lab) => labSchema.safeParse(lab).error?.issues.map(({ message }) => message)

  it('may need other guests, but not themselves in a circle', () => {
    expect(errorsOf(shopLab())).toBeUndefined()
    expect(errorsOf(shopLab({}, { needs: ['vm:100'] }))).toEqual(['needs itself', 'needs itself'])
    expect(errorsOf(shopLab({ needs: ['vm:100'] }))).toEqual(['needs itself'])
    expect(errorsOf(shopLab({ needs: ['vm:999'] }))).toEqual(['unknown guest'])
  })

  it('have names of their own within a guest', () => {
    const lab = shopLab()
    const guests = lab.guests.map((guest) => ({ ...guest, services: [database, database] }))
    expect(errorsOf({ ...lab, guests })).toContain('duplicate')
  })
})
