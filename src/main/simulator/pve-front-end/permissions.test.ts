import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inPveLab, type PveAnswer, type PveSession } from '../../testing/pve-session.ts'
import { type Endpoint, endpointsOf } from './api-facts.ts'

type Values = Readonly<Record<string, string | number>>

const password = 'lab-pass-1'

/** A session of somebody else in the same lab. */
async function logInAs(session: PveSession, userid: string) {
  const body = new URLSearchParams({ username: userid, password }).toString()
  const headers = { 'content-length': String(body.length) }
  const target = '/api2/json/access/ticket'
  const { json } = await session.send('pve1', { method: 'POST', target, headers, body })
  const { ticket, CSRFPreventionToken, cap } = json.data as Record<string, string> & { cap: unknown }
  const own: PveSession = { ...session, ticket: ticket ?? '', csrf: CSRFPreventionToken ?? '' }
  const ask = (method: string, path: string, values: Values = {}): Promise<PveAnswer> => {
    const text = new URLSearchParams(
      Object.entries(values).map(([name, value]) => [name, String(value)] as [string, string]),
    ).toString()
    const inBody = method === 'POST' || method === 'PUT'
    return session.send('pve1', {
      method,
      target: `/api2/json${path}${inBody || text === '' ? '' : `?${text}`}`,
      headers: {
        cookie: `PVEAuthCookie=${encodeURIComponent(own.ticket)}`,
        csrfpreventiontoken: own.csrf,
        ...(inBody ? { 'content-length': String(text.length) } : {}),
      },
      ...(inBody ? { body: text } : {}),
    })
  }
  return { ask, cap }
}

async function createUser({ data }: PveSession, userid: string, groups = ''): Promise<void> {
  await data('POST', '/access/users', { userid, password, ...(groups === '' ? {} : { groups }) })
}

describe('somebody with a role', () => {
  it('may at its path what the role gives, and is refused elsewhere by path and privilege', async () => {
    await inPveLab({}, async (session) => {
      await createUser(session, 'lab@pve')
      await session.data('PUT', '/access/acl', { path: '/vms/100', roles: 'PVEVMUser', users: 'lab@pve' })
      const { ask, cap } = await logInAs(session, 'lab@pve')
      expect(cap).toMatchObject({ vms: { 'VM.PowerMgmt': 1 }, dc: {}, nodes: {} })
      expect((await ask('POST', '/nodes/pve1/qemu/100/status/reset')).status).toBe(200)
      expect(await ask('POST', '/nodes/pve2/qemu/101/status/reset')).toMatchObject({
        status: 403,
        reason: 'Permission check failed (/vms/101, VM.PowerMgmt)',
        json: { data: null, message: 'Permission check failed (/vms/101, VM.PowerMgmt)\n' },
      })
      const migration = await ask('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve2' })
      expect(migration.reason).toBe('Permission check failed (/vms/100, VM.Migrate)')
    })
  })

  it('sees in lists what he may audit', async () => {
    await inPveLab({}, async (session) => {
      await session.data('POST', '/access/groups', { groupid: 'students' })
      await createUser(session, 'lab@pve', 'students')
      await session.data('PUT', '/access/acl', { path: '/vms/100', roles: 'PVEVMUser', groups: 'students' })
      await session.data('PUT', '/access/acl', {
        path: '/storage/local',
        roles: 'PVEAuditor',
        users: 'lab@pve',
      })
      const { ask } = await logInAs(session, 'lab@pve')
      const listed = async (path: string, name: string) => {
        const { json } = await ask('GET', path)
        return (json.data as Record<string, unknown>[]).map((entry) => entry[name])
      }
      expect(await listed('/nodes/pve1/qemu', 'vmid')).toEqual([100])
      expect(await listed('/nodes/pve1/lxc', 'vmid')).toEqual([])
      expect(await listed('/storage', 'storage')).toEqual(['local'])
      expect(await listed('/cluster/resources', 'id')).toEqual([
        'qemu/100',
        ...['pve1', 'pve2', 'pve3'].map((node) => `node/${node}`),
        ...['pve1', 'pve2', 'pve3'].map((node) => `storage/${node}/local`),
      ])
      expect(await listed('/access/users', 'userid')).toEqual(['lab@pve'])
      expect(await listed('/nodes/pve1/tasks', 'upid')).toEqual([])
    })
  })

  it('gives no more than he has, and only where he may allocate', async () => {
    await inPveLab({}, async (session) => {
      await createUser(session, 'lab@pve')
      await createUser(session, 'guest@pve')
      await session.data('PUT', '/access/acl', { path: '/vms/100', roles: 'PVEVMAdmin', users: 'lab@pve' })
      const { ask } = await logInAs(session, 'lab@pve')
      const give = (path: string, roles: string) =>
        ask('PUT', '/access/acl', { path, roles, users: 'guest@pve' })
      expect((await give('/vms/100', 'PVEVMUser')).status).toBe(200)
      expect((await give('/vms/100', 'Administrator')).status).toBe(403)
      expect((await give('/vms/101', 'PVEVMUser')).reason).toBe(
        'Permission check failed (/vms/101, Permissions.Modify)',
      )
    })
  })

  it('has with a separated token what both have, and with another all that he has', async () => {
    await inPveLab({}, async (session) => {
      const { data } = session
      await createUser(session, 'lab@pve')
      await data('PUT', '/access/acl', { path: '/vms', roles: 'PVEVMUser', users: 'lab@pve' })
      const ask = async (id: string, privsep: number) => {
        const path = `/access/users/lab@pve/token/${id}`
        const { value } = await data<{ value: string }>('POST', path, { privsep })
        const headers = { authorization: `PVEAPIToken=lab@pve!${id}=${value}` }
        return (method: string, target: string) =>
          session.send('pve1', { method, target: `/api2/json${target}`, headers })
      }
      const separated = await ask('ci', 1)
      const config = '/nodes/pve1/qemu/100/config'
      expect((await separated('GET', config)).status).toBe(403)
      await data('PUT', '/access/acl', { path: '/', roles: 'PVEAuditor', tokens: 'lab@pve!ci' })
      expect((await separated('GET', config)).status).toBe(200)
      expect((await separated('POST', '/nodes/pve1/qemu/100/status/reset')).status).toBe(403)
      // The token could, its user cannot.
      expect((await separated('GET', '/nodes/pve1/status')).status).toBe(403)
      const whole = await ask('all', 0)
      expect((await whole('POST', '/nodes/pve1/qemu/100/status/reset')).status).toBe(200)
    })
  })
})

/** An option for each privilege over a configuration, as somebody would set it. */
const settings: Readonly<Record<string, readonly [string, string | number]>> = {
  'VM.Config.CPU': ['cores', 2],
  'VM.Config.Memory': ['memory', 1024],
  'VM.Config.Network': ['net1', 'virtio,bridge=vmbr0'],
  'VM.Config.Disk': ['boot', 'order=scsi0'],
  'VM.Config.CDROM': ['ide2', 'none,media=cdrom'],
  'VM.Config.HWType': ['vga', 'std'],
  'VM.Config.Options': ['description', 'mine'],
  'VM.Config.Cloudinit': ['ciuser', 'lab'],
}

describe('a configuration', () => {
  it('takes each option from whom has its privilege, and from nobody else', async () => {
    await inPveLab({}, async (session) => {
      const { data, frontEnd } = session
      await createUser(session, 'lab@pve')
      await data('POST', '/access/roles', { roleid: 'Some' })
      await data('PUT', '/access/acl', { path: '/vms/100', roles: 'Some', users: 'lab@pve' })
      const { ask } = await logInAs(session, 'lab@pve')
      const names = fc.subarray(Object.keys(settings), { minLength: 1 })
      await fc.assert(
        fc.asyncProperty(names, names, async (held, wanted) => {
          frontEnd.lab.accountsOf('pve1').rights.ownRoles.set('Some', held)
          const values = Object.fromEntries(wanted.map((name) => settings[name] ?? ['', '']))
          const answer = await ask('PUT', '/nodes/pve1/qemu/100/config', values)
          const lacking = wanted.filter((name) => !held.includes(name))
          if (lacking.length === 0) expect(answer.status).toBe(200)
          else {
            expect(answer.status).toBe(403)
            expect(answer.reason).toMatch(/^Permission check failed \(\/vms\/100, VM\.Config\./)
          }
        }),
        { numRuns: 60 },
      )
    })
  })

  it('is not changed past a lock by anybody but root', async () => {
    await inPveLab({}, async (session) => {
      await createUser(session, 'lab@pve')
      await session.data('PUT', '/access/acl', { path: '/', roles: 'Administrator', users: 'lab@pve' })
      const { ask } = await logInAs(session, 'lab@pve')
      const forced = await ask('PUT', '/nodes/pve1/qemu/100/config', { cores: 2, skiplock: 1 })
      expect(forced.json.errors).toEqual({ skiplock: 'Only root may use this option.' })
      const moved = await ask('POST', '/nodes/pve1/qemu/100/migrate', { target: 'pve2', online: 1, force: 1 })
      expect(moved.json.errors).toEqual({ force: 'Only root may use this option.' })
    })
  })
})

/** Reads that want one privilege, or any of some, at one path. */
function guardedReads(): readonly Endpoint[] {
  return endpointsOf('8.4').filter(
    ({ method, auth, path }) =>
      method === 'GET' &&
      typeof auth === 'object' &&
      auth.check[0] === 'perm' &&
      !/\{(group|sid|flag|rule|service|iface|storage|groupid|id|poolid|upid)\}/.test(path),
  )
}

describe('every read that wants a privilege', () => {
  it('is refused to whom GET /access/permissions does not show it, and to nobody else', async () => {
    await inPveLab({}, async (session) => {
      const { data } = session
      await data('POST', '/access/groups', { groupid: 'students' })
      await createUser(session, 'lab@pve', 'students')
      const { ask } = await logInAs(session, 'lab@pve')
      const grant = fc.record({
        path: fc.constantFrom('/', '/vms', '/vms/100', '/nodes', '/nodes/pve1', '/storage', '/access'),
        roles: fc.constantFrom('NoAccess', 'PVEAuditor', 'PVEVMUser', 'PVESysAdmin', 'Administrator'),
        whose: fc.constantFrom({ users: 'lab@pve' }, { groups: 'students' }),
        propagate: fc.constantFrom(0, 1),
      })
      const reads = guardedReads()
      expect(reads.length).toBeGreaterThan(30)
      const property = async (grants: readonly Values[], chosen: readonly Endpoint[]) => {
        session.frontEnd.lab.accountsOf('pve1').rights.revoke(() => true)
        for (const each of grants) await data('PUT', '/access/acl', each)
        for (const { path, auth } of chosen) {
          const [, where, wanted, any] = (auth as { check: [string, string, string[], string?] }).check
          const kind = path.includes('/lxc/') ? '200' : '100'
          const fill = (text: string) => text.replace('{node}', 'pve1').replace('{vmid}', kind)
          const shown = await data<Record<string, Record<string, number>>>('GET', '/access/permissions', {
            userid: 'lab@pve',
            path: fill(where),
          })
          const has = (name: string) => shown[fill(where)]?.[name] !== undefined
          const isAllowed = any === 'any' ? wanted.some(has) : wanted.every(has)
          const answer = await ask('GET', fill(path))
          const separator = any === 'any' ? '|' : ', '
          const reason = `Permission check failed (${fill(where)}, ${wanted.join(separator)})`
          if (isAllowed) expect(answer.status).not.toBe(403)
          else expect(answer).toMatchObject({ status: 403, reason })
        }
      }
      const flat = grant.map(({ whose, ...rest }): Values => ({ ...rest, ...whose }) as Values)
      await fc.assert(
        fc.asyncProperty(
          fc.array(flat, { maxLength: 5 }),
          fc.subarray([...reads], { minLength: 4, maxLength: 8 }),
          property,
        ),
        { numRuns: 60 },
      )
    })
  })
})
