import { describe, expect, it } from 'vitest'
import { inPveLab, labPassword, type PveSession } from '../../testing/pve-session.ts'
import { codeOf, parseTotp, stepAt, type Totp } from './totp.ts'

const address = 'otpauth://totp/Proxmox:root@pam?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Proxmox'

interface Login {
  readonly ticket: string
  readonly NeedTFA?: number
  readonly cap?: unknown
}

function codeAfter({ frontEnd }: PveSession, seconds = 0): string {
  const totp = parseTotp(address) as Totp
  return codeOf(totp, stepAt(totp, frontEnd.lab.wallTime.seconds() + seconds))
}

async function enrol(session: PveSession): Promise<string> {
  const values = { type: 'totp', totp: address, value: codeAfter(session), description: 'phone' }
  return (await session.data<{ id: string }>('POST', '/access/tfa/root@pam', values)).id
}

function logIn({ send }: PveSession, values: Readonly<Record<string, string>>) {
  const body = new URLSearchParams({ username: 'root@pam', ...values }).toString()
  const headers = { 'content-length': String(body.length) }
  return send('pve1', { method: 'POST', target: '/api2/json/access/ticket', headers, body })
}

async function challengeOf(session: PveSession): Promise<string> {
  return ((await logIn(session, { password: labPassword })).json.data as Login).ticket
}

async function answer(session: PveSession, password: string, challenge?: string) {
  return logIn(session, { password, 'tfa-challenge': challenge ?? (await challengeOf(session)) })
}

describe('a user with one-time passwords', () => {
  it('gets a challenge for the password, which is no ticket, and a ticket for the code', async () => {
    await inPveLab({}, async (session) => {
      await enrol(session)
      const first = (await logIn(session, { password: labPassword })).json.data as Login
      expect(first).toMatchObject({
        NeedTFA: 1,
        ticket: expect.stringMatching(/^PVE:!tfa!%7B%22totp%22%3Atrue%7D:/),
      })
      expect(first.cap).toBeUndefined()
      const headers = { cookie: `PVEAuthCookie=${encodeURIComponent(first.ticket)}` }
      const read = await session.send('pve1', { method: 'GET', target: '/api2/json/version', headers })
      expect(read).toMatchObject({ status: 401, reason: 'Authentication failed!', body: '' })
      const second = (await answer(session, `totp:${codeAfter(session)}`, first.ticket)).json.data as Login
      expect(second.ticket).toMatch(/^PVE:root@pam:/)
      expect(second.cap).toBeDefined()
      // A ticket that is renewed needs no further code.
      const renewed = (await logIn(session, { password: second.ticket })).json.data as Login
      expect(renewed.NeedTFA).toBeUndefined()
    })
  })

  it('is refused with a wrong code, an old one, one that was used, and the challenge of another', async () => {
    await inPveLab({}, async (session) => {
      await enrol(session)
      await session.data('POST', '/access/users', { userid: 'lab@pve', password: 'lab-pass-1' })
      const status = async (password: string, challenge?: string) =>
        (await answer(session, password, challenge)).status
      expect(await status('totp:000000')).toBe(401)
      expect(await status(`totp:${codeAfter(session, -120)}`)).toBe(401)
      expect(await status(codeAfter(session))).toBe(401)
      const code = `totp:${codeAfter(session)}`
      expect(await status(code, 'PVE:!tfa!%7B%7D:69000000::AAAA')).toBe(401)
      const challenge = await challengeOf(session)
      expect(await status(code, challenge)).toBe(200)
      expect(await status(code)).toBe(401)
      await session.seconds(30)
      const old = await challengeOf(session)
      await session.seconds(600)
      expect(await status(`totp:${codeAfter(session)}`, old)).toBe(401)
    })
  })

  it('may give password and code at once', async () => {
    await inPveLab({}, async (session) => {
      await enrol(session)
      const otp = codeAfter(session)
      expect((await logIn(session, { password: labPassword, otp: '000000' })).status).toBe(401)
      expect((await logIn(session, { password: labPassword, otp })).json.data).toHaveProperty('cap')
    })
  })

  it('has recovery keys that are good once each', async () => {
    await inPveLab({}, async (session) => {
      await enrol(session)
      const { recovery = [] } = await session.data<{ recovery?: string[] }>('POST', '/access/tfa/root@pam', {
        type: 'recovery',
      })
      expect(recovery.length).toBe(10)
      expect(new Set(recovery).size).toBe(10)
      expect((await answer(session, `recovery:${recovery[3]}`)).status).toBe(200)
      expect((await answer(session, `recovery:${recovery[3]}`)).status).toBe(401)
      expect((await answer(session, 'recovery:0000-0000-0000-0000')).status).toBe(401)
      for (const key of recovery.filter((_key, at) => at !== 3))
        expect((await answer(session, `recovery:${key}`)).status).toBe(200)
      expect(await challengeOf(session)).toContain('unavailable')
    })
  })

  it('is locked by wrong codes in a row, and unlocked by an administrator', async () => {
    await inPveLab({}, async (session) => {
      await enrol(session)
      for (let tried = 0; tried < 8; tried++) expect((await answer(session, 'totp:000000')).status).toBe(401)
      expect((await answer(session, `totp:${codeAfter(session)}`)).status).toBe(401)
      expect(await session.data('GET', '/access/tfa')).toMatchObject([
        { userid: 'root@pam', 'totp-locked': 1 },
      ])
      expect(await session.data('PUT', '/access/users/root@pam/unlock-tfa')).toBe(1)
      expect((await answer(session, `totp:${codeAfter(session)}`)).status).toBe(200)
    })
  })

  it('is asked for nothing more once the entry is silenced or gone', async () => {
    await inPveLab({}, async (session) => {
      const id = await enrol(session)
      const path = `/access/tfa/root@pam/${encodeURIComponent(id)}`
      expect(await session.data('GET', path)).toMatchObject({ type: 'totp', description: 'phone' })
      await session.data('PUT', path, { enable: 0 })
      expect((await logIn(session, { password: labPassword })).json.data).toHaveProperty('cap')
      await session.data('DELETE', path)
      expect(await session.data('GET', '/access/tfa/root@pam')).toEqual([])
    })
  })

  it('shows a right code before the entry is made', async () => {
    await inPveLab({}, async ({ call }) => {
      const values = { type: 'totp', totp: address, value: '000000' }
      const wrong = await call('POST', '/access/tfa/root@pam', values)
      expect(wrong.reason).toBe('failed to verify TOTP challenge')
      expect((await call('POST', '/access/tfa/root@pam', { ...values, totp: 'x' })).status).toBe(400)
    })
  })
})
