import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, threeNodes } from '../../testing/pve-session.ts'

const lab: Lab = {
  ...threeNodes,
  storages: [{ kind: 'zfspool', name: 'tank' }],
  guests: [
    { id: 'vm:100', name: 'vm100', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve1', storage: 'tank' },
    { id: 'vm:101', name: 'vm101', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve1' },
  ],
}

const job = { id: '100-0', type: 'local', target: 'pve2', schedule: '*/5' }

describe('a replication job', () => {
  it('copies all with the next full minute, and then what is new by its schedule', async () => {
    await inPveLab({ lab }, async ({ data, seconds, world }) => {
      await data('POST', '/cluster/replication', job)
      const status = () => data<Record<string, number>>('GET', '/nodes/pve1/replication/100-0/status')
      const lines = async () =>
        (await data<{ t: string }[]>('GET', '/nodes/pve1/replication/100-0/log')).map(({ t }) => t)
      expect(await status()).toMatchObject({ last_sync: 0, last_try: 0, fail_count: 0, schedule: '*/5' })
      await seconds(70)
      expect(await status()).toMatchObject({ fail_count: 0, last_sync: expect.any(Number) })
      expect((await status()).last_sync).toBeGreaterThan(0)
      expect((await lines())[1]).toMatch(/100-0: full sync 'tank:vm-100-disk-0' \(__replicate_100-0_\d+__\)$/)
      await seconds(400)
      expect((await lines())[1]).toMatch(
        /100-0: incremental sync .* \(__replicate_100-0_\d+__ => __replicate/,
      )
      expect((await lines()).at(-1)).toMatch(/100-0: end replication job$/)
      expect(world.guest('vm:100').disk.startRefusal('pve2')).toBeUndefined()
      expect(world.guest('vm:100').disk.startRefusal('pve3')).toMatch('dataset does not exist')
    })
  })

  it('can be changed, silenced, hurried, and goes with its replica', async () => {
    await inPveLab({ lab }, async ({ data, seconds, world }) => {
      const path = '/cluster/replication/100-0'
      const node = '/nodes/pve1/replication/100-0'
      await data('POST', '/cluster/replication', { ...job, comment: 'for the lab', rate: 10 })
      await seconds(90)
      await data('PUT', path, { schedule: '*/1', delete: 'comment,rate' })
      expect(await data('GET', path)).toMatchObject({ schedule: '*/1', source: 'pve1', target: 'pve2' })
      expect(await data('GET', path)).not.toHaveProperty('comment')
      await data('PUT', path, { disable: 1 })
      const tried = async () => (await data<{ last_try: number }>('GET', `${node}/status`)).last_try
      await seconds(70)
      const before = await tried()
      await seconds(300)
      expect(await tried()).toBe(before)
      await data('PUT', path, { disable: 0, schedule: 'hourly' })
      await data('POST', `${node}/schedule_now`)
      await seconds(70)
      expect(await tried()).toBeGreaterThan(before)
      await data('DELETE', path)
      expect(await data('GET', path)).toMatchObject({ remove_job: 'full' })
      await seconds(70)
      expect(await data('GET', '/cluster/replication')).toEqual([])
      expect(world.guest('vm:100').disk.startRefusal('pve2')).toMatch('dataset does not exist')
    })
  })

  it('is what a guest under HA is recovered from', async () => {
    await inPveLab({ lab }, async ({ data, seconds, world }) => {
      await data('POST', '/cluster/replication', { ...job, schedule: '*/1' })
      await data('POST', '/cluster/ha/resources', { sid: 'vm:100' })
      await data('POST', '/cluster/ha/groups', { group: 'pair', nodes: 'pve1,pve2', restricted: 1 })
      await data('PUT', '/cluster/ha/resources/vm:100', { group: 'pair' })
      await seconds(300)
      world.node('pve1').cutPower()
      await seconds(300)
      const { lost } = world.storages.ledger.recordsOf('vm:100')
      expect(world.guest('vm:100').host).toBe('pve2')
      expect(lost.map(({ cause }) => cause)).toEqual(['stale-replica'])
      expect(await data('GET', '/nodes/pve2/replication', {}, 'pve2')).toMatchObject([
        { id: '100-0', source: 'pve2', target: 'pve1' },
      ])
    })
  })

  it('is refused where it cannot work, in the words of the real server', async () => {
    await inPveLab({ lab }, async ({ call, data }) => {
      const reason = async (changes: Record<string, string>) =>
        (await call('POST', '/cluster/replication', { ...job, ...changes })).reason
      const what = 'create replication job failed: '
      expect(await reason({ id: '555-0' })).toBe(`${what}Guest '555' does not exist.`)
      expect(await reason({ target: 'pve9' })).toBe(`${what}Target 'pve9' does not exist.`)
      expect(await reason({ target: 'pve1' })).toBe(`${what}Source and target must not be identical`)
      expect(await reason({ id: '101-0' })).toBe(
        `${what}missing replicate feature on volume 'rbd1:vm-101-disk-0'`,
      )
      expect(await reason({ schedule: 'mon..fri 8:00' })).toBe('Parameter verification failed.')
      await data('POST', '/cluster/replication', job)
      expect(await reason({})).toBe(`${what}replication job '100-0' already exists`)
      expect(await reason({ id: '100-1' })).toBe(
        `${what}replication job for target 'pve2' already exists: 100-0`,
      )
    })
  })

  it('keeps its guest from being destroyed or moved to another storage, unless it is purged', async () => {
    await inPveLab({ lab }, async ({ call, data, endOf, seconds }) => {
      await data('POST', '/cluster/replication', { ...job, schedule: '*/1' })
      const reason = "There is a replication job '100-0' for guest '100' - Please remove that first."
      const move = { disk: 'scsi0', storage: 'rbd1' }
      expect((await call('POST', '/nodes/pve1/qemu/100/move_disk', move)).reason).toBe(reason)
      await endOf('POST', '/nodes/pve1/qemu/100/status/stop')
      expect((await call('DELETE', '/nodes/pve1/qemu/100')).reason).toBe(reason)
      expect(await endOf('DELETE', '/nodes/pve1/qemu/100', { purge: 1 })).toBe('OK')
      await seconds(120)
      expect(await data('GET', '/cluster/replication')).toEqual([])
    })
  })
})
