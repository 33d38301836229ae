import { describe, expect, it } from 'vitest'
import { inPveLab, type PveSession } from '../../testing/pve-session.ts'

const password = 'lab-pass-1'
const user = '/access/users/lab@pve'

const statusOfLogin = async ({ send }: PveSession, values: Readonly<Record<string, string>> = {}) => {
  const body = new URLSearchParams({ username: 'lab@pve', password, ...values }).toString()
  const headers = { 'content-length': String(body.length) }
  return (await send('pve1', { method: 'POST', target: '/api2/json/access/ticket', headers, body })).status
}

const grantees = async ({ data }: PveSession) =>
  (await data<{ ugid: string }[]>('GET', '/access/acl')).map(({ ugid }) => ugid)

describe('users, groups, roles and tokens', () => {
  it('take along what was granted to them when they go', async () => {
    await inPveLab({}, async (session) => {
      const { data } = session
      await data('POST', '/access/groups', { groupid: 'students' })
      await data('POST', '/access/roles', { roleid: 'Starter', privs: 'VM.PowerMgmt,VM.Audit' })
      await data('POST', '/access/users', { userid: 'lab@pve', password, groups: 'students' })
      await data('POST', `${user}/token/ci`)
      await data('PUT', '/access/acl', {
        path: '/vms',
        roles: 'Starter',
        users: 'lab@pve',
        groups: 'students',
        tokens: 'lab@pve!ci',
      })
      await data('PUT', '/access/acl', { path: '/', roles: 'PVEAuditor', groups: 'students' })
      expect(await grantees(session)).toEqual(['lab@pve', 'students', 'lab@pve!ci', 'students'])
      expect(await data('GET', '/access/groups/students')).toEqual({ members: ['lab@pve'] })
      await data('DELETE', `${user}/token/ci`)
      expect(await grantees(session)).toEqual(['lab@pve', 'students', 'students'])
      await data('DELETE', '/access/roles/Starter')
      expect(await grantees(session)).toEqual(['students'])
      await data('DELETE', '/access/groups/students')
      expect(await grantees(session)).toEqual([])
      expect(await data('GET', user)).toMatchObject({ groups: [] })
      await data('DELETE', user)
      expect(await statusOfLogin(session)).toBe(401)
    })
  })

  it('are refused where they name what is not there or may not change', async () => {
    await inPveLab({}, async ({ call }) => {
      const reason = async (method: string, path: string, values: Record<string, string>) =>
        (await call(method, path, values)).reason
      const acl = { path: '/vms', roles: 'PVEAdmin' }
      const what = 'ACL update failed: '
      expect(await reason('PUT', '/access/acl', { ...acl, users: 'x@pve' })).toBe(
        `${what}user 'x@pve' does not exist`,
      )
      expect(await reason('PUT', '/access/acl', { ...acl, roles: 'Odd', users: 'root@pam' })).toBe(
        `${what}role 'Odd' does not exist`,
      )
      expect(await reason('PUT', '/access/acl', acl)).toBe('Parameter verification failed.')
      expect(await reason('PUT', '/access/acl', { ...acl, path: '/odd', users: 'root@pam' })).toBe(
        'Parameter verification failed.',
      )
      expect(await reason('PUT', '/access/roles/PVEAdmin', { privs: 'VM.Audit' })).toBe(
        "update role failed: auto-generated role 'PVEAdmin' cannot be modified",
      )
      expect(await reason('POST', '/access/roles', { roleid: 'Odd', privs: 'VM.Fly' })).toBe(
        'Parameter verification failed.',
      )
      expect(await reason('POST', '/access/users', { userid: 'x@pve', groups: 'none' })).toBe(
        "create user failed: no such group 'none'",
      )
    })
  })
})

describe('the login of a user', () => {
  it('ends with his account, and goes on with another password', async () => {
    await inPveLab({}, async (session) => {
      const { data, frontEnd, seconds } = session
      const expire = frontEnd.lab.wallTime.seconds() + 60
      await data('POST', '/access/users', { userid: 'lab@pve', password, expire })
      expect(await statusOfLogin(session)).toBe(200)
      await seconds(61)
      expect(await statusOfLogin(session)).toBe(401)
      await data('PUT', user, { expire: 0 })
      expect(await statusOfLogin(session)).toBe(200)
      await data('PUT', '/access/password', { userid: 'lab@pve', password: 'lab-pass-2' })
      expect(await statusOfLogin(session)).toBe(401)
      expect(await statusOfLogin(session, { password: 'lab-pass-2' })).toBe(200)
    })
  })

  it('also says whether he has privileges at a path', async () => {
    await inPveLab({}, async (session) => {
      await session.data('POST', '/access/users', { userid: 'lab@pve', password })
      const asked = { path: '/vms/100', privs: 'VM.Audit' }
      expect(await statusOfLogin(session, asked)).toBe(401)
      await session.data('PUT', '/access/acl', { path: '/', roles: 'PVEAuditor', users: 'lab@pve' })
      expect(await statusOfLogin(session, asked)).toBe(200)
      expect(await statusOfLogin(session, { ...asked, privs: 'VM.Audit,VM.Allocate' })).toBe(401)
    })
  })
})
