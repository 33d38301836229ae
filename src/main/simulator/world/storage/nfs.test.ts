import { describe, expect, it } from 'vitest'
import type { LabStorage } from '../../../../shared/domain/lab.ts'
import { openStorageLab } from '../../../testing/storage-lab.ts'

function open(writes: 'sync' | 'async' = 'sync', group: 'treatment' | 'control' = 'treatment') {
  const share: LabStorage = { kind: 'nfs', name: 'nas1', server: 'nas', writes }
  const guests = [{}, { node: 'pve2' }, { id: 'ct:102', node: 'pve3' }]
  const lab = openStorageLab({ storages: [share], guests, group })
  const nas = lab.world.storages.servers[0]
  if (nas === undefined) throw new Error('no server')
  const reach = () => lab.world.guests.map((guest) => guest.reach)
  return { ...lab, nas, reach, records: () => lab.world.storages.ledger.recordsOf('vm:100') }
}

describe('a disk on an NFS export', () => {
  it('stalls every guest while the NAS is off, and all go on when it is back', async () => {
    const { world, clock, seconds, nas, reach, log } = open()
    await clock.run(async () => {
      await seconds(300)
      expect(reach()).toEqual(['serving', 'serving', 'serving'])
      nas.cutPower()
      const before = world.storages.ledger.records()
      expect(reach()).toEqual(['stalled', 'stalled', 'stalled'])
      await seconds(600)
      expect(world.storages.ledger.records()).toEqual(before)
      // HA sees processes that run and does nothing.
      expect(world.guests.map(({ host }) => host)).toEqual(['pve1', 'pve2', 'pve3'])
      nas.powerOn()
      await seconds(61)
      expect(reach()).toEqual(['serving', 'serving', 'serving'])
    })
    expect(log.filter(({ message }) => message.startsWith('recover service'))).toEqual([])
    for (const { acknowledged, survived } of world.storages.ledger.records())
      expect(survived).toBe(acknowledged)
  })

  it('keeps all when a node dies, and starts elsewhere at once', async () => {
    const { world, clock, seconds, untilServing, records } = open()
    await clock.run(async () => {
      await seconds(300)
      world.node('pve1').cutPower()
      await seconds(1)
      await untilServing('vm:100')
      await seconds(30)
    })
    expect(world.guest('vm:100').host).not.toBe('pve1')
    expect(records().lost).toEqual([])
  })

  it('cannot be opened while the NAS is off, so recovery ends in error', async () => {
    const { world, clock, seconds, nas, messages } = open()
    await clock.run(async () => {
      await seconds(300)
      nas.cutPower()
      world.node('pve1').cutPower()
      await seconds(400)
      nas.powerOn()
      await seconds(300)
    })
    expect(messages()).toContain("storage 'nas1' is not online")
    expect(messages().some((text) => text.includes('vm:100 failed, entering error state'))).toBe(true)
    expect(world.guest('vm:100').host).toBeUndefined()
  })

  it('lets nobody open a file in the grace period after a restart of the NAS', async () => {
    const { world, clock, seconds, nas } = open('sync', 'control')
    await clock.run(async () => {
      await seconds(300)
      world.guest('vm:101').kill()
      nas.cutPower()
      nas.powerOn()
      while (!nas.serves) await seconds(1)
      world.agents.start(world.guest('vm:101'), world.node('pve2'), 'test', () => {})
      await seconds(80)
      expect(world.guest('vm:101').isRunning).toBe(false)
      expect(world.guest('vm:100').reach).toBe('serving')
      await seconds(15)
      expect(world.guest('vm:101').isRunning).toBe(true)
    })
  })

  it.each([
    ['sync', 'cut', 0, 0],
    ['async', 'cut', 5, 30],
    ['async', 'shut down', 0, 0],
  ] as const)(
    'with %s writes loses what its NAS had in memory when it is %s',
    async (writes, how, least, most) => {
      const { world, clock, seconds, nas, records } = open(writes)
      await clock.run(async () => {
        await seconds(300)
        if (how === 'cut') nas.cutPower()
        else nas.pressPowerButton()
        await seconds(20)
        expect(nas.power).toBe('off')
      })
      const { acknowledged, survived } = records()
      const lostSeconds = (acknowledged - survived) / world.parameters.recordRate
      expect(lostSeconds).toBeGreaterThanOrEqual(least)
      expect(lostSeconds).toBeLessThanOrEqual(most)
    },
  )
})
