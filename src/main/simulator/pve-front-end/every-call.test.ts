/**
 * Every call that changes something, once with success in each release: a task must end well. Who adds an endpoint
 * to the facts adds it here, or names why it cannot succeed.
 */
import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { inPveLab, labPassword, type PveSession, threeNodes } from '../../testing/pve-session.ts'
import { endpointsOf, findEndpoint } from './api-facts.ts'
import { notePackages } from './ceph-setup.ts'
import { keepUpload } from './handlers/storage-files.ts'
import { type Release, releases } from './release.ts'
import { uploadedPath } from './requests.ts'
import { codeOf, parseTotp, stepAt, type Totp } from './totp.ts'

type Values = Readonly<Record<string, string | number>>

/** Makes a call, follows its task, and notes the endpoint. */
class Caller {
  readonly session: PveSession
  readonly release: Release
  readonly #done: Set<string>

  constructor(session: PveSession, release: Release, done: Set<string>) {
    this.session = session
    this.release = release
    this.#done = done
  }

  async ok(method: string, path: string, values: Values = {}, node = 'pve1'): Promise<unknown> {
    const answer = await this.begin(method, path, values, node)
    if (typeof answer !== 'string' || !answer.startsWith('UPID:')) return answer
    const status = `/nodes/${answer.split(':')[1]}/tasks/${encodeURIComponent(answer)}/status`
    for (let asked = 0; asked < 900; asked++) {
      const { exitstatus } = await this.session.data<{ exitstatus?: string }>('GET', status, {}, node)
      if (exitstatus !== undefined) {
        expect([method, path, exitstatus]).toEqual([method, path, 'OK'])
        return answer
      }
      await this.session.seconds(1)
    }
    throw new Error(`${method} ${path}: the task does not end`)
  }

  /** The same without waiting for the end of a task. */
  async begin(method: string, path: string, values: Values = {}, node = 'pve1'): Promise<unknown> {
    const answer = await this.session.data(method, path, values, node)
    const decoded = decodeURIComponent(path)
    const { endpoint } = findEndpoint(method, decoded, this.release) ?? {}
    this.#done.add(`${method} ${endpoint?.path}`)
    return answer
  }

  is9 = () => this.release !== '8.4'
}

const totp = 'otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

async function accounts(caller: Caller): Promise<void> {
  const { session } = caller
  const user = '/access/users/lab@pve'
  await caller.ok('POST', '/access/ticket', { username: 'root@pam', password: labPassword })
  await caller.ok('POST', '/access/groups', { groupid: 'students' })
  await caller.ok('PUT', '/access/groups/students', { comment: 'of this term' })
  await caller.ok('POST', '/access/roles', { roleid: 'Starter', privs: 'VM.PowerMgmt' })
  await caller.ok('PUT', '/access/roles/Starter', { privs: 'VM.Audit', append: 1 })
  await caller.ok('POST', '/access/users', { userid: 'lab@pve', password: 'lab-pass-1', groups: 'students' })
  await caller.ok('PUT', user, { comment: 'a student', enable: 1 })
  await caller.ok('PUT', '/access/password', { userid: 'lab@pve', password: 'lab-pass-2' })
  await caller.ok('PUT', '/access/acl', { path: '/vms', roles: 'Starter', groups: 'students' })
  await caller.ok('POST', `${user}/token/ci`)
  await caller.ok('PUT', `${user}/token/ci`, { comment: 'for the pipeline', privsep: 0 })
  await caller.begin('GET', '/access/groups/students')
  await caller.begin('GET', `${user}/token/ci`)
  await caller.ok('DELETE', `${user}/token/ci`)
  const codes = parseTotp(totp) as Totp
  const value = codeOf(codes, stepAt(codes, session.frontEnd.lab.wallTime.seconds()))
  const made = await caller.ok('POST', '/access/tfa/lab@pve', { type: 'totp', totp, value })
  const factor = `/access/tfa/lab@pve/${(made as { id: string }).id}`
  await caller.ok('PUT', factor, { description: 'phone' })
  await caller.begin('GET', factor)
  await caller.ok('PUT', `${user}/unlock-tfa`)
  await caller.ok('DELETE', factor)
  await caller.ok('DELETE', user)
  await caller.ok('DELETE', '/access/roles/Starter')
  await caller.ok('DELETE', '/access/groups/students')
}

async function cluster(caller: Caller): Promise<void> {
  const { seconds } = caller.session
  await caller.ok('PUT', '/cluster/options', { description: 'a lab' })
  await caller.ok('PUT', '/cluster/ceph/flags', { noout: 1 })
  await caller.ok('PUT', '/cluster/ceph/flags/noout', { value: 0 })
  const resource = '/cluster/ha/resources/vm:101'
  await caller.ok('POST', '/cluster/ha/resources', { sid: 'vm:101' })
  await caller.ok('PUT', resource, { comment: 'cared for' })
  await seconds(60)
  await caller.ok('POST', `${resource}/migrate`, { node: 'pve3' })
  await seconds(60)
  await caller.ok('POST', `${resource}/relocate`, { node: 'pve2' })
  await seconds(120)
  await (caller.is9() ? haRules(caller) : haGroups(caller))
  await caller.ok('DELETE', resource)
  await caller.ok('POST', '/cluster/replication', { id: '102-0', type: 'local', target: 'pve1' })
  await caller.ok('PUT', '/cluster/replication/102-0', { comment: 'every quarter' })
  await caller.ok('POST', '/nodes/pve3/replication/102-0/schedule_now')
  await caller.ok('DELETE', '/cluster/replication/102-0', { force: 1 })
  await caller.ok('POST', '/pools', { poolid: 'class' })
  await caller.ok('PUT', '/pools', { poolid: 'class', vms: 100 })
  await caller.ok('PUT', '/pools/class', { vms: 100, delete: 1 })
  await caller.ok('DELETE', '/pools/class')
  await caller.ok('POST', '/pools', { poolid: 'other' })
  await caller.ok('DELETE', '/pools', { poolid: 'other' })
  await caller.ok('POST', '/storage', { storage: 'more', type: 'dir', path: '/mnt/more' })
  await caller.ok('PUT', '/storage/more', { content: 'images' })
  const content = '/nodes/pve1/storage/rbd1/content'
  await caller.ok('POST', content, { vmid: 100, filename: 'vm-100-disk-7', size: '1G' })
  await caller.begin('GET', `${content}/vm-100-disk-7`)
  await caller.ok('DELETE', `${content}/vm-100-disk-7`)
  await caller.ok('DELETE', '/storage/more')
}

async function haGroups(caller: Caller): Promise<void> {
  await caller.ok('POST', '/cluster/ha/groups', { group: 'pair', nodes: 'pve1,pve2' })
  await caller.ok('PUT', '/cluster/ha/groups/pair', { nodes: 'pve2' })
  await caller.ok('DELETE', '/cluster/ha/groups/pair')
}

async function haRules(caller: Caller): Promise<void> {
  const type = 'node-affinity'
  await caller.ok('POST', '/cluster/ha/rules', { rule: 'home', type, resources: 'vm:101', nodes: 'pve2' })
  await caller.ok('PUT', '/cluster/ha/rules/home', { type, nodes: 'pve2,pve3' })
  await caller.ok('DELETE', '/cluster/ha/rules/home')
  if (caller.release !== '9.2') return
  await caller.ok('POST', '/cluster/ha/status/disarm-ha', { 'resource-mode': 'freeze' })
  await caller.session.seconds(60)
  await caller.ok('POST', '/cluster/ha/status/arm-ha')
  await caller.session.seconds(60)
}

/** What machines and containers have in common, on one that was made for it. */
async function guest(caller: Caller, base: string, name: string, disk: string): Promise<void> {
  const { seconds } = caller.session
  await caller.ok('PUT', `${base}/config`, { description: 'made here' })
  await caller.ok('PUT', `${base}/resize`, { disk, size: '+1G' })
  await caller.ok('POST', `${base}/snapshot`, { snapname: 'before' })
  await caller.ok('PUT', `${base}/snapshot/before/config`, { description: 'a word' })
  await caller.ok('POST', `${base}/snapshot/before/rollback`)
  await caller.ok('POST', `${base}/clone`, { newid: name })
  await caller.ok('POST', `${base.replace(/\d+$/, name)}/template`)
  await caller.ok('DELETE', `${base}/snapshot/before`)
  await caller.ok('POST', `${base}/status/start`)
  await seconds(60)
  await caller.begin('POST', `${base}/vncproxy`)
  await caller.begin('POST', `${base}/termproxy`)
  await caller.ok('POST', `${base}/status/suspend`)
  await caller.ok('POST', `${base}/status/resume`)
  await caller.ok('POST', `${base}/status/reboot`)
  await seconds(60)
}

async function machines(caller: Caller): Promise<void> {
  const [all, base] = ['/nodes/pve1/qemu', '/nodes/pve1/qemu/900']
  await caller.ok('POST', all, { vmid: 900, memory: 256, scsi0: 'rbd1:2', net0: 'virtio,bridge=vmbr0' })
  await caller.ok('POST', `${base}/config`, { tags: 'made' })
  await guest(caller, base, '901', 'scsi0')
  await caller.ok('PUT', `${base}/sendkey`, { key: 'ret' })
  await caller.ok('POST', `${base}/monitor`, { command: 'info status' })
  await caller.ok('POST', `${base}/status/reset`)
  await caller.session.seconds(60)
  await caller.ok('POST', `${base}/migrate`, { target: 'pve2', online: 1 })
  const moved = '/nodes/pve2/qemu/900'
  await caller.ok('POST', `${moved}/move_disk`, { disk: 'scsi0', storage: 'tank' })
  await caller.ok('PUT', `${moved}/unlink`, { idlist: 'unused0' })
  await caller.ok('POST', `${moved}/status/shutdown`)
  await caller.ok('POST', `${moved}/status/start`)
  await caller.ok('POST', `${moved}/status/stop`)
  await caller.ok('DELETE', moved)
}

async function containers(caller: Caller): Promise<void> {
  const base = '/nodes/pve1/lxc/910'
  const created = { vmid: 910, ostemplate: 'local:vztmpl/debian.tar.zst', rootfs: 'rbd1:2' }
  await caller.ok('POST', '/nodes/pve1/lxc', created)
  await guest(caller, base, '911', 'rootfs')
  await caller.ok('POST', `${base}/migrate`, { target: 'pve2', restart: 1 })
  const moved = '/nodes/pve2/lxc/910'
  await caller.ok('POST', `${moved}/status/shutdown`)
  await caller.ok('POST', `${moved}/move_volume`, { volume: 'rootfs', storage: 'tank' })
  await caller.ok('POST', `${moved}/status/start`)
  await caller.ok('POST', `${moved}/status/stop`)
  await caller.ok('DELETE', moved)
}

async function manyGuests(caller: Caller): Promise<void> {
  await caller.ok('POST', '/nodes/pve1/stopall')
  await caller.ok('POST', '/nodes/pve1/startall')
  await caller.session.seconds(60)
  await caller.ok('POST', '/nodes/pve1/suspendall', { vms: '100' })
  await caller.ok('POST', '/nodes/pve1/migrateall', { target: 'pve2', vms: '200' })
  if (!caller.is9()) return
  const bulk = '/cluster/bulk-action/guest'
  await caller.ok('POST', `${bulk}/shutdown`)
  await caller.ok('POST', `${bulk}/start`)
  await caller.session.seconds(60)
  await caller.ok('POST', `${bulk}/suspend`)
  await caller.ok('POST', `${bulk}/migrate`, { target: 'pve3', vms: 200, online: 1 })
}

/** Backups, their jobs, files that a client brings, and what a machine is told of itself. */
async function backups(caller: Caller): Promise<void> {
  const { data, frontEnd } = caller.session
  const storage = '/nodes/pve1/storage/local'
  await caller.ok('POST', '/nodes/pve1/vzdump', { vmid: '100', storage: 'local', mode: 'stop' })
  const [backup] = await data<{ volid: string }[]>('GET', `${storage}/content`, { content: 'backup' })
  const volume = `${storage}/content/${backup?.volid}`
  await caller.ok('PUT', volume, { notes: 'before the exercise' })
  await caller.begin('GET', volume)
  await caller.begin('GET', '/nodes/pve1/vzdump/extractconfig', { volume: backup?.volid ?? '' })
  await caller.ok('DELETE', `${storage}/prunebackups`, { vmid: 100, 'prune-backups': 'keep-last=1' })
  await caller.ok('POST', '/cluster/backup', {
    id: 'weekly',
    all: 1,
    schedule: 'sat 02:00',
    storage: 'local',
  })
  await caller.ok('PUT', '/cluster/backup/weekly', { comment: 'all of them' })
  await caller.begin('GET', '/cluster/backup/weekly')
  await caller.begin('GET', '/cluster/backup/weekly/included_volumes')
  await caller.ok('DELETE', '/cluster/backup/weekly')
  const url = 'https://cloud.debian.org/images/cloud/x.img'
  await caller.begin('GET', '/nodes/pve1/query-url-metadata', { url })
  await caller.ok('POST', `${storage}/download-url`, { url, filename: 'x.img', content: 'iso' })
  await caller.ok('POST', '/nodes/pve1/aplinfo', {
    storage: 'local',
    template: 'debian-12-standard_12.7-1_amd64.tar.zst',
  })
  const form = { fields: {}, file: { name: 'y.iso', bytes: 2 ** 20, digests: new Map() } }
  keepUpload(frontEnd.lab, 'pve1', form)
  const sent = { content: 'iso', filename: 'y.iso', tmpfilename: uploadedPath(form) }
  await caller.ok('POST', `${storage}/upload`, sent)
  await caller.ok('DELETE', `${storage}/content/local:iso/y.iso`)
  const seeded = { ide2: 'local:cloudinit', ciuser: 'student', cipassword: 'secret', ipconfig0: 'ip=dhcp' }
  await caller.ok('PUT', '/nodes/pve1/qemu/100/config', seeded)
  await caller.ok('PUT', '/nodes/pve1/qemu/100/cloudinit')
  await caller.begin('GET', '/nodes/pve1/qemu/100/cloudinit/dump', { type: 'user' })
}

/** What is written of the firewall, of each that has one. */
async function firewalls(caller: Caller): Promise<void> {
  const all = ['/cluster', '/nodes/pve1', '/nodes/pve1/qemu/100', '/nodes/pve1/lxc/200']
  for (const base of all.map((path) => `${path}/firewall`)) {
    await caller.ok('PUT', `${base}/options`, { enable: 1 })
    await rules(caller, `${base}/rules`)
    if (base !== '/nodes/pve1/firewall') await names(caller, base)
  }
  const groups = '/cluster/firewall/groups'
  await caller.ok('POST', groups, { group: 'web' })
  await rules(caller, `${groups}/web`)
  await caller.ok('DELETE', `${groups}/web`)
}

async function rules(caller: Caller, path: string): Promise<void> {
  await caller.ok('POST', path, { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '80', enable: 1 })
  await caller.begin('GET', path)
  await caller.ok('PUT', `${path}/0`, { comment: 'the web' })
  await caller.begin('GET', `${path}/0`)
  await caller.ok('DELETE', `${path}/0`)
}

async function names(caller: Caller, base: string): Promise<void> {
  await caller.ok('POST', `${base}/aliases`, { name: 'students', cidr: '10.9.1.0/24' })
  await caller.ok('PUT', `${base}/aliases/students`, { cidr: '10.9.2.0/24', comment: 'their net' })
  await caller.begin('GET', `${base}/aliases/students`)
  await caller.ok('DELETE', `${base}/aliases/students`)
  await caller.ok('POST', `${base}/ipset`, { name: 'labs' })
  await caller.ok('POST', `${base}/ipset/labs`, { cidr: '10.9.1.0/24' })
  const entry = `${base}/ipset/labs/${encodeURIComponent('10.9.1.0/24')}`
  await caller.ok('PUT', entry, { comment: 'one' })
  await caller.begin('GET', entry)
  await caller.begin('GET', `${base}/ipset/labs`)
  await caller.ok('DELETE', entry)
  await caller.ok('DELETE', `${base}/ipset/labs`)
}

/** Realms, subscription and waking. */
async function details(caller: Caller): Promise<void> {
  const directory = { realm: 'campus', type: 'ldap', server1: '10.9.0.99', base_dn: 'dc=x', user_attr: 'uid' }
  await caller.ok('POST', '/access/domains', directory)
  await caller.ok('PUT', '/access/domains/campus', { comment: 'of the campus', default: 1 })
  await caller.begin('GET', '/access/domains/campus')
  await caller.ok('DELETE', '/access/domains/campus')
  await caller.ok('POST', '/nodes/pve1/subscription')
  await caller.ok('PUT', '/nodes/pve1/subscription', { key: 'pve1c-0123456789' })
  await caller.ok('DELETE', '/nodes/pve1/subscription')
  await caller.ok('PUT', '/nodes/pve1/config', { wakeonlan: 'bc:24:11:00:00:01' })
  await caller.ok('POST', '/nodes/pve1/wakeonlan')
}

interface Repositories {
  readonly files: readonly {
    readonly path: string
    readonly repositories: readonly { readonly URIs: readonly string[] }[]
  }[]
}

async function node(caller: Caller): Promise<void> {
  const { data, seconds } = caller.session
  const base = '/nodes/pve1'
  const { files } = await data<Repositories>('GET', `${base}/apt/repositories`)
  for (const { path, repositories } of files)
    for (const [index, { URIs }] of repositories.entries())
      if (URIs[0]?.startsWith('https://enterprise') === true)
        await caller.ok('POST', `${base}/apt/repositories`, { path, index, enabled: 0 })
  await caller.ok('PUT', `${base}/apt/repositories`, { handle: 'no-subscription' })
  await caller.ok('POST', `${base}/apt/update`)
  await caller.ok('PUT', `${base}/config`, { description: 'the first' })
  await caller.ok('PUT', `${base}/dns`, { search: 'lab.test', dns1: '10.9.0.1' })
  await caller.ok('POST', `${base}/hosts`, { data: '127.0.0.1 localhost\n' })
  await caller.ok('PUT', `${base}/time`, { timezone: 'Asia/Jakarta' })
  await caller.ok('POST', `${base}/network`, { iface: 'vmbr1', type: 'bridge' })
  await caller.ok('PUT', `${base}/network/vmbr1`, { type: 'bridge', comments: 'more' })
  await caller.ok('PUT', `${base}/network`)
  await caller.ok('DELETE', `${base}/network/vmbr1`)
  await caller.ok('DELETE', `${base}/network`)
  for (const verb of ['reload', 'restart', 'stop', 'start'])
    await caller.ok('POST', `${base}/services/cron/${verb}`)
  await caller.ok('POST', `${base}/execute`, { commands: '[]' })
  const shell = (await caller.begin('POST', `${base}/vncshell`)) as { upid: string }
  const task = `${base}/tasks/${encodeURIComponent(shell.upid)}`
  await caller.begin('GET', task)
  await caller.begin('GET', `${task}/log`)
  await caller.ok('DELETE', task)
  await caller.begin('POST', `${base}/termproxy`)
  await caller.ok('POST', '/nodes/pve3/status', { command: 'reboot' })
  await seconds(10)
}

const nodes = ['pve1', 'pve2', 'pve3']
const bare: Lab = {
  ...threeNodes,
  nodes: threeNodes.nodes.map((each) => ({ ...each, cephDiskGB: 0 })),
  guests: [],
}

/** On nodes with an empty disk each. */
async function disks(caller: Caller): Promise<void> {
  const [base, device] = ['/nodes/pve1/disks', '/dev/sdb']
  const gone = { 'cleanup-disks': 1 }
  await caller.ok('POST', `${base}/initgpt`, { disk: device })
  await caller.ok('PUT', `${base}/wipedisk`, { disk: device })
  await caller.ok('POST', `${base}/directory`, { name: 'more', device })
  await caller.ok('DELETE', `${base}/directory/more`, gone)
  await caller.ok('POST', `${base}/lvm`, { name: 'more', device })
  await caller.ok('DELETE', `${base}/lvm/more`, gone)
  await caller.ok('POST', `${base}/lvmthin`, { name: 'more', device })
  await caller.ok('DELETE', `${base}/lvmthin/more`, { ...gone, 'volume-group': 'more' })
  await caller.ok('POST', `${base}/zfs`, { name: 'more', devices: device, raidlevel: 'single' })
  await caller.begin('GET', `${base}/zfs/more`)
  await caller.ok('DELETE', `${base}/zfs/more`, gone)
}

async function ceph(caller: Caller): Promise<void> {
  const { frontEnd, seconds } = caller.session
  for (const each of nodes) notePackages(frontEnd.lab, each)
  await caller.ok('POST', '/nodes/pve1/ceph/init', { network: '10.9.0.0/24' })
  for (const each of nodes) await caller.ok('POST', `/nodes/${each}/ceph/mon/${each}`)
  for (const each of ['pve2', 'pve3']) await caller.ok('POST', `/nodes/${each}/ceph/mgr/${each}`)
  for (const each of nodes) await caller.ok('POST', `/nodes/${each}/ceph/osd`, { dev: '/dev/sdb' })
  await seconds(60)
  await caller.ok('POST', '/nodes/pve1/ceph/pool', { name: 'some', pg_num: 32 })
  await caller.ok('PUT', '/nodes/pve1/ceph/pool/some', { size: 2 })
  await caller.ok('DELETE', '/nodes/pve1/ceph/pool/some')
  await caller.ok('POST', '/nodes/pve1/ceph/osd/0/scrub')
  await caller.ok('POST', '/nodes/pve3/ceph/osd/2/out')
  await caller.ok('POST', '/nodes/pve3/ceph/osd/2/in')
  for (const verb of ['restart', 'stop', 'start'])
    await caller.ok('POST', `/nodes/pve3/ceph/${verb}`, { service: 'osd.2' })
  await seconds(30)
  await caller.ok('POST', '/nodes/pve3/ceph/osd/2/out')
  await caller.ok('POST', '/nodes/pve3/ceph/stop', { service: 'osd.2' })
  await seconds(60)
  await caller.ok('DELETE', '/nodes/pve3/ceph/osd/2')
  await caller.ok('DELETE', '/nodes/pve3/ceph/mgr/pve3')
  await caller.ok('DELETE', '/nodes/pve3/ceph/mon/pve3')
}

interface JoinInformation {
  readonly nodelist: readonly { readonly pve_addr: string; readonly pve_fp: string }[]
}

/** Of nodes that are none yet. */
async function joining(caller: Caller): Promise<void> {
  const { session } = caller
  await caller.ok('POST', '/cluster/config', { clustername: 'lab' })
  await session.seconds(20)
  const { nodelist } = await session.data<JoinInformation>('GET', '/cluster/config/join')
  const { pve_addr: hostname = '', pve_fp: fingerprint = '' } = nodelist[0] ?? {}
  const { ticket, csrf } = session
  const joiner = session.frontEnd.lab.accountsOf('pve2')
  session.ticket = joiner.createTicket('root@pam')
  session.csrf = joiner.createCsrfToken('root@pam')
  await caller.begin('POST', '/cluster/config/join', { hostname, fingerprint, password: labPassword }, 'pve2')
  session.ticket = ticket
  session.csrf = csrf
  await session.seconds(60)
  expect(await session.data('GET', '/nodes')).toHaveLength(2)
  await caller.ok('POST', '/cluster/config/nodes/pve3', {
    new_node_ip: session.frontEnd.lab.addressOf('pve3'),
  })
  await caller.ok('DELETE', '/cluster/config/nodes/pve3')
}

const withReplica: Lab = {
  ...threeNodes,
  storages: [{ kind: 'zfspool', name: 'tank' }],
  guests: threeNodes.guests.map((each) => (each.id === 'vm:102' ? { ...each, storage: 'tank' } : each)),
}

/** Why a call that is served never succeeds; of guests' agents none does, since no guest of a lab has one. */
const impossible: Readonly<Record<string, string>> = {
  'POST /nodes/{node}/ceph/mds/{name}': 'a lab has no CephFS',
  'DELETE /nodes/{node}/ceph/mds/{name}': 'a lab has no CephFS',
}
const groupsAreRules = /^(POST|PUT|DELETE) \/cluster\/ha\/groups/

describe('every call that changes something', () => {
  it.each(releases)('succeeds in %s, or is known not to', async (release) => {
    const done = new Set<string>()
    const as = (session: PveSession) => new Caller(session, release, done)
    await inPveLab({ lab: withReplica, release }, async (session) => {
      for (const area of [
        firewalls,
        details,
        accounts,
        cluster,
        machines,
        containers,
        manyGuests,
        node,
        backups,
      ])
        await area(as(session))
    })
    await inPveLab({ lab: bare, emptyDiskGB: 25, release }, async (session) => {
      await disks(as(session))
      await ceph(as(session))
    })
    await inPveLab({ lab: bare, standalone: true, release }, (session) => joining(as(session)))
    const served = endpointsOf(release)
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`)
    const isImpossible = (name: string) =>
      impossible[name] !== undefined ||
      (name.includes('/agent') && name.startsWith('POST ')) ||
      (release !== '8.4' && groupsAreRules.test(name))
    expect(served.filter((name) => !done.has(name) && !isImpossible(name))).toEqual([])
    expect([...done].filter(isImpossible)).toEqual([])
  })
})
