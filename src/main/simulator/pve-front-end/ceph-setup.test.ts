import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, type PveSession, threeNodes } from '../../testing/pve-session.ts'
import { notePackages } from './ceph-setup.ts'

const nodes = ['pve1', 'pve2', 'pve3']
const bare: Lab = {
  ...threeNodes,
  nodes: threeNodes.nodes.map((node) => ({ ...node, cephDiskGB: 0 })),
  guests: [],
}
const withoutCeph = { lab: bare, emptyDiskGB: 25 }

interface Health {
  readonly health: { readonly status: string; readonly checks: Readonly<Record<string, unknown>> }
  readonly quorum_names: readonly string[]
  readonly osdmap: { readonly num_osds: number; readonly num_up_osds: number; readonly num_in_osds: number }
  readonly pgmap: { readonly num_pgs: number }
}

/** Carries a task out to its end; gives its exit status. */
async function task(
  { data, seconds }: PveSession,
  method: string,
  path: string,
  parameters: Readonly<Record<string, string | number>> = {},
): Promise<string> {
  const upid = await data<string>(method, path, parameters)
  const [, node = ''] = upid.split(':')
  for (;;) {
    await seconds(1)
    const { status, exitstatus } = await data<{ status: string; exitstatus?: string }>(
      'GET',
      `/nodes/${node}/tasks/${upid}/status`,
    )
    if (status === 'stopped') return exitstatus ?? ''
  }
}

const statusOf = ({ data }: PveSession) => data<Health>('GET', '/cluster/ceph/status')
const codesOf = async (session: PveSession) => Object.keys((await statusOf(session)).health.checks)

/** Three monitors, managers and OSDs, and a pool. */
async function setUp(session: PveSession): Promise<void> {
  const { data, frontEnd } = session
  for (const node of nodes) notePackages(frontEnd.lab, node)
  await data('POST', '/nodes/pve1/ceph/init', { network: '10.9.0.0/24' })
  for (const node of nodes) expect(await task(session, 'POST', `/nodes/${node}/ceph/mon/${node}`)).toBe('OK')
  for (const node of ['pve2', 'pve3'])
    expect(await task(session, 'POST', `/nodes/${node}/ceph/mgr/${node}`)).toBe('OK')
  for (const node of nodes)
    expect(await task(session, 'POST', `/nodes/${node}/ceph/osd`, { dev: '/dev/sdb' })).toBe('OK')
  const pool = { name: 'rbd1', pg_num: 32, pg_autoscale_mode: 'on', add_storages: 1 }
  expect(await task(session, 'POST', '/nodes/pve1/ceph/pool', pool)).toBe('OK')
}

describe('Ceph set up over the API', () => {
  it('ends healthy, with three monitors, managers and OSDs, and a pool for guests', () =>
    inPveLab(withoutCeph, async (session) => {
      const { data, seconds, world } = session
      await setUp(session)
      await seconds(120)
      const status = await statusOf(session)
      expect(status.health).toEqual(expect.objectContaining({ status: 'HEALTH_OK', checks: {} }))
      expect(status.quorum_names).toEqual(nodes)
      expect(status.osdmap).toMatchObject({ num_osds: 3, num_up_osds: 3, num_in_osds: 3 })
      expect(status.pgmap.num_pgs).toBe(33)
      const storages = await data<{ storage: string; type: string; active: number }[]>(
        'GET',
        '/nodes/pve2/storage',
      )
      expect(storages).toContainEqual(expect.objectContaining({ storage: 'rbd1', type: 'rbd', active: 1 }))
      const keys = { 'config-keys': 'global:osd_pool_default_size;global:nothing' }
      expect(await data('GET', '/nodes/pve2/ceph/cfg/value', keys)).toEqual({
        global: { osd_pool_default_size: '3' },
      })
      const disks = await data<{ devpath: string; used?: string; osdid: number }[]>(
        'GET',
        '/nodes/pve3/disks/list',
      )
      expect(disks[1]).toMatchObject({ devpath: '/dev/sdb', used: 'LVM', osdid: 2 })
      expect(world.load.demandMiB(world.node('pve1').spec)).toBeGreaterThan(2000)
    }))
})

/** Answers of calls that must be refused. */
const refusalOf = async ({ call }: PveSession, method: string, path: string, parameters = {}) =>
  (await call(method, path, parameters)).reason

describe('what is wrong with a step', () => {
  it('is said before anything happens', () =>
    inPveLab(withoutCeph, async (session) => {
      const { call, data, frontEnd } = session
      const refused = (method: string, path: string, parameters = {}) =>
        refusalOf(session, method, `/nodes/pve1/ceph${path}`, parameters)
      expect(await refused('POST', '/init')).toBe('binary not installed: /usr/bin/ceph-mon')
      expect(await refused('GET', '/mon')).toMatch('pveceph configuration not initialized')
      const wrong = await call('POST', '/nodes/pve1/ceph/init', { size: 8 })
      expect(wrong.status).toBe(400)
      expect(wrong.json.errors).toEqual({ size: 'value must have a maximum value of 7' })
      for (const node of nodes) notePackages(frontEnd.lab, node)
      await data('POST', '/nodes/pve1/ceph/init', { network: '192.168.7.0/24' })
      expect(await refused('POST', '/mon/pve1')).toMatch('No active IP found')
      await data('POST', '/nodes/pve1/ceph/init', { network: '10.9.0.0/24' })
      expect(await data('GET', '/nodes/pve1/ceph/mon')).toEqual([])
      expect(await refused('POST', '/osd', { dev: '/dev/sdb' })).toBe('got timeout')
      expect(await task(session, 'POST', '/nodes/pve1/ceph/mon/pve1')).toBe('OK')
      expect(await refused('POST', '/mon/pve1')).toBe("monitor 'pve1' already exists")
      expect(await refused('DELETE', '/mon/pve1')).toBe("can't remove last monitor")
      expect(await refused('POST', '/osd', { dev: '/dev/sda' })).toBe("device '/dev/sda' is already in use")
      expect(await refused('POST', '/mds/pve1')).toBe('the embedded lab has no CephFS')
      const pool = { name: 'odd', size: 3, min_size: 4 }
      expect(await task(session, 'POST', '/nodes/pve1/ceph/pool', pool)).toBe('Could not set: min_size')
    }))
})

describe('the health of a new cluster', () => {
  it('misses OSDs after a minute, and warns of a pool with more groups than it needs', () =>
    inPveLab(withoutCeph, async (session) => {
      const { data, frontEnd, seconds } = session
      for (const node of nodes) notePackages(frontEnd.lab, node)
      await data('POST', '/nodes/pve1/ceph/init')
      await task(session, 'POST', '/nodes/pve1/ceph/mon/pve1')
      await seconds(30)
      expect(await codesOf(session)).toEqual([])
      await seconds(60)
      expect(await codesOf(session)).toEqual(['TOO_FEW_OSDS'])
      await task(session, 'POST', '/nodes/pve1/ceph/pool', { name: 'many' })
      await seconds(90)
      expect(await codesOf(session)).toContain('POOL_TOO_MANY_PGS')
    }))
})

describe('daemons that are destroyed', () => {
  it('are no longer missed: a monitor, a manager and an OSD', () =>
    inPveLab({}, async (session) => {
      const { data, seconds, world } = session
      // A monitor that is stopped is missed, one that is destroyed is not.
      expect(await task(session, 'POST', '/nodes/pve3/ceph/stop', { service: 'mon' })).toBe('OK')
      await seconds(20)
      expect(await codesOf(session)).toEqual(['MON_DOWN'])
      expect(await task(session, 'DELETE', '/nodes/pve3/ceph/mon/pve3')).toBe('OK')
      await seconds(20)
      const status = await statusOf(session)
      expect(status.health.status).toBe('HEALTH_OK')
      expect(status.quorum_names).toEqual(['pve1', 'pve2'])
      // Two monitors need each other.
      world.node('pve2').cutPower()
      await seconds(30)
      expect(world.ceph.monitors.quorum).toEqual([])
      world.node('pve2').powerOn()
      await seconds(150)
      expect(await task(session, 'DELETE', '/nodes/pve2/ceph/mgr/pve2')).toBe('OK')
      await seconds(60)
      const managers = await data<{ name: string }[]>('GET', '/nodes/pve1/ceph/mgr')
      expect(managers.map(({ name }) => name).sort()).toEqual(['pve1', 'pve3'])
    }))

  it('must be out and stopped first if they are OSDs, and take their copies along', () =>
    inPveLab({}, async (session) => {
      const { data, seconds, world } = session
      const osd = '/nodes/pve2/ceph/osd/1'
      expect(await refusalOf(session, 'DELETE', osd)).toBe('osd is in use (in == 1)')
      await data('POST', `${osd}/out`)
      await seconds(10)
      expect(await refusalOf(session, 'DELETE', osd)).toBe('osd is still running (up == 1)')
      expect(await task(session, 'POST', '/nodes/pve2/ceph/stop', { service: 'osd.1' })).toBe('OK')
      await seconds(10)
      expect(await task(session, 'DELETE', osd)).toBe('OK')
      await seconds(90)
      const codes = await codesOf(session)
      expect(codes).toEqual(['PG_DEGRADED', 'TOO_FEW_OSDS'])
      expect((await statusOf(session)).osdmap).toMatchObject({ num_osds: 2, num_up_osds: 2 })
      // Guests go on with two copies.
      expect(world.ceph.diskAnswers('pve1')).toBe(true)
      // Its volume group is still there.
      const create = { dev: '/dev/sdb' }
      const [again, wipe] = ['/nodes/pve2/ceph/osd', '/nodes/pve2/disks/wipedisk']
      expect(await refusalOf(session, 'POST', again, create)).toBe("device '/dev/sdb' is already in use")
      expect(await refusalOf(session, 'PUT', wipe, { disk: '/dev/sdb' })).toMatch('has a holder')
      world.disks.fill('pve2', 'sdb', { kind: 'empty' })
      expect(await task(session, 'POST', again, create)).toBe('OK')
      await seconds(15)
      const recovering = await codesOf(session)
      expect(recovering).toContain('PG_DEGRADED')
      await seconds(900)
      expect((await statusOf(session)).health.status).toBe('HEALTH_OK')
      expect(world.ceph.osdMap.existing.map(({ id, node }) => [id, node])).toEqual([
        [0, 'pve1'],
        [1, 'pve2'],
        [2, 'pve3'],
      ])
    }))

  it('stop guests below min_size, until others have their copies', () =>
    inPveLab({}, async (session) => {
      const { data, seconds, world } = session
      for (const [osd, node] of [
        [1, 'pve2'],
        [2, 'pve3'],
      ] as const) {
        await data('POST', `/nodes/${node}/ceph/osd/${osd}/out`)
        await task(session, 'POST', `/nodes/${node}/ceph/stop`, { service: `osd.${osd}` })
        await seconds(30)
        await task(session, 'DELETE', `/nodes/${node}/ceph/osd/${osd}`, { cleanup: 1 })
      }
      await seconds(30)
      // One copy of everything is left, less than min_size.
      expect(world.ceph.diskAnswers('pve1')).toBe(false)
      for (const node of ['pve2', 'pve3'])
        expect(await task(session, 'POST', `/nodes/${node}/ceph/osd`, { dev: '/dev/sdb' })).toBe('OK')
      await seconds(900)
      expect(world.ceph.diskAnswers('pve1')).toBe(true)
      expect((await statusOf(session)).health.status).toBe('HEALTH_OK')
    }))
})

describe('pools', () => {
  it('take another size, which their groups follow, and are destroyed with their storage', () =>
    inPveLab(withoutCeph, async (session) => {
      const { data, seconds, world } = session
      await setUp(session)
      await seconds(60)
      expect(await task(session, 'PUT', '/nodes/pve1/ceph/pool/rbd1', { size: 2 })).toBe('OK')
      await seconds(60)
      const [pool] = (
        await data<{ pool_name: string; size: number; min_size: number }[]>('GET', '/nodes/pve1/ceph/pool')
      ).filter(({ pool_name }) => pool_name === 'rbd1')
      expect(pool).toMatchObject({ size: 2, min_size: 1 })
      expect((await statusOf(session)).health.status).toBe('HEALTH_OK')
      const guest = { vmid: 105, memory: 256, scsi0: 'rbd1:4' }
      expect(await task(session, 'POST', '/nodes/pve1/qemu', guest)).toBe('OK')
      expect(await task(session, 'POST', '/nodes/pve1/qemu/105/status/start')).toBe('OK')
      await seconds(90)
      const used = await data<{ pool_name: string; bytes_used: number }[]>('GET', '/nodes/pve1/ceph/pool')
      expect(used.find(({ pool_name }) => pool_name === 'rbd1')?.bytes_used).toBeGreaterThan(2 ** 30)
      // Its disk stands still with the pool.
      const reach = () => world.guest('vm:105').reach
      expect(reach()).toBe('serving')
      for (const osd of [0, 1, 2]) world.ceph.osdMap.stopOsd(osd, 'killed')
      world.ceph.reconsider()
      await seconds(30)
      expect(reach()).not.toBe('serving')
      for (const osd of [0, 1, 2]) world.ceph.osdMap.startOsd(osd, 1)
      await seconds(90)
      expect(reach()).toBe('serving')
      expect(await task(session, 'POST', '/nodes/pve1/qemu/105/status/stop')).toBe('OK')
      expect(await refusalOf(session, 'DELETE', '/nodes/pve1/ceph/pool/rbd1')).toBe(
        "ceph pool 'rbd1' still in use by storage 'rbd1'",
      )
      expect(await task(session, 'DELETE', '/nodes/pve1/qemu/105')).toBe('OK')
      const gone = { remove_storages: 1 }
      expect(await task(session, 'DELETE', '/nodes/pve1/ceph/pool/rbd1', gone)).toBe('OK')
      await seconds(30)
      expect((await statusOf(session)).pgmap.num_pgs).toBe(1)
      const storages = await data<{ storage: string }[]>('GET', '/storage')
      expect(storages.map(({ storage }) => storage)).toEqual(['local'])
    }))
})
