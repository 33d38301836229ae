import { describe, expect, it } from 'vitest'
import { inPveLab } from '../../testing/pve-session.ts'

interface Row {
  readonly volid: string
  readonly size: number
}

const ofCeph = '/nodes/pve1/storage/rbd1/content'
const local = '/nodes/pve1/storage/local/content'

describe('the content of a storage', () => {
  it('is what configurations name there, wherever disks have gone', async () => {
    await inPveLab({}, async ({ data, endOf }) => {
      const volumes = async (path: string) => (await data<Row[]>('GET', path)).map(({ volid }) => volid)
      expect(await volumes(ofCeph)).toEqual(
        ['100', '101', '102', '200'].map((vmid) => `rbd1:vm-${vmid}-disk-0`),
      )
      const move = { disk: 'scsi0', storage: 'local', format: 'qcow2' }
      expect(await endOf('POST', '/nodes/pve1/qemu/100/move_disk', move)).toBe('OK')
      expect(await volumes(local)).toEqual(['local:100/vm-100-disk-0.qcow2'])
      // The old one is kept as a disk that is not used, and the directory of another node is another.
      expect(await volumes(ofCeph)).toContain('rbd1:vm-100-disk-0')
      expect(await volumes('/nodes/pve2/storage/local/content')).toEqual([])
      await data('PUT', '/nodes/pve1/qemu/100/unlink', { idlist: 'unused0' })
      expect(await volumes(ofCeph)).not.toContain('rbd1:vm-100-disk-0')
    })
  })

  it('grows by volumes that are made for later, and lets those go again', async () => {
    await inPveLab({}, async ({ call, data, endOf }) => {
      const made = { vmid: 100, filename: 'vm-100-disk-5.qcow2', size: '512M' }
      expect(await data('POST', local, made)).toBe('local:100/vm-100-disk-5.qcow2')
      expect(await data('GET', local, { vmid: 100 })).toMatchObject([
        { format: 'qcow2', size: 512 * 1024 ** 2 },
      ])
      const volume = `${local}/${encodeURIComponent('local:100/vm-100-disk-5.qcow2')}`
      expect(await data('GET', volume)).toMatchObject({ path: '/var/lib/vz/images/100/vm-100-disk-5.qcow2' })
      const again = await call('POST', local, made)
      expect(again.reason).toBe("disk image '/var/lib/vz/images/100/vm-100-disk-5.qcow2' already exists")
      expect((await call('POST', local, { ...made, filename: 'disk.raw' })).reason).toBe(
        "illegal name 'disk.raw' - should be 'vm-100-*'",
      )
      expect(await endOf('DELETE', volume)).toBe('OK')
      expect((await call('GET', volume)).status).toBe(500)
      const used = await call('DELETE', `${ofCeph}/vm-100-disk-0`)
      expect(used.reason).toBe("can't remove volume 'rbd1:vm-100-disk-0' - it is used by guest 100")
    })
  })
})
