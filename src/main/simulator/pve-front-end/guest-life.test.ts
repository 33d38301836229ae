import { describe, expect, it } from 'vitest'
import { inPveLab, type PveSession } from '../../testing/pve-session.ts'

interface Pending {
  readonly key: string
  readonly value?: unknown
  readonly pending?: unknown
  readonly delete?: number
}

/** Begins a task and gives its end. */
async function endOf(
  { data, seconds }: PveSession,
  method: string,
  path: string,
  parameters: Record<string, string | number> = {},
): Promise<string | undefined> {
  const upid = await data<string>(method, path, parameters)
  const node = upid.split(':')[1]
  for (let waited = 0; waited < 300; waited++) {
    await seconds(1)
    const status = await data<{ exitstatus?: string }>(
      'GET',
      `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`,
    )
    if (status.exitstatus !== undefined) return status.exitstatus
  }
  return undefined
}

const minimal = {
  vmid: 900,
  name: 'neu',
  memory: 256,
  cores: 1,
  scsi0: 'rbd1:2',
  net0: 'virtio,bridge=vmbr0',
}

describe('a created guest', () => {
  it('runs, moves, comes under HA, and is recovered like any other', async () => {
    await inPveLab({}, async (session) => {
      const { data, seconds, world } = session
      expect(await endOf(session, 'POST', '/nodes/pve1/qemu', minimal)).toBe('OK')
      expect(await data('GET', '/cluster/nextid', { vmid: 901 })).toBe('901')
      expect(await data('GET', '/nodes/pve1/qemu/900/config')).toMatchObject({
        boot: 'order=scsi0;net0',
        scsi0: 'rbd1:vm-900-disk-0,size=2G',
        net0: expect.stringMatching(/^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/),
      })
      expect(await endOf(session, 'POST', '/nodes/pve1/qemu/900/status/start')).toBe('OK')
      await seconds(60)
      expect(world.guest('vm:900').reach).toBe('serving')
      expect(
        await endOf(session, 'POST', '/nodes/pve1/qemu/900/migrate', { target: 'pve3', online: 1 }),
      ).toBe('OK')
      await data('POST', '/cluster/ha/resources', { sid: 'vm:900' })
      await seconds(60)
      world.node('pve3').cutPower()
      await seconds(300)
      expect(['pve1', 'pve2']).toContain(world.guest('vm:900').host)
    })
  })

  it('is gone when it is destroyed, and its id is free again', async () => {
    await inPveLab({}, async (session) => {
      const { call, data } = session
      await endOf(session, 'POST', '/nodes/pve2/qemu', minimal)
      expect((await call('POST', '/nodes/pve1/qemu', minimal)).reason).toBe(
        "unable to create VM 900 - VM 900 already exists on node 'pve2'",
      )
      expect(await endOf(session, 'DELETE', '/nodes/pve2/qemu/900')).toBe('OK')
      expect((await call('GET', '/nodes/pve2/qemu/900/config')).status).toBe(500)
      expect(await endOf(session, 'POST', '/nodes/pve1/qemu', minimal)).toBe('OK')
      expect(await data('GET', '/nodes/pve1/qemu/900/status/current')).toMatchObject({ status: 'stopped' })
    })
  })

  it('may be a container', async () => {
    await inPveLab({ release: '9.1' }, async (session) => {
      const container = {
        vmid: 901,
        hostname: 'ct',
        rootfs: 'rbd1:1',
        ostemplate: 'local:vztmpl/d.tar.zst',
        start: 1,
      }
      expect(await endOf(session, 'POST', '/nodes/pve1/lxc', container)).toBe('OK')
      expect(session.world.guest('ct:901').isRunning).toBe(true)
      expect(await session.data('GET', '/nodes/pve1/lxc/901/config')).toMatchObject({
        hostname: 'ct',
        memory: 512,
      })
    })
  })
})

describe('a guest’s configuration', () => {
  it('keeps for the next start what a running guest cannot take', async () => {
    await inPveLab({}, async (session) => {
      const { data } = session
      await data('PUT', '/nodes/pve1/qemu/100/config', { memory: 1024, description: 'x', delete: 'ostype' })
      const pending = await data<Pending[]>('GET', '/nodes/pve1/qemu/100/pending')
      const of = (key: string) => pending.find((entry) => entry.key === key)
      expect(of('memory')).toEqual({ key: 'memory', value: '512', pending: '1024' })
      expect(of('ostype')).toMatchObject({ delete: 1 })
      expect(of('description')).toEqual({ key: 'description', value: 'x' })
      expect(await data('GET', '/nodes/pve1/qemu/100/config', { current: 1 })).toMatchObject({
        memory: '512',
      })
      expect(await data('GET', '/nodes/pve1/qemu/100/config')).toMatchObject({ memory: '1024' })
      await endOf(session, 'POST', '/nodes/pve1/qemu/100/status/stop')
      await endOf(session, 'POST', '/nodes/pve1/qemu/100/status/start')
      expect(await data('GET', '/nodes/pve1/qemu/100/config', { current: 1 })).toMatchObject({
        memory: '1024',
      })
    })
  })

  it('is refused while somebody has locked the guest, except to root who says so', async () => {
    await inPveLab({}, async (session) => {
      const { call, data } = session
      await data('PUT', '/nodes/pve1/qemu/100/config', { lock: 'backup' })
      expect((await call('PUT', '/nodes/pve1/qemu/100/config', { name: 'x1' })).reason).toBe(
        'VM is locked (backup)',
      )
      expect(await endOf(session, 'POST', '/nodes/pve1/qemu/100/status/stop')).toBe('VM is locked (backup)')
      await data('PUT', '/nodes/pve1/qemu/100/config', { delete: 'lock', skiplock: 1 })
      expect(await endOf(session, 'POST', '/nodes/pve1/qemu/100/status/stop')).toBe('OK')
    })
  })

  it('is frozen in snapshots, cloned, and grows but never shrinks', async () => {
    await inPveLab({}, async (session) => {
      const { data } = session
      const vm = '/nodes/pve1/qemu/100'
      expect(await endOf(session, 'POST', `${vm}/snapshot`, { snapname: 'before' })).toBe('OK')
      await data('PUT', `${vm}/config`, { name: 'after' })
      expect(await endOf(session, 'POST', `${vm}/snapshot/before/rollback`)).toBe('OK')
      expect(await data('GET', `${vm}/config`)).toMatchObject({ name: 'vm100' })
      expect(await endOf(session, 'PUT', `${vm}/resize`, { disk: 'scsi0', size: '+1G' })).toBe('OK')
      expect(await data('GET', `${vm}/config`)).toMatchObject({ scsi0: 'rbd1:vm-100-disk-0,size=5G' })
      expect(await endOf(session, 'PUT', `${vm}/resize`, { disk: 'scsi0', size: '1G' })).toBe(
        'shrinking disks is not supported',
      )
      expect(await endOf(session, 'POST', `${vm}/clone`, { newid: 500, name: 'copy' })).toBe('OK')
      const copy = await data<Record<string, unknown>>('GET', '/nodes/pve1/qemu/500/config')
      expect(copy).toMatchObject({ name: 'copy', scsi0: 'rbd1:vm-500-disk-0,size=5G' })
    })
  })
})
