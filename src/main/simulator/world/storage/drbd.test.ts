import { describe, expect, it } from 'vitest'
import type { LabStorage } from '../../../../shared/domain/lab.ts'
import { openStorageLab } from '../../../testing/storage-lab.ts'
import type { DrbdDisk } from './drbd-disk.ts'

function open(protocol: 'A' | 'C' = 'C', node = 'pve1', seed = 1) {
  const mirror: LabStorage = { kind: 'drbd', name: 'r0', nodes: ['pve1', 'pve2'], protocol }
  const lab = openStorageLab({ storages: [mirror], guests: [{ node }], seed })
  const disk = lab.world.storages.diskOf('vm:100') as DrbdDisk
  const records = () => lab.world.storages.ledger.recordsOf('vm:100')
  const contents = () => {
    records()
    return disk.copies.map(({ content }) => content.count)
  }
  return { ...lab, disk, contents, records }
}

describe('a disk on a DRBD pair', () => {
  it('has both copies alike while they are connected', async () => {
    const { clock, seconds, records, contents } = open()
    await clock.run(() => seconds(300))
    const { acknowledged } = records()
    expect(acknowledged).toBeGreaterThan(1000)
    expect(contents()).toEqual([acknowledged, acknowledged])
  })

  it('waits a few seconds for a peer that died, goes on alone, and both are alike again when it is back', async () => {
    const { world, clock, seconds, untilServing, records, contents, disk } = open()
    await clock.run(async () => {
      await untilServing('vm:100')
      world.node('pve2').cutPower()
      const before = records().acknowledged
      await seconds(4)
      expect([world.guest('vm:100').reach, records().acknowledged]).toEqual(['stalled', before])
      await seconds(3)
      expect(world.guest('vm:100').reach).toBe('serving')
      await seconds(60)
      expect(contents()).toEqual([records().acknowledged, before])
      world.node('pve2').powerOn()
      await seconds(120)
      const { acknowledged } = records()
      expect(contents()).toEqual([acknowledged, acknowledged])
    })
    expect(disk.isSplit).toBe(false)
    expect(records().lost).toEqual([])
  })

  it('keeps all with protocol C when the node of its guest dies, and the old copy follows the new one', async () => {
    const { world, clock, seconds, untilServing, records, contents, disk } = open()
    await clock.run(async () => {
      await untilServing('vm:100')
      world.node('pve1').cutPower()
      await seconds(60)
      await untilServing('vm:100')
      await seconds(30)
      world.node('pve1').powerOn()
      await seconds(300)
      const { acknowledged } = records()
      expect(contents()).toEqual([acknowledged, acknowledged])
    })
    expect(disk.isSplit).toBe(false)
    expect(records().lost).toEqual([])
  })

  it('loses with protocol A what was on its way', async () => {
    const { world, clock, seconds, untilServing, records } = open('A')
    await clock.run(async () => {
      await untilServing('vm:100')
      await seconds(30)
      world.node('pve1').cutPower()
      await seconds(60)
      await untilServing('vm:100')
    })
    const { acknowledged, survived, lost } = records()
    expect(lost.map(({ cause }) => cause)).toEqual(['asynchronous-replication'])
    expect(acknowledged - survived).toBeLessThanOrEqual(Math.ceil(world.parameters.recordRate))
  })

  it('splits when both copies went on alone: what the fenced node wrote alone is lost', async () => {
    const { world, clock, seconds, untilServing, records, disk, contents, messages } = open()
    await clock.run(async () => {
      await untilServing('vm:100')
      world.network.setLink('pve1', 'cluster', false)
      const connected = records().acknowledged
      // It is isolated, and writes alone until its watchdog resets it.
      await seconds(30)
      expect(records().acknowledged).toBeGreaterThan(connected)
      await seconds(200)
      await untilServing('vm:100')
      expect(records().lost).toMatchObject([{ from: connected, cause: 'diverged-copy' }])
      world.network.setLink('pve1', 'cluster', true)
      await seconds(120)
      expect(disk.isSplit).toBe(true)
      const [first] = contents()
      await seconds(60)
      expect(contents()[0]).toBe(first)
      disk.discard('pve1')
      await seconds(10)
      expect(disk.isSplit).toBe(false)
      const { survived } = records()
      expect(contents()).toEqual([survived, survived])
    })
    const text = 'drbd vm-100-disk-0: Split-Brain detected but unresolved, dropping connection!'
    expect(messages().filter((message) => message === text)).toHaveLength(2)
  })

  it('serves a node without a copy over the network, and only while that reaches one', async () => {
    const { world, clock, seconds, untilServing, disk, records } = open('C', 'pve3')
    await clock.run(async () => {
      await untilServing('vm:100')
      expect(world.guest('vm:100').host).toBe('pve3')
      world.node('pve1').cutPower()
      await seconds(10)
      expect(world.guest('vm:100').reach).toBe('serving')
      await seconds(5)
      expect(disk.startRefusal('pve3')).toBeUndefined()
      world.network.setLink('pve2', 'cluster', false)
      expect(disk.startRefusal('pve3')).toContain('Need access to UpToDate data')
      expect(world.guest('vm:100').reach).toBe('stalled')
      world.network.setLink('pve2', 'cluster', true)
      expect(world.guest('vm:100').reach).toBe('serving')
    })
    expect(records().lost).toEqual([])
  })
})
