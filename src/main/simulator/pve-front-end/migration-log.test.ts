import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, type PveSession, threeNodes } from '../../testing/pve-session.ts'
import { methodAndTarget, readBooks } from '../../testing/pve-transcript.ts'
import { queueCrmCommand } from '../world/shared-files.ts'

type Line = { readonly t: string }

/** Guest 110 of the recording: 32 MiB, hardly any of them touched. */
const withGuest110: Lab = {
  ...threeNodes,
  guests: [
    ...threeNodes.guests,
    { id: 'vm:110', name: 'probe', ramMiB: 64, cpus: 1, diskGB: 1, node: 'pve1' },
  ],
}

async function logOf({ data }: PveSession, node: string, upid: string): Promise<string[]> {
  const lines = await data<Line[]>('GET', `/nodes/${node}/tasks/${upid}/log`, { limit: 0 }, node)
  return lines.map(({ t }) => t)
}

/** A line without its time and its figures. */
function formOf(line: string): string {
  return line
    .replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /, '(time) ')
    .replaceAll(/\d+(\.\d+)? [KMG]iB/g, '(size)')
    .replaceAll(/\d+ ms/g, '(ms)')
    .replaceAll(/\d\d:\d\d:\d\d/g, '(duration)')
    .replaceAll(/\(\d+(\.\d+){3}\)/g, '(address)')
}

const books = readBooks()

/** Log lines of the recorded migrations in order, but for a line that only Debian's QEMU writes. */
function recordedLogs(): string[][] {
  const book = books?.find(({ name }) => name === '23-qemu-lifecycle')
  return (book?.exchanges ?? [])
    .filter((exchange) => /qmigrate.*\/log/.test(decodeURIComponent(methodAndTarget(exchange).target)))
    .map(({ response }) => (JSON.parse(response?.body ?? '') as { data: Line[] }).data.map(({ t }) => t))
    .map((lines) => lines.filter((line) => !line.includes('query-backup')))
}

describe.skipIf(books === undefined)('the log of a migration (recorded books)', () => {
  it.each([
    { title: 'live', recording: 0, before: 400, parameters: { target: 'pve2', online: 1 } },
    { title: 'offline', recording: 1, before: 0, parameters: { target: 'pve2' } },
  ])('has the recorded lines in their order: $title', async ({ recording, before, parameters }) => {
    const recorded = recordedLogs()
      [recording]?.map(formOf)
      .map((line) => line.replace("'pve1'", "'pve2'"))
    const own = await inPveLab({ lab: withGuest110, settleSeconds: before }, async (session) => {
      await session.logIn()
      if (before === 0) {
        await session.seconds(400)
        session.world.guest('vm:110').kill()
      }
      const upid = await session.data<string>('POST', '/nodes/pve1/qemu/110/migrate', parameters)
      await session.seconds(30)
      return logOf(session, 'pve1', upid)
    })
    expect(own.map(formOf)).toEqual(recorded)
  })
})

describe('the log of a migration', () => {
  it('tells once a second how far the copy is, and when the limit is raised', async () => {
    const busy: Lab = {
      ...threeNodes,
      guests: [
        {
          id: 'vm:100',
          name: 'busy',
          ramMiB: 4096,
          cpus: 1,
          diskGB: 4,
          node: 'pve1',
          dirtyMiBPerSecond: 500,
        },
      ],
    }
    const lines = await inPveLab({ lab: busy, settleSeconds: 400 }, async (session) => {
      await session.logIn()
      const upid = await session.data<string>('POST', '/nodes/pve1/qemu/100/migrate', {
        target: 'pve2',
        online: 1,
      })
      await session.seconds(200)
      return logOf(session, 'pve1', upid)
    })
    const active = /migration active, transferred \d+\.\d [KMG]iB of 4\.0 GiB VM-state, \d+\.\d [KMG]iB\/s$/
    expect(lines.filter((line) => active.test(line)).length).toBeGreaterThan(15)
    expect(
      lines.filter((line) => /auto-increased downtime to continue migration: \d+ ms$/.test(line)).length,
    ).toBeGreaterThan(1)
    expect(lines.at(-1)).toBe('TASK OK')
  })

  it('begins with the word of HA where HA asked, and is the same below', async () => {
    const lines = await inPveLab({ group: 'treatment', settleSeconds: 400 }, async (session) => {
      await session.logIn()
      queueCrmCommand(session.world.shared, 'pve1', 'migrate vm:100 pve2')
      await session.seconds(60)
      const tasks = await session.data<{ upid: string; type: string }[]>('GET', '/nodes/pve1/tasks', {
        typefilter: 'qmigrate',
        source: 'all',
      })
      return logOf(session, 'pve1', tasks[0]?.upid ?? '')
    })
    expect(lines[0]).toBe('task started by HA resource agent')
    expect(lines.map(formOf)).toContain('(time) migration finished successfully (duration (duration))')
  })

  it('says why a migration failed', async () => {
    const lines = await inPveLab({ settleSeconds: 400 }, async (session) => {
      await session.logIn()
      const upid = await session.data<string>('POST', '/nodes/pve1/qemu/100/migrate', {
        target: 'pve2',
        online: 1,
      })
      await session.seconds(4)
      session.world.guest('vm:100').kill()
      return logOf(session, 'pve1', upid)
    })
    expect(lines.map(formOf).at(-2)).toBe(
      '(time) ERROR: migration aborted (duration (duration)): vm:100 is not running any more',
    )
    expect(lines.at(-1)).toBe('TASK ERROR: migration aborted')
  })
})
