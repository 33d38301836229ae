import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, threeNodes } from '../../testing/pve-session.ts'

const container = '/nodes/pve1/lxc/200'

describe('a container', () => {
  it('keeps snapshots of its configuration and goes back to them', async () => {
    await inPveLab({}, async ({ data, endOf, call }) => {
      await data('PUT', `${container}/config`, { description: 'first' })
      expect(await endOf('POST', `${container}/snapshot`, { snapname: 'before' })).toBe('OK')
      expect(await endOf('POST', `${container}/snapshot`, { snapname: 'before' })).toBe(
        "snapshot name 'before' already used",
      )
      await data('PUT', `${container}/config`, { description: 'second' })
      expect(await endOf('POST', `${container}/snapshot`, { snapname: 'after' })).toBe('OK')
      await data('PUT', `${container}/snapshot/before/config`, { description: 'a word' })
      expect(await data('GET', `${container}/snapshot`)).toMatchObject([
        { name: 'before', description: 'a word' },
        { name: 'after', parent: 'before' },
        { name: 'current', parent: 'after', running: 1 },
      ])
      expect(await endOf('POST', `${container}/snapshot/before/rollback`, { start: 1 })).toBe('OK')
      expect(await data('GET', `${container}/config`)).toMatchObject({ description: 'first' })
      expect(await data('GET', `${container}/status/current`)).toMatchObject({ status: 'running' })
      expect(await endOf('DELETE', `${container}/snapshot/before`)).toBe('OK')
      expect(await data('GET', `${container}/snapshot`)).toMatchObject([
        { name: 'after' },
        { name: 'current' },
      ])
      const gone = await call('GET', `${container}/snapshot/before/config`)
      expect(gone.reason).toBe("snapshot 'before' does not exist")
    })
  })

  it('stops when it goes back and nobody asks for a start', async () => {
    await inPveLab({}, async ({ data, endOf, world }) => {
      await endOf('POST', `${container}/snapshot`, { snapname: 'before' })
      expect(await endOf('POST', `${container}/snapshot/before/rollback`)).toBe('OK')
      expect(await data('GET', `${container}/status/current`)).toMatchObject({ status: 'stopped' })
      expect(world.guest('ct:200').host).toBeUndefined()
    })
  })

  it('is cloned with a name, a disk and cards of its own, while it runs only from a snapshot', async () => {
    await inPveLab({}, async ({ call, data, endOf }) => {
      const running = await call('POST', `${container}/clone`, { newid: 201 })
      expect(running.reason).toBe('cannot do full clones on a running container without snapshots')
      await endOf('POST', `${container}/snapshot`, { snapname: 'before' })
      const copy = { newid: 201, hostname: 'twin', snapname: 'before' }
      expect(await endOf('POST', `${container}/clone`, copy)).toBe('OK')
      const [old, made] = [
        await data<Record<string, string>>('GET', `${container}/config`),
        await data<Record<string, string>>('GET', '/nodes/pve1/lxc/201/config'),
      ]
      expect(made).toMatchObject({ hostname: 'twin', rootfs: expect.stringContaining('vm-201-disk-0') })
      expect(made.net0).not.toBe(old.net0)
      expect(await endOf('POST', '/nodes/pve1/lxc/201/status/start')).toBe('OK')
      expect(await data('GET', '/nodes/pve1/lxc/201/status/current')).toMatchObject({ status: 'running' })
    })
  })

  it('becomes a template, of which linked clones take no time', async () => {
    await inPveLab({}, async ({ call, data, endOf, clock }) => {
      expect((await call('POST', `${container}/template`)).status).toBe(500)
      await endOf('POST', `${container}/status/stop`)
      await data('POST', `${container}/template`)
      const beforeMs = clock.nowMs()
      expect(await endOf('POST', `${container}/clone`, { newid: 202 })).toBe('OK')
      expect(clock.nowMs() - beforeMs).toBeLessThan(1500)
      expect(await data('GET', '/nodes/pve1/lxc/202/config')).not.toHaveProperty('template')
    })
  })

  it('stands still while it is suspended', async () => {
    await inPveLab({}, async ({ endOf, seconds, world }) => {
      await seconds(60)
      expect(await endOf('POST', `${container}/status/suspend`)).toBe('OK')
      expect(world.guest('ct:200').reach).toBe('silent')
      expect(await endOf('POST', `${container}/status/resume`)).toBe('OK')
      expect(world.guest('ct:200').reach).toBe('serving')
    })
  })
})

describe('a copy', () => {
  it('has its disk named as the storage does where it goes', async () => {
    await inPveLab({ lab }, async ({ data, endOf }) => {
      const disks = async (base: string, newid: number, storage: string, disk: string) => {
        expect(await endOf('POST', `${base}/clone`, { newid, storage })).toBe('OK')
        const config = await data<Record<string, string>>(
          'GET',
          `${base.replace(/\d+$/, String(newid))}/config`,
        )
        return config[disk]
      }
      expect(await disks('/nodes/pve1/qemu/100', 901, 'scratch', 'scsi0')).toBe(
        'scratch:901/vm-901-disk-0.raw,size=4G',
      )
      await endOf('POST', `${container}/status/stop`)
      expect(await disks(container, 902, 'tank', 'rootfs')).toBe('tank:subvol-902-disk-0,size=4G')
    })
  })
})

const lab: Lab = {
  ...threeNodes,
  storages: [
    { kind: 'dir', name: 'scratch' },
    { kind: 'zfspool', name: 'tank' },
    { kind: 'nfs', name: 'nas1', server: 'nas', writes: 'sync' },
  ],
}

describe('a disk that moves to another storage', () => {
  it('takes all that was written along, while its machine runs on', async () => {
    await inPveLab({ lab }, async ({ data, endOf, seconds, world }) => {
      await seconds(100)
      for (const storage of ['nas1', 'tank', 'scratch', 'rbd1']) {
        expect(
          await endOf('POST', '/nodes/pve1/qemu/100/move_disk', { disk: 'scsi0', storage, delete: 1 }),
        ).toBe('OK')
        expect(world.guest('vm:100').disk.storage?.name).toBe(storage)
        await seconds(20)
        const { acknowledged, survived, lost } = world.storages.ledger.recordsOf('vm:100')
        expect(lost).toEqual([])
        expect(survived).toBe(acknowledged)
        expect(world.guest('vm:100').disk.content.count).toBe(acknowledged)
      }
      expect(await data('GET', '/nodes/pve1/qemu/100/status/current')).toMatchObject({ status: 'running' })
    })
  })

  it('decides where its guest can go from then on', async () => {
    await inPveLab({ lab, group: 'treatment' }, async ({ endOf, seconds, world }) => {
      await seconds(100)
      const gone = { disk: 'scsi0', storage: 'nas1', delete: 1 }
      expect(await endOf('POST', '/nodes/pve1/qemu/100/move_disk', gone)).toBe('OK')
      world.storages.servers.find(({ name }) => name === 'nas')?.cutPower()
      await seconds(30)
      expect(world.guest('vm:100').disk.answers('pve1')).toBe(false)
      expect(world.guest('vm:101').disk.answers('pve2')).toBe(true)
    })
  })

  it('leaves its old volume behind unless it is told not to, and that one can be let go', async () => {
    await inPveLab({ lab }, async ({ call, data, endOf }) => {
      const guest = '/nodes/pve1/qemu/100'
      const same = await call('POST', `${guest}/move_disk`, { disk: 'scsi0', storage: 'rbd1' })
      expect(same.reason).toBe("you can't move to the same storage with same format")
      expect(await endOf('POST', `${guest}/move_disk`, { disk: 'scsi0', storage: 'scratch' })).toBe('OK')
      const config = await data<Record<string, string>>('GET', `${guest}/config`)
      expect(config.scsi0).toMatch(/^scratch:100\/vm-100-disk-0\.raw/)
      expect(config.unused0).toBe('rbd1:vm-100-disk-0')
      await data('PUT', `${guest}/unlink`, { idlist: 'unused0' })
      expect(await data('GET', `${guest}/config`)).not.toHaveProperty('unused0')
    })
  })

  it('of a container wants it stopped, and grows there', async () => {
    await inPveLab({ lab }, async ({ call, data, endOf }) => {
      const volume = { volume: 'rootfs', storage: 'tank' }
      const running = await call('POST', `${container}/move_volume`, volume)
      expect(running.reason).toBe('cannot move volumes of a running container')
      await endOf('POST', `${container}/status/stop`)
      expect(await endOf('POST', `${container}/move_volume`, volume)).toBe('OK')
      expect(await endOf('PUT', `${container}/resize`, { disk: 'rootfs', size: '+2G' })).toBe('OK')
      expect(await data('GET', `${container}/config`)).toMatchObject({
        rootfs: expect.stringMatching(/^tank:subvol-200-disk-0,size=6G/),
      })
      expect(await endOf('POST', `${container}/status/start`)).toBe('OK')
    })
  })
})
