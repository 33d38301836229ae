import { describe, expect, it } from 'vitest'
import { inPveLab } from '../../testing/pve-session.ts'

interface Entry {
  readonly storage: string
  readonly active: number
  readonly enabled: number
}

const images = { storage: 'images', type: 'dir', path: '/mnt/images', content: 'images', nodes: 'pve1,pve2' }

describe('a storage that a client defines', () => {
  it('is there for its nodes, takes disks, and goes again', async () => {
    await inPveLab({}, async ({ call, data, seconds }) => {
      await data('POST', '/storage', images)
      const of = async (node: string) =>
        (await data<Entry[]>('GET', `/nodes/${node}/storage`)).find(({ storage }) => storage === 'images')
      expect(await of('pve1')).toMatchObject({ active: 1, enabled: 1 })
      expect(await of('pve3')).toMatchObject({ active: 0, enabled: 0 })
      await data('POST', '/nodes/pve1/qemu', { vmid: 900, scsi0: 'images:1,format=qcow2' })
      await seconds(5)
      expect(await data('GET', '/nodes/pve1/qemu/900/config')).toMatchObject({
        scsi0: 'images:900/vm-900-disk-0.qcow2,size=1G',
      })
      await data('PUT', '/storage/images', { delete: 'nodes', content: 'images,iso' })
      expect(await of('pve3')).toMatchObject({ active: 1 })
      await data('DELETE', '/storage/images')
      expect((await call('GET', '/storage/images')).reason).toBe("storage 'images' does not exist")
    })
  })

  it('is refused where its server does not answer, after six seconds', async () => {
    await inPveLab({}, async ({ call }) => {
      const nfs = { storage: 'nas1', type: 'nfs', server: '10.9.0.99', export: '/x' }
      const answer = await call('POST', '/storage', nfs)
      expect(answer.reason).toBe("create storage failed: storage 'nas1' is not online")
      expect(answer.seconds).toBeCloseTo(6.15)
      const local = await call('DELETE', '/storage/local')
      expect(local.status).toBe(500)
    })
  })
})
