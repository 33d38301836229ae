import { describe, expect, it } from 'vitest'
import { inPveLab, type PveSession } from '../../testing/pve-session.ts'
import { keepRule, prunable } from './backup-archives.ts'
import { nextOf, type Schedule, scheduleOf } from './calendar-events.ts'
import type { Volume } from './guest-volumes.ts'
import { releases } from './release.ts'

interface Listed {
  readonly volid: string
  readonly vmid: number
  readonly notes?: string
  readonly size: number
}

const backupsOf = ({ data }: PveSession, node = 'pve1') =>
  data<Listed[]>('GET', `/nodes/${node}/storage/local/content`, { content: 'backup' }, node)

const backUp = (session: PveSession, values: Readonly<Record<string, string | number>>) =>
  session.endOf('POST', '/nodes/pve1/vzdump', { storage: 'local', ...values })

describe('a backup', () => {
  it.each(releases)('of %s is listed, protected and restored under another number', async (release) => {
    await inPveLab({ release }, async (session) => {
      const { call, data, endOf } = session
      const asked = {
        vmid: '100',
        compress: 'zstd',
        'notes-template': '{{guestname}} on {{node}}',
        protected: 1,
      }
      expect(await backUp(session, asked)).toBe('OK')
      const [backup] = await backupsOf(session)
      expect(backup).toMatchObject({ vmid: 100, notes: 'vm100 on pve1', protected: 1, subtype: 'qemu' })
      expect(backup?.volid).toMatch(
        /^local:backup\/vzdump-qemu-100-\d{4}(_\d\d){2}-\d\d_\d\d_\d\d\.vma\.zst$/,
      )
      const volume = `/nodes/pve1/storage/local/content/${backup?.volid}`
      expect(await call('DELETE', volume)).toMatchObject({
        status: 500,
        reason: `cannot remove protected volume '${backup?.volid}' on 'local'`,
      })
      const config = await data<Record<string, unknown>>('GET', '/nodes/pve1/qemu/100/config')
      expect(config.lock).toBeUndefined()
      const again = { vmid: 300, archive: backup?.volid ?? '', unique: 1, name: 'again' }
      expect(await endOf('POST', '/nodes/pve1/qemu', again)).toBe('OK')
      const restored = await data<Record<string, unknown>>('GET', '/nodes/pve1/qemu/300/config')
      expect(restored).toMatchObject({ name: 'again', memory: config.memory, cores: config.cores })
      expect(restored.scsi0).toBe(String(config.scsi0).replaceAll('100', '300'))
      expect(restored.net0).not.toBe(config.net0)
      await data('PUT', volume, { protected: 0, notes: 'old' })
      expect(await data('GET', volume)).toMatchObject({ notes: 'old' })
      expect(await endOf('DELETE', volume)).toBe('OK')
      expect(await backupsOf(session)).toEqual([])
    })
  })

  it('of a running guest takes as long as its data, and the guest serves on unless it is stopped for it', async () => {
    await inPveLab({}, async (session) => {
      const guest = session.world.guest('vm:100')
      await session.endOf('POST', '/nodes/pve1/qemu/100/status/start')
      await session.seconds(60)
      const since = guest.processSinceMs
      const beganMs = session.clock.nowMs()
      expect(await backUp(session, { vmid: '100' })).toBe('OK')
      expect((session.clock.nowMs() - beganMs) / 1000).toBeGreaterThan(20)
      expect(guest.processSinceMs).toBe(since)
      expect(await backUp(session, { vmid: '100', mode: 'stop' })).toBe('OK')
      expect(guest.processSinceMs).toBeGreaterThan(since ?? 0)
    })
  })

  it('replaces a guest that is stopped, if forced to', async () => {
    await inPveLab({}, async (session) => {
      const { call, data, endOf } = session
      await session.endOf('POST', '/nodes/pve1/lxc/200/status/stop')
      expect(await backUp(session, { vmid: '200' })).toBe('OK')
      const ostemplate = (await backupsOf(session))[0]?.volid ?? ''
      const wish = { vmid: 200, restore: 1, ostemplate }
      expect(await call('POST', '/nodes/pve1/lxc', wish)).toMatchObject({
        status: 500,
        reason: "unable to restore CT 200 - CT 200 already exists on node 'pve1'",
      })
      await data('PUT', '/nodes/pve1/lxc/200/config', { hostname: 'changed' })
      expect(await endOf('POST', '/nodes/pve1/lxc', { ...wish, force: 1 })).toBe('OK')
      expect(await data('GET', '/nodes/pve1/lxc/200/config')).toMatchObject({ hostname: 'ct200' })
    })
  })

  it('is refused where nothing is chosen, nothing can be kept, or the guest is locked', async () => {
    await inPveLab({}, async (session) => {
      const { call, data } = session
      expect((await call('POST', '/nodes/pve1/vzdump')).json.errors).toEqual({
        vmid: 'property is missing and it is not optional',
      })
      expect(await call('POST', '/nodes/pve1/vzdump', { vmid: '100', storage: 'rbd1' })).toMatchObject({
        status: 500,
        reason: expect.stringContaining('wrong content type'),
      })
      await data('PUT', '/nodes/pve1/qemu/100/config', { lock: 'migrate' })
      expect(await backUp(session, { all: 1 })).toBe('job errors')
      expect((await backupsOf(session)).map(({ vmid }) => vmid)).toEqual([200])
    })
  })
})

describe('a backup job', () => {
  it('runs when it is due on every node with guests of it, and keeps as many as it says', async () => {
    await inPveLab({}, async (session) => {
      const { call, data, seconds } = session
      const job = { id: 'all', all: 1, storage: 'local', schedule: '*:0/5', 'prune-backups': 'keep-last=2' }
      expect(await data('GET', '/cluster/backup-info/not-backed-up')).toHaveLength(4)
      await data('POST', '/cluster/backup', job)
      expect(await data('GET', '/cluster/backup-info/not-backed-up')).toEqual([])
      expect(await data('GET', '/cluster/backup/all')).toMatchObject({
        schedule: '*:0/5',
        enabled: 1,
        all: 1,
      })
      await seconds(1200)
      expect(
        (await backupsOf(session)).map(({ vmid }) => vmid).toSorted((one, other) => one - other),
      ).toEqual([100, 100, 200, 200])
      expect(await backupsOf(session, 'pve2')).toHaveLength(2)
      await data('PUT', '/cluster/backup/all', { enabled: 0 })
      const before = await backupsOf(session, 'pve2')
      await seconds(900)
      expect(await backupsOf(session, 'pve2')).toEqual(before)
      await data('DELETE', '/cluster/backup/all')
      expect(await call('GET', '/cluster/backup/all')).toMatchObject({
        status: 500,
        reason: "No such job 'all'",
      })
    })
  })
})

describe('a schedule', () => {
  it.each([
    ['*/15', '2026-03-04T05:06:07Z', '2026-03-04T05:15:00Z'],
    ['21:00', '2026-03-04T05:06:07Z', '2026-03-04T21:00:00Z'],
    ['sat 02:30', '2026-03-04T05:06:07Z', '2026-03-07T02:30:00Z'],
    ['mon..fri 8..9:0/30', '2026-03-06T09:30:00Z', '2026-03-09T08:00:00Z'],
    ['monthly', '2026-03-04T05:06:07Z', '2026-04-01T00:00:00Z'],
  ])('%s comes after %s at %s', (text, after, next) => {
    const schedule = scheduleOf(text) as Schedule
    expect(nextOf(schedule, Date.parse(after) / 1000)).toBe(Date.parse(next) / 1000)
  })

  it.each(['soon', '25:00', '*/0', 'xyz 10:00'])('is not %s', (text) => {
    expect(scheduleOf(text)).toBeUndefined()
  })
})

describe('a rule for old backups', () => {
  const day = 86_400
  const archives = Array.from({ length: 10 }, (_, index) => {
    const ctime = 1_795_000_000 - index * (day / 2)
    return {
      volid: String(index),
      storage: 'local',
      home: 'pve1',
      content: 'backup',
      format: '',
      size: 1,
      ctime,
    }
  }) as Volume[]

  it('keeps the last ones, and one of each day', () => {
    const kept = (text: string) => {
      const gone = prunable(archives, keepRule(text))
      return archives.filter((archive) => !gone.has(archive)).map(({ volid }) => volid)
    }
    expect(kept('keep-last=3')).toEqual(['0', '1', '2'])
    expect(kept('keep-daily=3')).toHaveLength(3)
    expect(kept('keep-all=1')).toHaveLength(10)
  })
})
