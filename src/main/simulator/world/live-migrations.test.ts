import { describe, expect, it } from 'vitest'
import type { LabGuest } from '../../../shared/domain/lab.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { labOf } from '../../testing/lab-of.ts'
import type { MigrationEvent } from './live-migration.ts'
import { worldParameters } from './parameters.ts'
import { queueCrmCommand } from './shared-files.ts'
import { World } from './world.ts'

const parameters = worldParameters()

interface Migration {
  readonly events: { readonly atMs: number; readonly event: MigrationEvent }[]
  endedAtMs?: number
  error?: string | undefined
}

function open(guests: readonly Partial<LabGuest>[] = [{}], group: World['group'] = 'treatment') {
  const lab = labOf({
    node: { ramMiB: 32_768, cpus: 4 },
    guests: guests.map((guest) => ({ ramMiB: 4096, ...guest })),
  })
  const clock = new VirtualClock()
  const world = new World({ lab, group, scheduler: clock, random: seededRandom(3) })
  const reaches: { readonly atMs: number; readonly guest: string; readonly reach: string }[] = []
  world.onReachChange((guest, reach) => reaches.push({ atMs: clock.nowMs(), guest: guest.id, reach }))
  world.switchOn()
  const migrate = (id: string, source: string, target: string): Migration => {
    const migration: Migration = { events: [] }
    world.migrations.begin(world.guest(id), world.node(source), target, {
      online: true,
      heard: (event) => migration.events.push({ atMs: clock.nowMs(), event }),
      ended: (error) => {
        migration.endedAtMs = clock.nowMs()
        migration.error = error
      },
    })
    return migration
  }
  return { world, clock, reaches, migrate, seconds: (amount: number) => clock.sleep(amount * 1000) }
}

const settled = 300

function kindsOf(migration: Migration): string[] {
  return migration.events.map(({ event }) => event.kind)
}

describe('a live migration', () => {
  it('moves the running guest with a gap of less than a second', async () => {
    const { world, clock, reaches, migrate, seconds } = open()
    const guest = world.guest('vm:100')
    await clock.run(async () => {
      await seconds(settled)
      const { processSinceMs } = guest
      reaches.length = 0
      const beganMs = clock.nowMs()
      const migration = migrate('vm:100', 'pve1', 'pve2')
      await seconds(10)
      expect(guest.host).toBe('pve1')
      await seconds(50)
      expect(migration.error).toBeUndefined()
      expect([guest.host, guest.processSinceMs]).toEqual(['pve2', processSinceMs])
      expect(world.configuredNode(guest, 'pve3')).toBe('pve2')
      expect(kindsOf(migration)).toEqual(['target-starts', 'tunnel-starts', 'copying-starts', 'copied'])
      const tookSeconds = ((migration.endedAtMs ?? 0) - beganMs) / 1000
      const copySeconds = 2048 / parameters.migrationRate
      expect(tookSeconds).toBeGreaterThan(copySeconds)
      expect(tookSeconds).toBeLessThan(copySeconds * 1.1 + 7)
    })
    expect(reaches.map(({ reach }) => reach)).toEqual(['silent', 'serving'])
    const [silent, serving] = reaches.map(({ atMs }) => atMs)
    const gapSeconds = ((serving ?? 0) - (silent ?? 0)) / 1000
    expect(gapSeconds).toBeGreaterThan(parameters.migrationResume[0])
    expect(gapSeconds).toBeLessThan(1)
  })

  it('raises the downtime limit for a guest that writes faster than it is copied', async () => {
    const { world, clock, reaches, migrate, seconds } = open([{ dirtyMiBPerSecond: 500 }])
    await clock.run(async () => {
      await seconds(settled)
      reaches.length = 0
      const migration = migrate('vm:100', 'pve1', 'pve2')
      await seconds(300)
      expect([migration.error, world.guest('vm:100').host]).toEqual([undefined, 'pve2'])
      expect(kindsOf(migration)).toContain('limit-raised')
    })
    const [silent, serving] = reaches.map(({ atMs }) => atMs)
    expect(((serving ?? 0) - (silent ?? 0)) / 1000).toBeGreaterThan(2)
  })

  it('leaves the guest where it is when the target dies, and ends once that is back', async () => {
    const { world, clock, reaches, migrate, seconds } = open([{}], 'control')
    const guest = world.guest('vm:100')
    await clock.run(async () => {
      await seconds(settled)
      const migration = migrate('vm:100', 'pve1', 'pve2')
      await seconds(12)
      reaches.length = 0
      world.node('pve2').cutPower()
      await seconds(60)
      expect([guest.host, guest.reach, migration.endedAtMs]).toEqual(['pve1', 'serving', undefined])
      world.node('pve2').powerOn()
      await seconds(120)
      expect([guest.host, guest.reach]).toEqual(['pve1', 'serving'])
      expect(migration.error).toBe('connection reset by peer')
      expect(world.migrations.live.isMoving(guest)).toBe(false)
    })
    expect(reaches.filter(({ reach }) => reach === 'silent')).toEqual([])
  })

  it('takes the guest along when the source dies, and HA starts it again elsewhere', async () => {
    const { world, clock, migrate, seconds } = open()
    const guest = world.guest('vm:100')
    await clock.run(async () => {
      await seconds(settled)
      const migration = migrate('vm:100', 'pve1', 'pve2')
      await seconds(12)
      world.node('pve1').cutPower()
      expect([guest.host, guest.reach]).toEqual([undefined, 'silent'])
      await seconds(300)
      expect(guest.reach).toBe('serving')
      expect(['pve2', 'pve3']).toContain(guest.host)
      expect(migration.endedAtMs).toBeUndefined()
    })
  })

  it('waits while the network between the nodes is cut, and copies on', async () => {
    const secondsWith = async (cutSeconds: number) => {
      const { world, clock, migrate, seconds } = open([{}], 'control')
      return clock.run(async () => {
        await seconds(settled)
        const beganMs = clock.nowMs()
        const migration = migrate('vm:100', 'pve1', 'pve2')
        await seconds(12)
        world.network.setLink('pve2', 'cluster', false)
        await seconds(cutSeconds)
        world.network.setLink('pve2', 'cluster', true)
        await seconds(1500)
        return { seconds: ((migration.endedAtMs ?? 0) - beganMs) / 1000, error: migration.error }
      })
    }
    const [uncut, cut, gone] = [await secondsWith(0), await secondsWith(30), await secondsWith(1000)]
    expect([uncut.error, cut.error, gone.error]).toEqual([undefined, undefined, 'connection timed out'])
    expect(cut.seconds - uncut.seconds).toBeGreaterThan(29)
    expect(gone.seconds).toBeCloseTo(12 + parameters.migrationSilence, 0)
  })

  it('fails soon when the target cannot be reached from the beginning', async () => {
    const { world, clock, migrate, seconds } = open([{}], 'control')
    await clock.run(async () => {
      await seconds(settled)
      world.network.setLink('pve2', 'cluster', false)
      const migration = migrate('vm:100', 'pve1', 'pve2')
      await seconds(10)
      expect([migration.error, world.guest('vm:100').host]).toEqual(['no route to host', 'pve1'])
    })
  })

  it('ends when the process it moves is killed', async () => {
    const { world, clock, migrate, seconds } = open([{}], 'control')
    await clock.run(async () => {
      await seconds(settled)
      const migration = migrate('vm:100', 'pve1', 'pve2')
      await seconds(12)
      world.guest('vm:100').kill()
      expect(migration.error).toBe('vm:100 is not running any more')
      await seconds(60)
      expect(world.guest('vm:100').host).toBeUndefined()
    })
  })

  it('is the only one of its guest: a second one meets the lock, the first goes on', async () => {
    const { world, clock, migrate, seconds } = open([{}], 'control')
    await clock.run(async () => {
      await seconds(settled)
      const first = migrate('vm:100', 'pve1', 'pve2')
      await seconds(12)
      const second = migrate('vm:100', 'pve1', 'pve3')
      expect(second.error).toBe('VM is locked (migrate)')
      await seconds(60)
      expect([first.error, world.guest('vm:100').host]).toEqual([undefined, 'pve2'])
    })
  })

  it('shares the way with others that leave the same node', async () => {
    const secondsOf = async (count: number) => {
      const ids = Array.from({ length: count }, (_, index) => `vm:10${index}`)
      const { clock, migrate, seconds } = open(
        ids.map(() => ({})),
        'control',
      )
      return clock.run(async () => {
        await seconds(settled)
        const migrations = ids.map((id, index) => migrate(id, 'pve1', index % 2 === 0 ? 'pve2' : 'pve3'))
        await seconds(300)
        return Math.max(
          ...migrations.map(({ events }) => {
            const at = (kind: string) => events.find(({ event }) => event.kind === kind)?.atMs ?? Number.NaN
            return (at('copied') - at('copying-starts')) / 1000
          }),
        )
      })
    }
    const [alone, two] = [await secondsOf(1), await secondsOf(2)]
    expect(two / alone).toBeGreaterThan(1.9)
    expect(two / alone).toBeLessThan(2.2)
  })

  it.each([
    { quality: { bandwidthMbps: 100 }, leastFactor: 7.5 },
    { quality: { lossPercent: 1, latencyMs: 1 }, leastFactor: 10 },
  ])('takes longer on a network with $quality', async ({ quality, leastFactor }) => {
    const secondsOn = async (isPoor: boolean) => {
      const { world, clock, migrate, seconds } = open([{}], 'control')
      return clock.run(async () => {
        await seconds(settled)
        if (isPoor) world.network.setQuality('cluster', quality)
        const beganMs = clock.nowMs()
        const migration = migrate('vm:100', 'pve1', 'pve2')
        await seconds(900)
        expect(migration.error).toBeUndefined()
        return ((migration.endedAtMs ?? Number.NaN) - beganMs) / 1000
      })
    }
    const overhead = 6
    expect((await secondsOn(true)) - overhead).toBeGreaterThan(
      leastFactor * ((await secondsOn(false)) - overhead),
    )
  })

  it('goes back and forth again and again without losing anything', async () => {
    const { world, clock, migrate, seconds } = open([{}], 'control')
    await clock.run(async () => {
      await seconds(settled)
      for (const [source, target] of [
        ['pve1', 'pve2'],
        ['pve2', 'pve3'],
        ['pve3', 'pve1'],
      ] as const) {
        const { events } = migrate('vm:100', source, target)
        await seconds(60)
        expect(events.at(-1)?.event.kind).toBe('copied')
        expect(world.guest('vm:100').host).toBe(target)
      }
      expect(world.storages.ledger.recordsOf('vm:100').lost).toEqual([])
    })
  })
})

describe('a container', () => {
  it('migrates by restart: stopped, moved, and started by the target', async () => {
    const { world, clock, reaches, seconds } = open([{ id: 'ct:100' }])
    const guest = world.guest('ct:100')
    await clock.run(async () => {
      await seconds(settled)
      const { processSinceMs } = guest
      reaches.length = 0
      queueCrmCommand(world.shared, 'pve1', 'migrate ct:100 pve2')
      await seconds(120)
      expect([guest.host, guest.reach]).toEqual(['pve2', 'serving'])
      expect(guest.processSinceMs).toBeGreaterThan(processSinceMs ?? 0)
    })
    expect(reaches.map(({ reach }) => reach)).toEqual(['kernel', 'silent', 'kernel', 'serving'])
  })
})

it('a target without quorum takes no running guest, because nothing would guard it there', async () => {
  const { world, clock, migrate, seconds } = open()
  await clock.run(async () => {
    await seconds(settled)
    world.units.kill(world.node('pve3'), 'corosync')
    const migration = migrate('vm:100', 'pve1', 'pve3')
    await seconds(30)
    expect(migration.error).toBe('no quorum')
    expect(world.guest('vm:100')).toMatchObject({ host: 'pve1', reach: 'serving' })
  })
})

describe('a guest under load', () => {
  const busy = (requestsPerSecond: number, guest: Partial<LabGuest> = {}): Partial<LabGuest> => ({
    services: [{ name: 'web', kind: 'web', requestsPerSecond, capacityPerSecond: 2000 }],
    ...guest,
  })

  async function migrationOf(guest: Partial<LabGuest>, stopService = false) {
    const { world, clock, migrate, seconds } = open([guest])
    return clock.run(async () => {
      await seconds(settled)
      const { services } = world.guest('vm:100')
      if (stopService) services?.stop('web')
      await seconds(10)
      const migration = migrate('vm:100', 'pve1', 'pve3')
      await seconds(1200)
      const copied = migration.events.flatMap(({ event }) => (event.kind === 'copied' ? [event] : []))[0]
      expect(migration.error).toBeUndefined()
      return { sentMiB: copied?.sentMiB ?? 0, answered: world.guest('vm:100').load.answeredPerSecond }
    })
  }

  it('writes to more memory, so more of it has to be copied again', async () => {
    const [idle, some, much] = [
      await migrationOf({}),
      await migrationOf(busy(200)),
      await migrationOf(busy(1500)),
    ]
    expect(some.answered).toBeCloseTo(200)
    expect(some.sentMiB).toBeGreaterThan(idle.sentMiB)
    expect(much.sentMiB).toBeGreaterThan(some.sentMiB)
  })

  it('writes no more for requests that nobody answers: those without a place, or to a stopped service', async () => {
    const overloaded = await migrationOf(busy(100_000))
    expect(overloaded.answered).toBeCloseTo(2000)
    const idle = await migrationOf({})
    const stopped = await migrationOf(busy(1500), true)
    expect(stopped.answered).toBe(0)
    expect(stopped.sentMiB).toBeCloseTo(idle.sentMiB, 6)
  })

  it('writes as the lab file says, whatever its load', async () => {
    const own = { dirtyMiBPerSecond: 30 }
    const [idle, much] = [await migrationOf(own), await migrationOf(busy(1500, own))]
    expect(much.sentMiB).toBeCloseTo(idle.sentMiB, 6)
  })
})
