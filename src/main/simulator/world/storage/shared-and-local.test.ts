import { describe, expect, it } from 'vitest'
import { openStorageLab } from '../../../testing/storage-lab.ts'

const ceph = { node: { cephDiskGB: 25 } }
const local = { storages: [{ kind: 'dir', name: 'local' }] } as const

describe('a disk in the Ceph pool', () => {
  it('keeps every acknowledged record when its node dies, and more come after', async () => {
    const { world, clock, seconds, untilServing } = openStorageLab(ceph)
    await clock.run(async () => {
      await untilServing('vm:100')
      await seconds(60)
      world.node('pve1').cutPower()
      const before = world.storages.ledger.recordsOf('vm:100')
      expect(before.acknowledged).toBeGreaterThan(60 * 17)
      await seconds(60)
      expect(world.storages.ledger.recordsOf('vm:100')).toEqual(before)
      await untilServing('vm:100')
      expect(world.guest('vm:100').host).not.toBe('pve1')
      await seconds(60)
    })
    const { acknowledged, survived, lost } = world.storages.ledger.recordsOf('vm:100')
    expect(acknowledged).toBeGreaterThan(2 * 60 * 17)
    expect({ survived, lost }).toEqual({ survived: acknowledged, lost: [] })
  })

  it('acknowledges nothing while too few copies can be written', async () => {
    const { world, clock, seconds, untilServing } = openStorageLab({ ...ceph, group: 'control' })
    await clock.run(async () => {
      await untilServing('vm:100')
      world.node('pve2').cutPower()
      world.node('pve3').cutPower()
      const before = world.storages.ledger.recordsOf('vm:100').acknowledged
      await seconds(30)
      expect(world.guest('vm:100').reach).toBe('stalled')
      expect(world.storages.ledger.recordsOf('vm:100').acknowledged).toBe(before)
    })
  })

  it('waits for the one OSD that has the last writes, however many others are there', async () => {
    const { world, clock, seconds, untilServing } = openStorageLab({ ...ceph, minSize: 1 })
    const { osdMap } = world.ceph
    const written = () => world.storages.ledger.recordsOf('vm:100').acknowledged
    await clock.run(async () => {
      await untilServing('vm:100')
      osdMap.stopOsd(1, 'killed')
      osdMap.stopOsd(2, 'killed')
      await seconds(30)
      const alone = written()
      await seconds(60)
      expect(written()).toBeGreaterThan(alone)
      osdMap.stopOsd(0, 'killed')
      for (const id of [1, 2]) osdMap.startOsd(id, 1)
      await seconds(120)
      expect(world.guest('vm:100').reach).toBe('stalled')
      osdMap.startOsd(0, 1)
      await untilServing('vm:100')
    })
    expect(world.storages.ledger.recordsOf('vm:100').lost).toEqual([])
  })

  it('is free for the next client at once after an orderly end, and after the watch when its client died', async () => {
    const { world, clock, seconds, untilServing } = openStorageLab(ceph)
    const disk = world.storages.diskOf('vm:100')
    await clock.run(async () => {
      await untilServing('vm:100')
      world.guest('vm:100').kill()
      const killedMs = clock.nowMs()
      expect(disk.answers('pve2')).toBe(false)
      // HA starts it again at the same node, where it waits for its own dead client.
      while (!disk.answers('pve1')) await seconds(0.1)
      const waited = (clock.nowMs() - killedMs) / 1000
      expect(waited).toBeGreaterThanOrEqual(25)
      expect(waited).toBeLessThanOrEqual(30.1)
      await untilServing('vm:100')
      world.guest('vm:100').shutdown(
        180,
        () => {},
        () => {},
      )
      while (world.guest('vm:100').host !== undefined) await seconds(1)
      expect(disk.answers('pve2')).toBe(true)
    })
  })
})

describe('a disk in a directory of one node', () => {
  it('holds its guest there: elsewhere the start fails, HA relocates it and gives up', async () => {
    const { world, clock, seconds, untilServing, messages } = openStorageLab(local)
    await clock.run(async () => {
      await untilServing('vm:100')
      world.node('pve1').cutPower()
      await seconds(400)
    })
    expect(world.guest('vm:100').host).toBeUndefined()
    expect(messages()).toContain("volume 'local:100/vm-100-disk-0.qcow2' does not exist")
    expect(messages()).toContain('unable to start service vm:100')
    expect(
      messages().some((text) => /starting service vm:100 on node '.*' failed, relocating/.test(text)),
    ).toBe(true)
    expect(
      messages().some((text) => /recovery policy for service vm:100 failed, entering error state/.test(text)),
    ).toBe(true)
    expect(world.storages.ledger.recordsOf('vm:100').lost).toEqual([])
  })

  it('goes along with a live migration, which takes the time of the copy', async () => {
    const { world, clock, seconds, untilServing } = openStorageLab(local)
    await clock.run(async () => {
      await untilServing('vm:100')
      let outcome: unknown
      const guest = world.guest('vm:100')
      const ended = (error?: string) => {
        outcome = error ?? 'finished'
      }
      world.migrations.begin(guest, world.node('pve1'), 'pve2', { online: true, ended })
      await seconds(15)
      expect(outcome).toBeUndefined()
      await seconds(30)
      expect([outcome, guest.host]).toEqual(['finished', 'pve2'])
      await seconds(10)
      const { acknowledged, survived } = world.storages.ledger.recordsOf('vm:100')
      expect(acknowledged).toBeGreaterThan(20 * 17)
      expect(survived).toBe(acknowledged)
      expect(guest.disk.startRefusal('pve2')).toBeUndefined()
      expect(guest.disk.startRefusal('pve1')).toContain('does not exist')
    })
  })
})
