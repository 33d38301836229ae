import { describe, expect, it } from 'vitest'
import { recordNewsOf } from '../../../../shared/domain/record-loss.ts'
import { openStorageLab } from '../../../testing/storage-lab.ts'
import type { ZfsDisk } from './zfs-disk.ts'

const pool = { kind: 'zfspool', name: 'tank' } as const
const both = [
  { target: 'pve2', everyMinutes: 15 },
  { target: 'pve3', everyMinutes: 15 },
]

function open(replication: readonly { target: string; everyMinutes: number }[], seed = 1) {
  const lab = openStorageLab({ storages: [pool], guests: [{ replication: [...replication] }], seed })
  const disk = lab.world.storages.diskOf('vm:100') as ZfsDisk
  return { ...lab, disk, records: () => lab.world.storages.ledger.recordsOf('vm:100') }
}

describe('a disk in a ZFS pool with replicas', () => {
  it('is synced with every slot of the schedule, in the order of minutes', async () => {
    const { world, clock, seconds, disk } = open(both)
    await clock.run(() => seconds(31 * 60))
    for (const job of disk.jobs) {
      expect(job.lastSyncMs).toBe(30 * 60_000)
      expect(job.nextMs).toBe(45 * 60_000)
      expect(job.durationMs).toBeGreaterThanOrEqual(2000)
      expect(job.durationMs).toBeLessThan(10_000)
    }
    expect(world.storages.replications.map(({ job }) => job.id)).toEqual(['100-0', '100-1'])
  })

  it('loses what came after the last sync when its node dies, and nothing else', async () => {
    const { world, clock, seconds, untilServing, records, messages } = open(both)
    let atSync = 0
    let atDeath = 0
    await clock.run(async () => {
      await seconds(15 * 60)
      atSync = records().acknowledged
      await seconds(300)
      world.node('pve1').cutPower()
      atDeath = records().acknowledged
      await untilServing('vm:100')
    })
    const { lost } = records()
    expect(lost).toMatchObject([{ from: atSync, to: atDeath, cause: 'stale-replica' }])
    expect(world.guest('vm:100').host).toBe(lost[0]?.node)
    expect(messages()).toContain(
      `vm:100 lost ${atDeath - atSync} acknowledged records, ${atSync} to ${atDeath - 1} (stale-replica)`,
    )
  })

  it('turns the job of its new node, which overwrites the old copy when that is back', async () => {
    const { world, clock, seconds, untilServing, records, disk, messages } = open([
      { target: 'pve2', everyMinutes: 15 },
    ])
    await clock.run(async () => {
      await seconds(16 * 60)
      world.node('pve1').cutPower()
      await seconds(60)
      await untilServing('vm:100')
      expect(world.guest('vm:100').host).toBe('pve2')
      expect(disk.jobs[0]?.target).toBe('pve1')
      const { acknowledged, survived, lost } = records()
      expect(lost).toHaveLength(1)
      const told = messages().flatMap((message) => recordNewsOf(message) ?? [])
      expect(told).toMatchObject([{ kind: 'lost', guest: 'vm:100', records: acknowledged - survived }])
      world.node('pve1').powerOn()
      await seconds(1900)
      expect(disk.jobs[0]?.failCount).toBe(0)
      expect(disk.jobs[0]?.lastSyncMs).toBeGreaterThan(25 * 60_000)
      // The next fail-over goes back to what the second node wrote: the records lost first stay lost.
      world.node('pve2').cutPower()
      await seconds(60)
      await untilServing('vm:100')
      expect(world.guest('vm:100').host).toBe('pve1')
      expect(records().lost[0]).toEqual(lost[0])
      expect(records().survived).toBeGreaterThan(survived)
    })
  })

  it('does not start where it has no replica: HA relocates, and gives up', async () => {
    const { world, clock, seconds, untilServing, messages } = open([])
    await clock.run(async () => {
      await untilServing('vm:100')
      world.node('pve1').cutPower()
      await seconds(500)
    })
    expect(messages()).toContain("zfs error: cannot open 'tank/vm-100-disk-0': dataset does not exist")
    expect(messages().some((text) => text.includes('entering error state'))).toBe(true)
    expect(world.guest('vm:100').host).toBeUndefined()
  })

  it('migrates live to its replicas only, and the job turns with it', async () => {
    const { world, clock, seconds, untilServing, disk, records } = open([
      { target: 'pve2', everyMinutes: 15 },
    ])
    const migrate = async (to: string) => {
      const outcomes: unknown[] = []
      const guest = world.guest('vm:100')
      const ended = (error?: string) => outcomes.push(error ?? 'finished')
      world.migrations.begin(guest, world.node(guest.host ?? ''), to, { online: true, ended })
      await seconds(60)
      return outcomes
    }
    await clock.run(async () => {
      await untilServing('vm:100')
      expect(await migrate('pve3')).toEqual([expect.stringContaining('not a replication target')])
      expect(await migrate('pve2')).toEqual(['finished'])
    })
    expect(disk.jobs[0]?.target).toBe('pve1')
    expect(records().lost).toEqual([])
  })

  it('tries again later each time while the target does not answer', async () => {
    const { world, clock, seconds, disk } = open([{ target: 'pve2', everyMinutes: 1 }])
    const job = disk.jobs[0]
    await clock.run(async () => {
      await seconds(310)
      world.network.setLink('pve2', 'management', false)
      await seconds(61)
      expect(job?.failCount).toBe(1)
      expect(job?.error).toContain('failed: exit code 255')
      await seconds(300)
      expect(job?.failCount).toBe(2)
      await seconds(540)
      expect(job?.failCount).toBe(2)
      world.network.setLink('pve2', 'management', true)
      await seconds(120)
      expect([job?.failCount, job?.error]).toEqual([0, undefined])
    })
  })
})
