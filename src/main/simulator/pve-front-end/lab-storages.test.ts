import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, type PveSession, threeNodes } from '../../testing/pve-session.ts'

const lab: Lab = {
  ...threeNodes,
  storages: [
    { kind: 'zfspool', name: 'tank' },
    { kind: 'nfs', name: 'nas1', server: 'nas', writes: 'sync' },
    { kind: 'drbd', name: 'r0', nodes: ['pve1', 'pve2'], protocol: 'C' },
    { kind: 'dir', name: 'scratch' },
  ],
  guests: ['tank', 'nas1', 'r0', 'scratch'].map((storage, index) => ({
    id: `vm:10${index}`,
    name: storage,
    ramMiB: 512,
    cpus: 1,
    diskGB: 4,
    node: 'pve1',
    storage,
    ...(storage === 'tank' ? { replication: [{ target: 'pve2', everyMinutes: 15 }] } : {}),
  })),
}

type Row = Record<string, unknown>

/** The end of a task, and its log. */
async function taskOf({ data, seconds }: PveSession, upid: string) {
  const path = `/nodes/${upid.split(':')[1]}/tasks/${encodeURIComponent(upid)}`
  for (let asked = 0; asked < 300; asked += 1) {
    const { status, exitstatus } = await data<{ status: string; exitstatus?: string }>(
      'GET',
      `${path}/status`,
    )
    if (status === 'stopped') return { exitstatus, lines: await data<{ t: string }[]>('GET', `${path}/log`) }
    await seconds(1)
  }
  throw new Error(`${upid} does not end`)
}

describe('the storages of a lab', () => {
  it('are listed with their types, volumes and whether a node reaches them', async () => {
    await inPveLab({ lab }, async ({ data, seconds, world }) => {
      await seconds(60)
      const active = async () =>
        Object.fromEntries(
          (await data<Row[]>('GET', '/nodes/pve2/storage')).map((row) => [
            row.storage,
            [row.type, row.active],
          ]),
        )
      expect(await active()).toEqual({
        local: ['dir', 1],
        rbd1: ['rbd', 1],
        tank: ['zfspool', 1],
        nas1: ['nfs', 1],
        r0: ['drbd', 1],
        scratch: ['dir', 1],
      })
      const volumes = async (storage: string) =>
        (await data<Row[]>('GET', `/nodes/pve1/storage/${storage}/content`)).map(({ volid }) => volid)
      expect(await volumes('tank')).toEqual(['tank:vm-100-disk-0'])
      expect(await volumes('nas1')).toEqual(['nas1:101/vm-101-disk-0.qcow2'])
      expect(await volumes('rbd1')).toEqual([])
      expect(await data<Row>('GET', '/nodes/pve1/qemu/103/config')).toMatchObject({
        scsi0: 'scratch:103/vm-103-disk-0.qcow2,size=4G',
      })
      world.storages.servers[0]?.cutPower()
      expect((await active()).nas1).toEqual(['nfs', 0])
    })
  })

  it('show their replication jobs on the node of the guest', async () => {
    await inPveLab({ lab }, async ({ data, seconds, world }) => {
      await seconds(1000)
      const job = { id: '100-0', guest: 100, jobnum: 0, source: 'pve1', target: 'pve2', schedule: '*/15' }
      expect(await data('GET', '/cluster/replication')).toEqual([{ ...job, type: 'local' }])
      const [status] = await data<Row[]>('GET', '/nodes/pve1/replication')
      expect(status).toMatchObject({ ...job, vmtype: 'qemu', fail_count: 0 })
      expect(Number(status?.next_sync) - Number(status?.last_sync)).toBe(900)
      expect(await data('GET', '/nodes/pve2/replication')).toEqual([])
      expect(world.storages.replications[0]?.job.lastSyncMs).toBe(900_000)
    })
  })

  it('keep a running guest with a local disk from moving unless that may move too', async () => {
    await inPveLab({ lab, group: 'control' }, async (session) => {
      const { data, seconds, world } = session
      await seconds(300)
      const migrate = async (options: Record<string, string | number>) =>
        taskOf(
          session,
          await data<string>('POST', '/nodes/pve1/qemu/103/migrate', {
            target: 'pve2',
            online: 1,
            ...options,
          }),
        )
      const refused = await migrate({})
      expect(refused.exitstatus).toBe('migration aborted')
      expect(refused.lines.map(({ t }) => t).join('\n')).toContain(
        "can't migrate local disk 'scratch:103/vm-103-disk-0.qcow2': can't live migrate attached local disks",
      )
      expect((await migrate({ 'with-local-disks': 1 })).exitstatus).toBe('OK')
      expect(world.guest('vm:103').host).toBe('pve2')
    })
  })
})
