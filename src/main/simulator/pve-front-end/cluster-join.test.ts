import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, labPassword, type PveSession, threeNodes } from '../../testing/pve-session.ts'

const bare: Lab = {
  ...threeNodes,
  guests: [],
  nodes: threeNodes.nodes.map((node) => ({ ...node, cephDiskGB: 0 })),
}

interface JoinInformation {
  readonly nodelist: readonly { readonly name: string; readonly pve_addr: string; readonly pve_fp: string }[]
}

interface Entry {
  readonly type: string
  readonly name: string
  readonly nodes?: number
  readonly quorate?: number
  readonly nodeid?: number
  readonly online?: number
}

const inBareLab = (act: (session: PveSession) => Promise<void>) =>
  inPveLab({ lab: bare, standalone: true }, act)

async function logInAt(session: PveSession, node: string): Promise<string> {
  const body = `username=root@pam&password=${labPassword}`
  const headers = { 'content-length': String(body.length) }
  const { json } = await session.send(node, {
    method: 'POST',
    target: '/api2/json/access/ticket',
    headers,
    body,
  })
  const data = json.data as { ticket: string; CSRFPreventionToken: string }
  session.ticket = data.ticket
  session.csrf = data.CSRFPreventionToken
  return data.ticket
}

async function create(session: PveSession): Promise<void> {
  await logInAt(session, 'pve1')
  await session.data('POST', '/cluster/config', { clustername: 'kuliah' })
  await session.seconds(10)
}

async function join(session: PveSession, node: string): Promise<void> {
  await logInAt(session, 'pve1')
  const { nodelist } = await session.data<JoinInformation>('GET', '/cluster/config/join')
  await logInAt(session, node)
  const hostname = nodelist[0]?.pve_addr ?? ''
  const fingerprint = nodelist[0]?.pve_fp ?? ''
  await session.data('POST', '/cluster/config/join', { hostname, fingerprint, password: labPassword }, node)
}

const quorateOf = async ({ frontEnd }: PveSession, node: string) => frontEnd.lab.world.shared.isQuorate(node)

describe('nodes that are no cluster yet', () => {
  it('know only themselves, and take no ticket of each other', async () => {
    await inBareLab(async (session) => {
      const { call, data } = session
      expect(await data<Entry[]>('GET', '/cluster/status')).toMatchObject([
        { type: 'node', name: 'pve1', nodeid: 0, online: 1 },
      ])
      expect((await call('GET', '/nodes/pve2/status')).reason).toMatch(/^hostname lookup 'pve2' failed/)
      expect((await call('GET', '/version', {}, 'pve2')).status).toBe(401)
      await logInAt(session, 'pve2')
      await data('PUT', '/cluster/options', { description: 'second' }, 'pve2')
      await logInAt(session, 'pve1')
      expect(await data('GET', '/cluster/options')).toMatchObject({ description: '' })
    })
  })

  it('become one cluster, one after the other, with one key and new certificates', async () => {
    await inBareLab(async (session) => {
      const { call, clock, data, seconds, frontEnd } = session
      await create(session)
      const first = await data<Entry[]>('GET', '/cluster/status')
      expect(first[0]).toMatchObject({ type: 'cluster', name: 'kuliah', nodes: 1, quorate: 1 })
      const old = frontEnd.lab.certificates.of('pve2')?.fingerprint
      await join(session, 'pve2')
      const startMs = clock.nowMs()
      const oldTicket = session.ticket
      await seconds(3)
      // The member waits for the joiner's vote, and the joiner has no key to check a ticket with.
      expect(await quorateOf(session, 'pve1')).toBe(false)
      expect((await call('GET', '/version', {}, 'pve2')).status).toBe(401)
      await logInAt(session, 'pve1')
      while ((await call('GET', '/version', {}, 'pve2')).status !== 200) await seconds(0.5)
      expect((clock.nowMs() - startMs) / 1000).toBeGreaterThan(5)
      expect((clock.nowMs() - startMs) / 1000).toBeLessThan(13)
      await seconds(4)
      expect(frontEnd.lab.certificates.of('pve2')?.fingerprint).not.toBe(old)
      const memberTicket = session.ticket
      session.ticket = oldTicket
      expect((await call('GET', '/version', {}, 'pve2')).status).toBe(401)
      session.ticket = memberTicket
      await join(session, 'pve3')
      await seconds(30)
      await logInAt(session, 'pve3')
      const status = await data<Entry[]>('GET', '/cluster/status', {}, 'pve3')
      expect(status[0]).toMatchObject({ nodes: 3, quorate: 1 })
      expect(status.slice(1).map(({ name, nodeid, online }) => [name, nodeid, online])).toEqual([
        ['pve1', 1, 1],
        ['pve2', 2, 1],
        ['pve3', 3, 1],
      ])
      expect(await data('GET', '/nodes/pve1/status', {}, 'pve3')).toBeDefined()
    })
  })

  it('show old and new certificate in turn while the proxy’s workers are replaced', async () => {
    await inBareLab(async (session) => {
      const { seconds, frontEnd } = session
      await create(session)
      await join(session, 'pve2')
      const { certificates } = frontEnd.lab
      expect([1, 2, 3].map(() => certificates.nextShown('pve2'))).toEqual([0, 0, 0])
      const shown: number[] = []
      for (let second = 0; second < 20; second++) {
        await seconds(1)
        shown.push(certificates.nextShown('pve2'))
      }
      const flips = shown.filter((which, at) => at > 0 && which !== shown[at - 1]).length
      expect(flips).toBeGreaterThan(1)
      expect(shown.at(-1)).toBe(1)
    })
  })

  it('let a member go, which is then without quorum', async () => {
    await inBareLab(async (session) => {
      const { data, seconds } = session
      await create(session)
      for (const node of ['pve2', 'pve3']) {
        await join(session, node)
        await seconds(30)
      }
      await logInAt(session, 'pve1')
      await data('DELETE', '/cluster/config/nodes/pve3')
      expect((await data<Entry[]>('GET', '/cluster/status')).map(({ name }) => name)).toEqual([
        'kuliah',
        'pve1',
        'pve2',
      ])
      await seconds(10)
      expect(await Promise.all(['pve1', 'pve2', 'pve3'].map((node) => quorateOf(session, node)))).toEqual([
        true,
        true,
        false,
      ])
    })
  })
})
