import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LabGuest, LabNode, LabStorage } from '../../../../shared/domain/lab.ts'
import { openStorageLab } from '../../../testing/storage-lab.ts'
import type { LostRecords } from './data-ledger.ts'
import { ZfsDisk } from './zfs-disk.ts'

/** Something that happens to a machine of the lab, some seconds after the one before. */
interface Deed {
  readonly kind: 'cut' | 'on' | 'unplug' | 'plug' | 'kill' | 'nas-cut' | 'nas-on'
  readonly index: number
  readonly afterSeconds: number
}

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom('cut', 'cut', 'on', 'on', 'unplug', 'plug', 'kill', 'nas-cut', 'nas-on'),
  index: fc.nat({ max: 2 }),
  afterSeconds: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 500 })),
})
const anyCourse = fc.record({
  seed: fc.nat({ max: 2 ** 31 }),
  deeds: fc.array(deed, { minLength: 1, maxLength: 10 }),
})

interface Kind {
  readonly storage: LabStorage
  readonly node?: Partial<LabNode>
  readonly guest?: Partial<LabGuest>
  readonly minSize?: number
}

interface Course {
  readonly seed: number
  readonly deeds: readonly Deed[]
}

/** What the test itself saw, second by second. */
interface Second {
  readonly acknowledged: number
  /** The two nodes of a pair reached each other. */
  readonly pairLinked: boolean
  readonly nasServes: boolean
  /** Start of the last good sync. */
  readonly lastSyncMs: number | undefined
}

async function run({ storage, node = {}, guest = {}, minSize = 2 }: Kind, { seed, deeds }: Course) {
  const lab = openStorageLab({ storages: [storage], node, guests: [guest], minSize, seed })
  const { world, clock, seconds } = lab
  const { ledger, servers, replications } = world.storages
  const course: Second[] = []
  const look = () => {
    course.push({
      acknowledged: ledger.recordsOf('vm:100').acknowledged,
      pairLinked: world.network.reaches('pve1', 'pve2', 'cluster'),
      nasServes: servers[0]?.serves === true,
      lastSyncMs: replications[0]?.job.lastSyncMs,
    })
    clock.at(clock.nowMs() + 1000, look)
  }
  clock.at(0, look)
  await clock.run(async () => {
    await seconds(200)
    for (const each of deeds) {
      await seconds(each.afterSeconds)
      const machine = world.nodes[each.index]
      if (machine === undefined) continue
      if (each.kind === 'cut') machine.cutPower()
      if (each.kind === 'on') machine.powerOn()
      if (each.kind === 'unplug' || each.kind === 'plug')
        world.network.setLink(machine.name, 'cluster', each.kind === 'plug')
      if (each.kind === 'kill') world.guest('vm:100').kill()
      if (each.kind === 'nas-cut') servers[0]?.cutPower()
      if (each.kind === 'nas-on') servers[0]?.powerOn()
    }
    await seconds(300)
  })
  return { ...lab, course, records: ledger.recordsOf('vm:100') }
}

/** Seconds in which records of a range were acknowledged, the one before included. */
function secondsOf(course: readonly Second[], { from, to }: LostRecords): readonly number[] {
  const first = course.findIndex(({ acknowledged }) => acknowledged > from)
  const last = course.findIndex(({ acknowledged }) => acknowledged >= to)
  return Array.from({ length: last - first + 2 }, (_, index) => first - 1 + index)
}

type Outcome = Awaited<ReturnType<typeof run>>

function hold(kind: Kind, check: (outcome: Outcome) => void, numRuns = 25): Promise<void> {
  return fc.assert(
    fc.asyncProperty(anyCourse, async (course) => {
      const outcome = await run(kind, course)
      const { acknowledged, survived, lost } = outcome.records
      expect(survived + lost.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(acknowledged)
      for (const { from, to, atMs } of lost) {
        expect(from).toBeLessThan(to)
        // Nothing is lost before it was written.
        const known = outcome.course[Math.ceil(atMs / 1000)]?.acknowledged ?? acknowledged
        expect(to).toBeLessThanOrEqual(known)
      }
      check(outcome)
    }),
    { numRuns },
  )
}

const loseNothing = ({ records }: Outcome) => expect(records.lost).toEqual([])

describe('whatever happens to a lab', () => {
  it.each([1, 2])(
    'the Ceph pool with min_size %d loses no acknowledged record',
    (minSize) =>
      hold({ storage: { kind: 'rbd', name: 'rbd1' }, node: { cephDiskGB: 25 }, minSize }, loseNothing, 15),
    60_000,
  )

  it(
    'a directory of a node loses none, and its guest serves on that node only',
    () =>
      hold({ storage: { kind: 'dir', name: 'local' } }, (outcome) => {
        loseNothing(outcome)
        expect(['pve1', undefined]).toContain(outcome.world.guest('vm:100').host)
      }),
    60_000,
  )

  it(
    'an NFS export with synchronous writes loses none',
    () => hold({ storage: { kind: 'nfs', name: 'nas1', server: 'nas', writes: 'sync' } }, loseNothing),
    60_000,
  )

  it(
    'an NFS export with asynchronous writes loses the last half minute before its NAS stopped at most',
    () =>
      hold(
        { storage: { kind: 'nfs', name: 'nas1', server: 'nas', writes: 'async' } },
        ({ records, course }) => {
          for (const lost of records.lost) {
            const stopped = Math.floor(lost.atMs / 1000)
            expect(course[stopped + 1]?.nasServes).toBe(false)
            expect(Math.min(...secondsOf(course, lost))).toBeGreaterThanOrEqual(stopped - 32)
          }
        },
      ),
    60_000,
  )

  it('a ZFS pool loses at most what came after the last sync', () => {
    const replication = [{ target: 'pve2', everyMinutes: 5 }]
    const kind: Kind = { storage: { kind: 'zfspool', name: 'tank' }, guest: { replication } }
    return hold(kind, ({ records, course, world }) => {
      const disk = world.storages.diskOf('vm:100')
      expect(disk).toBeInstanceOf(ZfsDisk)
      for (const { from, atMs, cause } of records.lost) {
        expect(cause).toBe('stale-replica')
        const syncMs = course[Math.floor(atMs / 1000)]?.lastSyncMs ?? Number.NaN
        expect(from).toBeGreaterThanOrEqual(course[syncMs / 1000]?.acknowledged ?? Number.NaN)
      }
    })
  }, 60_000)

  it.each([
    ['C', 0],
    ['A', 1],
  ] as const)(
    'a DRBD pair with protocol %s loses only what was written while the two were apart, or %d s before',
    (protocol, underWay) =>
      hold(
        { storage: { kind: 'drbd', name: 'r0', nodes: ['pve1', 'pve2'], protocol } },
        ({ records, course }) => {
          for (const lost of records.lost) {
            // After a link is back both first have to find each other again.
            const isApart = (second: number) =>
              course
                .slice(Math.max(0, second - 12), second + 2 + underWay)
                .some(({ pairLinked }) => !pairLinked)
            expect(secondsOf(course, lost).every(isApart)).toBe(true)
          }
        },
      ),
    60_000,
  )
})
