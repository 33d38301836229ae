import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, type PveSession, threeNodes } from '../../testing/pve-session.ts'
import { endpointsOf } from './api-facts.ts'
import { releases } from './release.ts'

/** Waits for the end of a task, as a client does: by asking once a second. */
async function follow({ data, seconds }: PveSession, upid: string): Promise<string | undefined> {
  const node = upid.split(':')[1] ?? ''
  for (let asked = 0; asked < 600; asked++) {
    const status = await data<{ status: string; exitstatus?: string }>(
      'GET',
      `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`,
    )
    if (status.status === 'stopped') return status.exitstatus
    await seconds(1)
  }
  throw new Error(`${upid} does not end`)
}

/** Root's ticket from the keys themselves, whatever the requests before have done to the account. */
function takeOver(session: PveSession): void {
  const accounts = session.frontEnd.lab.accountsOf('pve1')
  const root = accounts.users.get('root@pam')
  if (root === undefined) throw new Error('root@pam is gone')
  root.isEnabled = true
  root.expire = 0
  session.ticket = accounts.createTicket('root@pam')
  session.csrf = accounts.createCsrfToken('root@pam')
}

const logIn = (body: string) => ({
  method: 'POST',
  target: '/api2/json/access/ticket',
  headers: { 'content-length': String(body.length) },
  body,
})

describe('the login', () => {
  it('answers every wrong login alike, after three seconds', async () => {
    await inPveLab({}, async ({ send }) => {
      for (const body of [
        'username=root@pam&password=x',
        'username=a@pve&password=x',
        'username=root&password=x',
      ]) {
        const answer = await send('pve1', logIn(body))
        expect(answer).toMatchObject({ status: 401, reason: 'authentication failure' })
        expect(answer.json).toEqual({ data: null, message: 'authentication failure\n' })
        expect(answer.seconds).toBeCloseTo(3.025)
      }
    })
  })

  it('takes a ticket as password while it is fresh, and no longer', async () => {
    await inPveLab({}, async ({ send, seconds, ticket }) => {
      const renewal = logIn(`username=root@pam&password=${encodeURIComponent(ticket)}`)
      await seconds(7100)
      expect((await send('pve2', renewal)).status).toBe(200)
      await seconds(110)
      expect((await send('pve2', renewal)).status).toBe(401)
    })
  })

  it('stays open to root, whose entry falls back to the defaults when it is deleted', async () => {
    await inPveLab({}, async (session) => {
      const { data } = session
      await data('POST', '/access/users/root@pam/token/lab')
      await data('DELETE', '/access/users/root@pam')
      expect(await data('GET', '/access/users')).toEqual([
        { userid: 'root@pam', enable: 1, expire: 0, 'realm-type': 'pam' },
      ])
      await session.logIn()
      expect((await session.call('GET', '/version')).status).toBe(200)
    })
  })

  it('gives no body and no length with a missing ticket', async () => {
    await inPveLab({}, async ({ send }) => {
      const answer = await send('pve1', { method: 'GET', target: '/api2/json/nodes', headers: {} })
      expect(answer).toMatchObject({ status: 401, reason: 'No ticket', body: '' })
      const names = answer.headers.map(([name]) => name)
      expect(names).not.toContain('Content-Length')
      expect(names).not.toContain('Content-Type')
    })
  })

  it('wants a CSRF token for what changes something', async () => {
    await inPveLab({}, async (session) => {
      session.csrf = '00000000:x'
      const answer = await session.call('POST', '/access/groups', { groupid: 'g0' })
      expect(answer).toMatchObject({
        status: 401,
        reason: 'Permission denied - invalid csrf token',
        body: '',
      })
    })
  })
})

describe('a token', () => {
  it('does what its owner may, except what wants a ticket of root', async () => {
    await inPveLab({}, async ({ data, send }) => {
      const { value } = await data<{ value: string }>('POST', '/access/users/root@pam/token/lab', {
        privsep: 0,
      })
      const headers = { authorization: `PVEAPIToken=root@pam!lab=${value}` }
      const ask = (method: string, path: string) =>
        send('pve1', { method, target: `/api2/json${path}`, headers })
      expect((await ask('GET', '/nodes/pve2/status')).status).toBe(200)
      expect((await ask('POST', '/nodes/pve1/execute')).reason).toBe(
        'Permission check failed (user != root@pam)',
      )
      expect((await ask('POST', '/access/ticket')).status).toBe(403)
    })
  })
})

describe('guests outside HA', () => {
  it('are stopped and started in tasks that end when the guest has', async () => {
    await inPveLab({}, async (session) => {
      const current = '/nodes/pve1/qemu/100/status/current'
      const { data } = session
      expect(await data('GET', current)).toMatchObject({ status: 'running', ha: { managed: 0 } })
      expect(await follow(session, await data('POST', '/nodes/pve1/qemu/100/status/stop'))).toBe('OK')
      expect(await data('GET', current)).toMatchObject({ status: 'stopped', uptime: 0 })
      expect(await follow(session, await data('POST', '/nodes/pve1/qemu/100/status/start'))).toBe('OK')
      expect(await data('GET', current)).toMatchObject({ status: 'running' })
      const again = await follow(session, await data('POST', '/nodes/pve1/qemu/100/status/start'))
      expect(again).toBe('VM 100 already running')
    })
  })

  it('move live, and are then found where they went', async () => {
    await inPveLab({}, async (session) => {
      const { call, data, seconds } = session
      await seconds(120)
      const offline = await call('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve2' })
      expect(offline.reason).toBe("can't migrate running VM without --online")
      const upid = await data<string>('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve2', online: 1 })
      expect(await follow(session, upid)).toBe('OK')
      expect(await data('GET', '/nodes/pve2/qemu/100/status/current')).toMatchObject({ status: 'running' })
      const gone = await call('GET', '/nodes/pve1/qemu/100/config')
      expect(gone.reason).toBe("Configuration file 'nodes/pve1/qemu-server/100.conf' does not exist")
    })
  })

  it('stand still while they are suspended', async () => {
    await inPveLab({}, async (session) => {
      const { data, seconds, world } = session
      await seconds(120)
      await follow(session, await data('POST', '/nodes/pve1/qemu/100/status/suspend'))
      expect(await data('GET', '/nodes/pve1/qemu/100/status/current')).toMatchObject({ qmpstatus: 'paused' })
      expect(world.guest('vm:100').reach).toBe('silent')
      await follow(session, await data('POST', '/nodes/pve1/qemu/100/status/resume'))
      expect(world.guest('vm:100').reach).toBe('serving')
    })
  })
})

describe('guests under HA', () => {
  it('are requested to stop, which HA then does', async () => {
    await inPveLab({ group: 'treatment' }, async (session) => {
      const { data, seconds } = session
      const upid = await data<string>('POST', '/nodes/pve1/qemu/100/status/stop')
      expect(upid).toContain(':hastop:100:root@pam:')
      expect(await follow(session, upid)).toBe('OK')
      await seconds(60)
      expect(await data('GET', '/nodes/pve1/qemu/100/status/current')).toMatchObject({
        status: 'stopped',
        ha: { managed: 1, state: 'stopped' },
      })
      expect(await data('GET', '/cluster/ha/resources/vm:100')).toMatchObject({ state: 'stopped' })
    })
  })

  it.each([
    ['stop', {}, 'stop vm:100 0'],
    ['shutdown', {}, 'stop vm:100 60'],
    ['shutdown', { timeout: 20 }, 'stop vm:100 20'],
  ])('leave %s %j to the master as a command', async (verb, parameters, command) => {
    await inPveLab({ group: 'treatment' }, async ({ data, seconds, world }) => {
      const said: string[] = []
      world.onLog(({ message }) => said.push(message))
      await data('POST', `/nodes/pve1/qemu/100/status/${verb}`, parameters)
      await seconds(120)
      expect(said).toContain(`got crm command: ${command}`)
      expect(said).toContain(`stopping service vm:100 (timeout=${command.split(' ')[2]})`)
      expect(said).toContain('service status vm:100 stopped')
    })
  })

  it('migrate in a task of their own after the request', async () => {
    await inPveLab({ group: 'treatment' }, async ({ data, seconds }) => {
      await seconds(120)
      await data('POST', '/cluster/ha/resources/vm:100/migrate', { node: 'pve3' })
      await seconds(60)
      const moves = await data<{ status: string }[]>('GET', '/nodes/pve1/tasks', { typefilter: 'qmigrate' })
      expect(moves.map(({ status }) => status)).toEqual(['OK'])
      expect(await data('GET', '/nodes/pve3/qemu/100/status/current')).toMatchObject({ status: 'running' })
    })
  })

  it('can be put under HA and taken out of it again', async () => {
    await inPveLab({}, async ({ data, seconds }) => {
      await data('POST', '/cluster/ha/resources', { sid: 100 })
      await seconds(60)
      const states = await data<{ sid?: string; state?: string }[]>('GET', '/cluster/ha/status/current')
      expect(states.find(({ sid }) => sid === 'vm:100')).toMatchObject({ state: 'started' })
      await data('DELETE', '/cluster/ha/resources/vm:100')
      await seconds(30)
      expect(await data('GET', '/cluster/ha/resources')).toEqual([])
      expect(await data('GET', '/nodes/pve1/qemu/100/status/current')).toMatchObject({ status: 'running' })
    })
  })
})

describe('a node that is gone', () => {
  it('is given up by the others after three seconds, and refuses the laptop at once', async () => {
    await inPveLab({}, async ({ call, data, frontEnd, seconds, world }) => {
      world.node('pve3').cutPower()
      expect(frontEnd.reachability('pve3')).toBe('refusing')
      const answer = await call('GET', '/nodes/pve3/status')
      expect(answer).toMatchObject({ status: 595, reason: 'No route to host', body: '' })
      expect(answer.seconds).toBeCloseTo(3.1)
      await seconds(30)
      const members = await data<{ name: string; online?: number }[]>('GET', '/cluster/status')
      expect(members.find(({ name }) => name === 'pve3')?.online).toBe(0)
    })
  })

  it('takes its tasks along', async () => {
    await inPveLab({}, async ({ data, seconds, world }) => {
      await data('POST', '/nodes/pve3/qemu/102/status/shutdown')
      await seconds(0.1)
      world.node('pve3').cutPower()
      world.node('pve3').powerOn()
      await seconds(200)
      const tasks = await data<{ type: string; status: string }[]>('GET', '/nodes/pve3/tasks', { vmid: 102 })
      expect(tasks.find(({ type }) => type === 'qmshutdown')?.status).toBe('unexpected status')
    })
  })

  it('refuses connections while it boots, and does not answer behind a broken link', async () => {
    await inPveLab({ settleSeconds: 300 }, async ({ data, frontEnd, seconds, world }) => {
      await data('POST', '/nodes/pve2/status', { command: 'reboot' })
      await seconds(60)
      expect(frontEnd.reachability('pve2')).toBe('refusing')
      await seconds(300)
      expect(frontEnd.reachability('pve2')).toBe('answering')
      world.network.setLink('pve2', 'management', false)
      expect(frontEnd.reachability('pve2')).toBe('silent')
    })
  })

  it('is waited for half a minute when its proxy is frozen, until it boots', async () => {
    await inPveLab({}, async ({ call, frontEnd, seconds, world }) => {
      world.node('pve2').setCondition('pveproxy', 'frozen')
      expect(frontEnd.reachability('pve2')).toBe('silent')
      const answer = await call('GET', '/nodes/pve2/status')
      expect(answer).toMatchObject({ status: 596, reason: 'Connection timed out', body: '', seconds: 30 })
      world.node('pve2').reset()
      await seconds(200)
      expect((await call('GET', '/nodes/pve2/status')).status).toBe(200)
    })
  })

  it('takes quorum along: reads go on, writes wait nine seconds for nothing', async () => {
    await inPveLab({ group: 'treatment' }, async ({ call, data, seconds, world }) => {
      for (const name of ['pve2', 'pve3']) world.node(name).cutPower()
      await seconds(20)
      expect(await data('GET', '/cluster/status')).toContainEqual(expect.objectContaining({ quorate: 0 }))
      const put = await call('PUT', '/cluster/options', { description: 'x' })
      expect(put.reason).toBe("cfs-lock 'file-datacenter_cfg' error: no quorum!")
      expect(put.seconds).toBeCloseTo(9)
      const created = await call('POST', '/nodes/pve1/qemu', { vmid: 777 })
      expect(created.reason).toBe('cluster not ready - no quorum?')
    })
  })
})

/** One of its guests is copied from node to node by a schedule. */
const withReplica: Lab = {
  ...threeNodes,
  storages: [{ kind: 'zfspool', name: 'tank' }],
  guests: threeNodes.guests.map((guest) =>
    guest.id === 'vm:102'
      ? { ...guest, storage: 'tank', replication: [{ target: 'pve1', everyMinutes: 15 }] }
      : guest,
  ),
}

describe('the facts of the API', () => {
  it.each(releases)('hold for every read of %s that needs no more than names', async (release) => {
    await inPveLab({ lab: withReplica, group: 'treatment', release }, async ({ call, data, endOf }) => {
      const values: Record<string, string> = {
        node: 'pve1',
        vmid: '100',
        userid: 'root@pam',
        roleid: 'PVEAuditor',
        snapname: 'before',
        poolid: 'class',
        id: '102-0',
        realm: 'pve',
        storage: 'local',
        service: 'pveproxy',
        sid: 'vm:100',
        rule: 'apart',
        group: 'first',
        iface: 'vmbr0',
        flag: 'noout',
        osdid: '0',
        name: 'vmpool',
      }
      if (release === '8.4')
        await data('POST', '/cluster/ha/groups', { group: 'first', nodes: 'pve1:2,pve2' })
      else
        await data('POST', '/cluster/ha/rules', {
          rule: 'apart',
          type: 'resource-affinity',
          affinity: 'negative',
          resources: 'vm:100,vm:101',
        })
      await data('POST', '/pools', { poolid: 'class' })
      await data('POST', '/cluster/backup', { id: '102-0', all: 1, schedule: 'sat 02:00', storage: 'local' })
      await data('PUT', '/pools', { poolid: 'class', vms: '100,200', storage: 'local' })
      for (const guest of ['qemu/100', 'lxc/200'])
        await endOf('POST', `/nodes/pve1/${guest}/snapshot`, { snapname: 'before' })
      const reads = endpointsOf(release).filter(
        ({ method, path }) =>
          method === 'GET' &&
          !/firewall\/.*\{|scan\/nfs|extractconfig|upid|tokenid|\{groupid|\{volume|zfs\/\{name|\/tfa\/\{userid\}\/\{id/.test(
            path,
          ),
      )
      expect(reads.length).toBeGreaterThan(50)
      for (const { path, params } of reads) {
        const vmid = path.includes('/lxc/') ? '200' : '100'
        const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
          name === 'vmid' ? vmid : (values[name] ?? name),
        )
        const answer = await call('GET', filled, {
          ...(params.timeframe === undefined ? {} : { timeframe: 'hour' }),
          ...(params.feature === undefined ? {} : { feature: 'snapshot' }),
          ...(params['config-keys'] === undefined ? {} : { 'config-keys': 'global:fsid' }),
          ...(params.disk === undefined ? {} : { disk: '/dev/sda' }),
          ...(params.schedule === undefined ? {} : { schedule: 'daily' }),
          ...(params.pid === undefined ? {} : { pid: 1 }),
          ...(params.file === undefined ? {} : { file: '/etc/hostname' }),
          ...(path.endsWith('/changelog') ? { name: 'pve-manager' } : {}),
          ...(params.url === undefined ? {} : { url: 'https://deb.debian.org/x.iso' }),
          ...(path.endsWith('/cloudinit/dump') ? { type: 'user' } : {}),
          ...(path.endsWith('/cmd-safety') ? { service: 'mon', id: 'pve1', action: 'stop' } : {}),
        })
        // Groups have become rules: what is left of their paths says so.
        const isRefused = release !== '8.4' && path.startsWith('/cluster/ha/groups')
        // No guest has an agent.
        const expected = isRefused || path.includes('/agent/') ? 500 : 200
        expect([filled, answer.status, answer.reason.slice(0, 60)]).toEqual([
          filled,
          expected,
          expect.anything(),
        ])
      }
    })
  })

  it('hold against anything that is sent', async () => {
    await inPveLab({}, async (session) => {
      const paths = fc.constantFrom(...endpointsOf('8.4').map(({ path }) => path))
      const word = fc.oneof(fc.string(), fc.constantFrom('pve1', '100', 'root@pam', '0', '-1', 'vm:100'))
      const request = fc.record({
        method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'BREW'),
        path: fc.oneof(paths, fc.string()),
        values: fc.array(word, { minLength: 3, maxLength: 3 }),
        query: fc.oneof(fc.string(), fc.webQueryParameters()),
        body: fc.oneof(fc.string(), fc.json(), fc.webQueryParameters()),
        type: fc.constantFrom('application/json', 'application/x-www-form-urlencoded'),
      })
      await fc.assert(
        fc.asyncProperty(request, async ({ method, path, values, query, body, type }) => {
          const left = [...values]
          const filled = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(left.pop() ?? 'x'))
          const hasBody = method === 'POST' || method === 'PUT'
          const headers = {
            cookie: `PVEAuthCookie=${encodeURIComponent(session.ticket)}`,
            csrfpreventiontoken: session.csrf,
            'content-type': type,
            'content-length': hasBody ? String(Buffer.byteLength(body)) : undefined,
          }
          const target = `/api2/json${filled}?${query}`
          const answer = await session.send('pve1', { method, target, headers, ...(hasBody ? { body } : {}) })
          expect(answer.status).toBeGreaterThanOrEqual(200)
          const alive = await session.send('pve1', {
            method: 'GET',
            target: '/api2/json/access/domains',
            headers: {},
          })
          expect(alive.status).toBe(200)
          takeOver(session)
        }),
        { numRuns: 300 },
      )
    })
  })

  it('refuse what they do not describe, by name', async () => {
    await inPveLab({}, async ({ call }) => {
      const answer = await call('GET', '/nodes/pve1/tasks', { limit: 'abc', foo: 1 })
      expect(answer.status).toBe(400)
      expect(answer.json.errors).toEqual({
        limit: "type check ('integer') failed - got 'abc'",
        foo: 'property is not defined in schema and the schema does not allow additional properties',
      })
    })
  })
})
