import { X509Certificate } from 'node:crypto'
import { type Call, type Handlers, index } from '../handler.ts'
import { mebibyte, nodeFigures } from '../load-figures.ts'
import { releaseWords } from '../release.ts'
import { Result } from '../replies.ts'
import type { ServedLab } from '../served-lab.ts'
import { version } from './cluster.ts'
import { hearsFrom } from './resources.ts'

export const nodeHandlers: Handlers = {
  'GET /nodes': listNodes,
  'GET /nodes/{node}': index(
    'name',
    'aplinfo apt capabilities ceph certificates config disks dns firewall hardware hosts journal lxc migrateall netstat network qemu query-url-metadata replication report rrd rrddata scan services spiceshell startall status stopall storage subscription suspendall syslog tasks termproxy time version vncshell vzdump wakeonlan sdn',
  ),
  'GET /nodes/{node}/version': version,
  'GET /nodes/{node}/status': nodeStatus,
  'POST /nodes/{node}/status': ({ lab, node, parameters }) => {
    const machine = lab.machine(node)
    if (parameters.text('command') === 'reboot') machine.restartOrderly()
    else machine.pressPowerButton()
    return null
  },
  'GET /nodes/{node}/certificates/info': certificates,
  'GET /nodes/{node}/syslog': syslog,
  'GET /nodes/{node}/journal': journal,
  'GET /nodes/{node}/rrddata': ({ lab, node, parameters }) =>
    lab.history.read(node, parameters.required('timeframe')),
  'POST /nodes/{node}/execute': () => [],
}

function listNodes({ lab, node, caller }: Call) {
  return lab.members(node).map((name) => {
    const isOnline = hearsFrom(lab, node, name)
    const { maxcpu, maxmem, ...load } = nodeFigures(lab, name)
    if (!lab.hasJoined(node, name))
      return { id: `node/${name}`, type: 'node', node: name, status: 'offline', ssl_fingerprint: null }
    const names = {
      id: `node/${name}`,
      type: 'node',
      node: name,
      status: isOnline ? 'online' : 'offline',
      level: '',
      ssl_fingerprint: lab.certificates.of(name)?.fingerprint ?? '',
    }
    if (!caller.may(`/nodes/${name}`, 'Sys.Audit')) return names
    return { ...names, maxcpu, maxmem, ...(isOnline ? load : {}) }
  })
}

function nodeStatus(call: Call) {
  const { lab, node } = call
  const { cpu, maxcpu, mem, maxmem, disk, maxdisk, uptime } = nodeFigures(lab, node)
  const load = (cpu * maxcpu).toFixed(2)
  const kernel = {
    sysname: 'Linux',
    release: releaseWords[lab.release].kernel,
    version: '#1 SMP PREEMPT_DYNAMIC',
    machine: 'x86_64',
  }
  const { version: release, repoid } = version(call)
  return {
    'boot-info': { mode: 'legacy-bios' },
    cpu,
    cpuinfo: {
      cores: maxcpu,
      cpus: maxcpu,
      flags: 'fpu vme de pse tsc msr pae',
      hvm: '1',
      mhz: '2400.000',
      model: 'QEMU Virtual CPU',
      sockets: 1,
      user_hz: 100,
    },
    'current-kernel': kernel,
    idle: 0,
    ksm: { shared: 0 },
    kversion: `${kernel.sysname} ${kernel.release} ${kernel.version}`,
    loadavg: [load, load, load],
    memory: {
      used: mem,
      total: maxmem,
      free: maxmem - mem,
      ...(lab.isSince('9.0') ? { available: maxmem - mem } : {}),
    },
    pveversion: `pve-manager/${release}/${repoid}`,
    rootfs: { used: disk, total: maxdisk, free: maxdisk - disk, avail: maxdisk - disk },
    swap: swapOf(lab, node),
    uptime,
    wait: 0,
  }
}

/** What is touched beyond the memory lies in the swap, as far as that goes. */
function swapOf({ world }: ServedLab, node: string) {
  const { spec } = world.node(node)
  const total = world.load.swapMiB(spec) * mebibyte
  const used = Math.min(total, Math.max(0, world.load.demandMiB(spec) - spec.ramMiB) * mebibyte)
  return { used, total, free: total - used }
}

function certificates({ lab, node }: Call) {
  const own = lab.certificates.of(node)
  const { authorityPem } = lab.certificates
  return [
    ...(authorityPem === undefined ? [] : [certificateEntry('pve-root-ca.pem', authorityPem)]),
    ...(own === undefined ? [] : [certificateEntry('pve-ssl.pem', own.pem)]),
  ]
}

function certificateEntry(filename: string, pem: string) {
  const x509 = new X509Certificate(pem)
  const names = x509.subjectAltName?.split(', ') ?? []
  return {
    filename,
    fingerprint: x509.fingerprint256,
    pem,
    subject: `/${x509.subject.replaceAll('\n', '/')}`,
    issuer: `/${x509.issuer.replaceAll('\n', '/')}`,
    notbefore: Date.parse(x509.validFrom) / 1000,
    notafter: Date.parse(x509.validTo) / 1000,
    'public-key-bits': x509.publicKey.asymmetricKeyDetails?.modulusLength ?? 0,
    'public-key-type': 'rsaEncryption',
    san: names.map((name) => name.replace(/^[^:]*:/, '')),
  }
}

/** Lines a syslog call gives when the client does not say, or says 0 (proxmox.md 2.4). */
const syslogLimit = 50

function syslog({ lab, node, parameters }: Call): Result {
  const service = parameters.text('service')
  const lines = lab.journal.lines(node, {
    ...(service === undefined ? {} : { service }),
    ...secondsOf('since', parameters.text('since')),
    ...secondsOf('until', parameters.text('until')),
  })
  const start = parameters.integer('start') ?? 0
  const limit = parameters.integer('limit') || syslogLimit
  const numbered = lines.map((t, position) => ({ n: position + 1, t }))
  return new Result(numbered.slice(start, start + limit), { total: lines.length })
}

/** `2026-11-20 12:00`, by the clock of the node, which lives in UTC. */
function secondsOf(name: 'since' | 'until', text: string | undefined): Partial<Record<typeof name, number>> {
  if (text === undefined) return {}
  const [day = '', time = '00:00:00'] = text.split(' ')
  return { [name]: Date.parse(`${day}T${time.padEnd(8, ':00')}Z`) / 1000 }
}

/** Lines between two cursors, which are positions in the journal. */
function journal({ lab, node, parameters }: Call): string[] {
  const since = parameters.integer('since')
  const until = parameters.integer('until')
  const all = lab.journal.lines(node, {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  })
  const last = parameters.integer('lastentries')
  const lines = last === undefined ? all : all.slice(-last)
  const first = all.length - lines.length
  return [`s=lab;i=${first}`, ...lines, `s=lab;i=${all.length}`]
}
