import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, type PveSession, threeNodes } from '../../testing/pve-session.ts'
import { type Endpoint, endpointsOf, parametersOf, type SchemaFact } from './api-facts.ts'
import { releases } from './release.ts'

/** With disks of every kind that the API makes something of. */
const lab: Lab = {
  ...threeNodes,
  storages: [
    { kind: 'zfspool', name: 'tank' },
    { kind: 'dir', name: 'scratch' },
  ],
  guests: threeNodes.guests.map((guest) =>
    guest.id === 'vm:102'
      ? { ...guest, storage: 'tank', replication: [{ target: 'pve1', everyMinutes: 15 }] }
      : guest,
  ),
}

const words = (text: string) => text.split(' ')
/** Values that hit something now and then, by the name of their parameter. */
const likely: Readonly<Record<string, readonly string[]>> = {
  node: words('pve1 pve2 pve3'),
  target: words('pve1 pve2 pve3'),
  vmid: words('100 101 102 200 900 901'),
  newid: words('900 901 902'),
  vms: words('100 100,200 102'),
  sid: words('vm:100 ct:200 101'),
  id: words('102-0 102-1 100-0 pve1'),
  userid: words('root@pam lab@pve'),
  users: words('lab@pve root@pam'),
  groups: words('g h'),
  groupid: words('g h'),
  roleid: words('PVEAdmin r'),
  roles: words('PVEAdmin r NoAccess'),
  privs: words('VM.Audit VM.PowerMgmt,Sys.Audit'),
  tokenid: words('ci cd'),
  path: words('/ /vms/100 /pool/a /mnt/x'),
  poolid: words('a b a/b'),
  pool: words('a b'),
  storage: words('local rbd1 tank scratch more'),
  disk: words('scsi0 rootfs unused0 /dev/sdb'),
  volume: words('rootfs rbd1:vm-100-disk-0 vm-100-disk-5'),
  filename: words('vm-100-disk-5 vm-100-disk-6.qcow2'),
  size: words('+1G 1G 10M'),
  scsi0: words('rbd1:2 local:1,format=qcow2'),
  rootfs: words('rbd1:2 tank:1'),
  ostemplate: words('local:vztmpl/x'),
  net0: words('virtio,bridge=vmbr0'),
  snapname: words('s1 s2 current'),
  idlist: words('scsi0 unused0 net0'),
  delete: words('memory comment description 1 0'),
  schedule: words('*/5 hourly mon'),
  type: words('dir totp recovery local bridge qemu node-affinity'),
  osdid: words('0 1 2'),
  monid: words('pve1 pve3'),
  dev: words('/dev/sdb'),
  nodes: words('pve1,pve2 pve3'),
  resources: words('vm:100,vm:101 ct:200'),
  password: words('lab-pass-1'),
}
const odd = ['', 'x1', '1', '/dev/sdb', '10.9.0.0/24', 'a=b,c']

function likelyValue(name: string, fact: SchemaFact): fc.Arbitrary<string> {
  const known = likely[name] ?? fact.enum
  if (known !== undefined) return fc.constantFrom(...known)
  if (fact.type === 'boolean') return fc.constantFrom('0', '1')
  const min = Math.ceil(fact.minimum ?? 0)
  const max = Math.max(min, Math.floor(Math.min(fact.maximum ?? 1000, min + 50)))
  const isNumber = fact.type === 'integer' || fact.type === 'number'
  return isNumber ? fc.integer({ min, max }).map(String) : fc.constantFrom(...odd)
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly given: Readonly<Record<string, string>>
}

/** With what must be given, and now and then with what may be. */
function callOf(endpoint: Endpoint): fc.Arbitrary<Asked> {
  const facts = Object.entries(parametersOf(endpoint, {})).filter(([name]) => !name.includes('[n]'))
  const isInPath = (name: string) => endpoint.path.includes(`{${name}}`)
  const shape = facts.map(([name, fact]) => {
    const value = likelyValue(name, fact)
    const isNeeded = fact.optional !== true || isInPath(name)
    return [name, isNeeded ? value : fc.option(value, { nil: undefined, freq: 5 })] as const
  })
  return fc.record(Object.fromEntries(shape)).map((values) => {
    const given = Object.entries(values).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !isInPath(entry[0]),
    )
    const path = endpoint.path.replaceAll(/\{([\w-]+)\}/g, (_whole, name: string) =>
      encodeURIComponent(values[name] ?? 'x'),
    )
    return { method: endpoint.method, path, given: Object.fromEntries(given) }
  })
}

/** The next calls are root's, whatever was done to the account. */
function becomeRoot(session: PveSession): void {
  const root = session.frontEnd.lab.accountsOf('pve1').users.get('root@pam')
  if (root === undefined) throw new Error('root@pam is gone')
  root.isEnabled = true
  root.expire = 0
  become(session, 'root@pam')
}

function become(session: PveSession, userid: string): void {
  const accounts = session.frontEnd.lab.accountsOf('pve1')
  session.ticket = accounts.createTicket(userid)
  session.csrf = accounts.createCsrfToken(userid)
}

/** These take the lab itself away. */
const tooMuch = /^(POST|PUT|DELETE) (\/nodes\/\{node\}\/(status|services\/.*)|\/cluster\/config.*)$/

it.each(releases)(
  'every call with likely parameters is answered in %s, and the answer fits',
  async (release) => {
    const endpoints = endpointsOf(release).filter(({ method, path }) => !tooMuch.test(`${method} ${path}`))
    const call = fc.constantFrom(...endpoints).chain(callOf)
    await inPveLab({ lab, release }, async (session) => {
      const statuses = new Map<number, number>()
      await fc.assert(
        fc.asyncProperty(call, fc.nat(5), async ({ method, path, given }, seconds) => {
          becomeRoot(session)
          const { status } = await session.call(method, path, given)
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
          await session.seconds(seconds)
        }),
        { numRuns: 300 },
      )
      // What tasks have begun ends.
      await session.seconds(300)
      expect(statuses.get(200)).toBeGreaterThan(100)
      expect([...statuses.keys()].filter((status) => ![200, 400, 401, 500, 501].includes(status))).toEqual([])
    })
  },
)

it('nobody without rights changes anything', async () => {
  const changes = endpointsOf('9.2').filter(
    ({ method, path }) => method !== 'GET' && path !== '/access/ticket',
  )
  const call = fc.constantFrom(...changes).chain(callOf)
  await inPveLab({ lab, release: '9.2' }, async (session) => {
    await session.data('POST', '/access/users', { userid: 'guest@pve' })
    become(session, 'guest@pve')
    const statuses = new Set<number>()
    await fc.assert(
      fc.asyncProperty(call, async ({ method, path, given }) => {
        const { status } = await session.call(method, path, given)
        statuses.add(status)
        expect(status).not.toBe(200)
      }),
      { numRuns: 400 },
    )
    expect(statuses).toContain(403)
  })
})
