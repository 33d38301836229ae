import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, labPassword, type PveSession, threeNodes } from '../../testing/pve-session.ts'

const recordings = resolve(process.env.KUORUM_PVE_FIXTURES ?? '../shared/fixtures/pve')
const folder = resolve(process.env.KUORUM_HA_TIMELINES ?? join(recordings, 'ha-timelines'))

/** One answer to a question that was asked again and again. */
interface Poll {
  /** Seconds, of which the request that changes everything was sent at some moment. */
  readonly t: number
  /** Node, path and whose ticket; missing where only one thing was asked. */
  readonly what?: string
  readonly status: string | null
  readonly data: unknown
}

interface Change {
  readonly seconds: number
  readonly text: string
}

const bare: Lab = {
  ...threeNodes,
  guests: [],
  nodes: threeNodes.nodes.map((node) => ({ ...node, cephDiskGB: 0 })),
}

function pollsIn(name: string): readonly Poll[] | undefined {
  const path = join(folder, name)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Poll)
}

/** What an answer says of the cluster; of answers about other things only whether they were given. */
function gist(what: string, status: number, data: unknown): string {
  if (status !== 200) return String(status)
  if (what.includes('/cluster/') && Array.isArray(data))
    return (data as readonly Record<string, string | number>[])
      .map(({ type, name, quorate, nodes, online }) =>
        type === 'cluster'
          ? `quorate ${quorate} of ${nodes}`
          : `${name}${online === undefined ? '' : ` ${online}`}`,
      )
      .sort()
      .join(', ')
  return 'answered'
}

function changesIn(polls: readonly Poll[], requestedAt: number): readonly Change[] {
  const last = new Map<string, string>()
  return polls.flatMap(({ t, what = 'pve1 /cluster/status', status, data }) => {
    const [, code] = /^HTTP\/1\.1 (\d+)/.exec(status ?? '') ?? []
    if (code === undefined) return []
    const text = gist(what, Number(code), data)
    const before = last.get(what)
    last.set(what, text)
    const seconds = t - requestedAt
    return before === undefined || before === text || seconds < 0
      ? []
      : [{ seconds, text: `${what}: ${text}` }]
  })
}

/** Asks as the recorder did, with tickets by their owner, until `endSeconds` after the request. */
async function watch(
  session: PveSession,
  whats: readonly string[],
  tickets: Readonly<Record<string, string>>,
  endSeconds: number,
  request: () => Promise<void>,
): Promise<readonly Poll[]> {
  const { clock, send, seconds } = session
  const requestMs = clock.nowMs() + 1000
  const seen: Poll[] = []
  const asking = whats.map(async (what) => {
    const [, node = '', path = '', owner = 'of pve1'] = /^(\w+) (\S+)(?: \(ticket (.*)\))?$/.exec(what) ?? []
    const cookie = `PVEAuthCookie=${encodeURIComponent(tickets[owner] ?? '')}`
    while (clock.nowMs() < requestMs + endSeconds * 1000) {
      const t = (clock.nowMs() - requestMs) / 1000
      const { status, json } = await send(node, {
        method: 'GET',
        target: `/api2/json${path}`,
        headers: { cookie },
      })
      seen.push({ t, what, status: `HTTP/1.1 ${status}`, data: json.data })
      await seconds(0.25)
    }
  })
  await clock.sleepUntil(requestMs)
  await request()
  await Promise.all(asking)
  return seen.sort((one, other) => one.t - other.t)
}

async function ticketOf(session: PveSession, node: string): Promise<string> {
  const body = `username=root@pam&password=${labPassword}`
  const headers = { 'content-length': String(body.length) }
  const target = '/api2/json/access/ticket'
  const { json } = await session.send(node, { method: 'POST', target, headers, body })
  const data = json.data as { ticket: string; CSRFPreventionToken: string }
  session.ticket = data.ticket
  session.csrf = data.CSRFPreventionToken
  return data.ticket
}

function expectSameCourse(recorded: readonly Change[], own: readonly Change[]): void {
  expect(own.map(({ text }) => text)).toEqual(recorded.map(({ text }) => text))
  for (const [index, { seconds, text }] of recorded.entries())
    expect(Math.abs((own[index]?.seconds ?? Number.NaN) - seconds), text).toBeLessThan(2)
}

describe('recorded polls of a cluster in the making', () => {
  const created = pollsIn('00-cluster-create-poll.jsonl')
  const joined = pollsIn('00-cluster-join-poll.jsonl')
  if (created === undefined || joined === undefined) {
    it.skip('not run: no recordings (set KUORUM_HA_TIMELINES to their folder)', () => {})
    return
  }

  it('agree when a node makes a cluster of itself', async () => {
    await inPveLab({ lab: bare, standalone: true }, async (session) => {
      const tickets = { 'of pve1': await ticketOf(session, 'pve1') }
      const own = await watch(session, ['pve1 /cluster/status'], tickets, 13, async () => {
        await session.data('POST', '/cluster/config', { clustername: 'lab' })
      })
      // The request was sent a second after the first answer.
      expectSameCourse(changesIn(created, 1), changesIn(own, 0))
    })
  })

  it('agree when a second node joins', async () => {
    await inPveLab({ lab: bare, standalone: true }, async (session) => {
      await ticketOf(session, 'pve1')
      await session.data('POST', '/cluster/config', { clustername: 'lab' })
      await session.seconds(20)
      const ofMember = await ticketOf(session, 'pve1')
      const information = await session.data<{ nodelist: readonly { pve_addr: string; pve_fp: string }[] }>(
        'GET',
        '/cluster/config/join',
      )
      const fromBefore = await ticketOf(session, 'pve2')
      const whats = [...new Set(joined.flatMap(({ what }) => (what?.includes(' task ') ? [] : [what ?? ''])))]
      const tickets = { 'of pve1': ofMember, 'from before': fromBefore }
      const own = await watch(session, whats, tickets, 20, async () => {
        const { pve_addr: hostname = '', pve_fp: fingerprint = '' } = information.nodelist[0] ?? {}
        const parameters = { hostname, fingerprint, password: labPassword }
        await session.data('POST', '/cluster/config/join', parameters, 'pve2')
      })
      const aboutTasks = ({ what }: Poll) => what?.includes(' task ') === true
      const recorded = joined.filter((poll) => !aboutTasks(poll))
      console.info(changesIn(own, 0))
      expectSameCourse(changesIn(recorded, 0), changesIn(own, 0))
    })
  })
})
