import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, type PveSession, threeNodes } from '../../testing/pve-session.ts'

const guests = ['vm:110', 'vm:111', 'ct:210'].map((id) => ({
  id,
  name: id.replace(':', ''),
  ramMiB: 256,
  cpus: 1,
  diskGB: 4,
  node: 'pve1',
}))
const lab: Lab = { ...threeNodes, guests: [...threeNodes.guests, ...guests] }

const states = async ({ data }: PveSession, node = 'pve1') => {
  const rows = await data<{ vmid: number; type: string; node: string; status: string }[]>(
    'GET',
    '/cluster/resources',
    { type: 'vm' },
  )
  return rows.filter((row) => row.node === node).map(({ vmid, status }) => `${vmid} ${status}`)
}

describe('all guests of a node', () => {
  it('stop and start, each in a task of its own, and those without onboot only when forced', async () => {
    await inPveLab({ lab }, async (session) => {
      const { data, endOf } = session
      await data('PUT', '/nodes/pve1/qemu/111/config', { onboot: 0 })
      expect(await endOf('POST', '/nodes/pve1/stopall')).toBe('OK')
      expect(await states(session)).toEqual([
        '100 stopped',
        '200 stopped',
        '110 stopped',
        '111 stopped',
        '210 stopped',
      ])
      expect(await endOf('POST', '/nodes/pve1/startall')).toBe('OK')
      expect(await states(session)).toEqual([
        '100 running',
        '200 running',
        '110 running',
        '111 stopped',
        '210 running',
      ])
      expect(await endOf('POST', '/nodes/pve1/startall', { force: 1, vms: '111' })).toBe('OK')
      expect(await states(session)).toContain('111 running')
      const tasks = await data<{ type: string }[]>('GET', '/nodes/pve1/tasks', { typefilter: 'qmstart' })
      expect(tasks.length).toBe(3)
    })
  })

  it('are suspended to disk where they can be, and move to another node', async () => {
    await inPveLab({ lab }, async (session) => {
      const { endOf, seconds, world } = session
      await seconds(60)
      expect(await endOf('POST', '/nodes/pve1/suspendall', { vms: '100,200' })).toBe('OK')
      expect(world.guest('vm:100').state).toBe('suspended')
      expect(world.guest('ct:200').state).toBe('running')
      expect(await endOf('POST', '/nodes/pve1/migrateall', { target: 'pve2', maxworkers: 2 })).toBe('OK')
      await seconds(30)
      expect(await states(session)).toEqual([])
      expect((await states(session, 'pve2')).sort()).toEqual([
        '100 stopped',
        '101 running',
        '110 running',
        '111 running',
        '200 running',
        '210 running',
      ])
    })
  })

  it('are left to HA where it cares for them: it moves them, and is not stopped behind its back', async () => {
    await inPveLab({ lab, group: 'treatment' }, async (session) => {
      const { data, endOf, seconds } = session
      await seconds(120)
      expect(await endOf('POST', '/nodes/pve1/stopall')).toBe('OK')
      expect(await states(session)).toContain('100 running')
      expect(await endOf('POST', '/nodes/pve1/migrateall', { target: 'pve3', vms: '100' })).toBe('OK')
      await seconds(60)
      expect(await states(session, 'pve3')).toContain('100 running')
      const requests = await data<unknown[]>('GET', '/nodes/pve1/tasks', { typefilter: 'hamigrate' })
      expect(requests.length).toBe(1)
    })
  })

  it('want the privilege at the root or at each of those that are named', async () => {
    await inPveLab({ lab }, async ({ data, frontEnd, send }) => {
      await data('POST', '/access/users', { userid: 'lab@pve' })
      await data('PUT', '/access/acl', { path: '/vms/110', roles: 'PVEVMUser', users: 'lab@pve' })
      const accounts = frontEnd.lab.accountsOf('pve1')
      const ask = (body: string) =>
        send('pve1', {
          method: 'POST',
          target: '/api2/json/nodes/pve1/stopall',
          headers: {
            cookie: `PVEAuthCookie=${encodeURIComponent(accounts.createTicket('lab@pve'))}`,
            csrfpreventiontoken: accounts.createCsrfToken('lab@pve'),
            'content-length': String(body.length),
          },
          body,
        })
      expect((await ask('')).reason).toBe('Permission check failed (/, VM.PowerMgmt)')
      expect((await ask('vms=110,111')).reason).toBe('Permission check failed (/vms/111, VM.PowerMgmt)')
      expect((await ask('vms=110')).status).toBe(200)
    })
  })
})

describe('guests of the whole cluster (9.1)', () => {
  it('are shut down, started and gathered on one node', async () => {
    await inPveLab({ lab, release: '9.1' }, async (session) => {
      const { endOf, seconds } = session
      const bulk = '/cluster/bulk-action/guest'
      expect(await endOf('POST', `${bulk}/shutdown`, { timeout: 60 })).toBe('OK')
      const all = async () =>
        (await Promise.all(['pve1', 'pve2', 'pve3'].map((node) => states(session, node)))).flat()
      expect((await all()).every((text) => text.endsWith('stopped'))).toBe(true)
      expect(await endOf('POST', `${bulk}/start`)).toBe('OK')
      expect((await all()).every((text) => text.endsWith('running'))).toBe(true)
      await seconds(60)
      expect(await endOf('POST', `${bulk}/migrate`, { target: 'pve3', online: 1 })).toBe('OK')
      expect((await states(session, 'pve3')).length).toBe(lab.guests.length)
      expect(await endOf('POST', `${bulk}/suspend`, { 'to-disk': 1 })).toBe('OK')
      expect(session.world.guest('vm:101').state).toBe('suspended')
    })
  })
})

describe('pools', () => {
  it('hold guests and storages, each guest in one at most', async () => {
    await inPveLab({ lab }, async ({ call, data, endOf }) => {
      await data('POST', '/pools', { poolid: 'class', comment: 'of this term' })
      await data('POST', '/pools', { poolid: 'other' })
      await data('PUT', '/pools', { poolid: 'class', vms: '110,210', storage: 'local' })
      expect(await data('GET', '/pools')).toEqual([
        { poolid: 'class', comment: 'of this term' },
        { poolid: 'other' },
      ])
      const { members } = await data<{ members: { id: string }[] }>('GET', '/pools/class')
      expect(members.map(({ id }) => id)).toEqual([
        'qemu/110',
        'lxc/210',
        ...['pve1', 'pve2', 'pve3'].map((node) => `storage/${node}/local`),
      ])
      const twice = await call('PUT', '/pools', { poolid: 'other', vms: 110 })
      expect(twice.reason).toBe(
        "update pools failed: VM 110 belongs already to pool 'class' and 'allow-move' is not set",
      )
      await data('PUT', '/pools/other', { vms: 110, 'allow-move': 1 })
      const full = await call('DELETE', '/pools', { poolid: 'other' })
      expect(full.reason).toBe("delete pool failed: pool 'other' is not empty (contains VM 110)")
      await endOf('POST', '/nodes/pve1/qemu/110/status/stop')
      expect(await endOf('DELETE', '/nodes/pve1/qemu/110')).toBe('OK')
      await data('DELETE', '/pools/other')
      expect(await data('GET', '/pools')).toEqual([{ poolid: 'class', comment: 'of this term' }])
    })
  })

  it('take in what is created for them', async () => {
    await inPveLab({ lab }, async ({ call, data, endOf }) => {
      const created = { vmid: 900, pool: 'class' }
      expect((await call('POST', '/nodes/pve1/qemu', created)).reason).toBe("pool 'class' does not exist")
      await data('POST', '/pools', { poolid: 'class' })
      expect(await endOf('POST', '/nodes/pve1/qemu', created)).toBe('OK')
      expect(await data('GET', '/pools/class', { type: 'qemu' })).toMatchObject({ members: [{ vmid: 900 }] })
    })
  })
})

describe('a console', () => {
  it('is a port with a ticket, where nothing answers and the task gives up', async () => {
    await inPveLab({ lab }, async ({ data, seconds }) => {
      const answer = await data<{ upid: string; ticket: string }>('POST', '/nodes/pve1/qemu/100/vncproxy', {
        websocket: 1,
      })
      expect(answer).toMatchObject({
        port: '5900',
        user: 'root@pam',
        password: expect.stringMatching(/^.{8}$/),
      })
      expect(answer.ticket).toMatch(/^PVEVNC:[0-9A-F]{8}::/)
      await seconds(15)
      const status = `/nodes/pve1/tasks/${encodeURIComponent(answer.upid)}/status`
      expect(await data('GET', status)).toMatchObject({
        type: 'vncproxy',
        exitstatus: 'connection timed out',
      })
    })
  })
})
