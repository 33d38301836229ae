/** Package sources of a node, and what an update of their lists meets. */
import { refuse } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { releaseWords } from '../release.ts'
import type { ServedLab } from '../served-lab.ts'
import { digestOf, requireDigest } from './ha-options.ts'

export const aptHandlers: Handlers = {
  'GET /nodes/{node}/apt': index('id', 'changelog repositories update versions'),
  'GET /nodes/{node}/apt/repositories': repositories,
  'PUT /nodes/{node}/apt/repositories': addStandard,
  'POST /nodes/{node}/apt/repositories': switchOne,
  'GET /nodes/{node}/apt/update': async ({ lab }) => {
    await lab.clock.sleep(cacheMs)
    return []
  },
  'POST /nodes/{node}/apt/update': update,
  'GET /nodes/{node}/apt/versions': versions,
}

interface Source {
  readonly path: string
  readonly uri: string
  readonly suite: string
  readonly components: readonly string[]
  readonly isEnabled: boolean
}

const file = 'sources'
const proxmox = 'http://download.proxmox.com/debian'
const enterprise = 'https://enterprise.proxmox.com/debian'

interface Forms {
  readonly kind: 'list' | 'sources'
  readonly suite: string
  readonly debian: string
  readonly own: string
  readonly test: string
  readonly ceph: readonly string[]
}

/** Where a release keeps which source (proxmox.md 3). */
function formsOf(lab: ServedLab): Forms {
  if (lab.isSince('9.0'))
    return {
      kind: 'sources',
      suite: 'trixie',
      debian: '/etc/apt/sources.list.d/debian.sources',
      own: '/etc/apt/sources.list.d/proxmox.sources',
      test: 'pve-test',
      ceph: ['squid', 'tentacle'],
    }
  const main = '/etc/apt/sources.list'
  return {
    kind: 'list',
    suite: 'bookworm',
    debian: main,
    own: main,
    test: 'pvetest',
    ceph: ['quincy', 'reef', 'squid'],
  }
}

interface Standard extends Omit<Source, 'isEnabled'> {
  readonly handle: string
  readonly name: string
}

function standardsOf(lab: ServedLab): readonly Standard[] {
  const { kind, suite, own, test, ceph } = formsOf(lab)
  const folder = '/etc/apt/sources.list.d'
  const pve = (handle: string, name: string, path: string, base: string, component: string): Standard => ({
    handle,
    name,
    path,
    uri: `${base}/pve`,
    suite,
    components: [component],
  })
  return [
    pve('enterprise', 'Enterprise', `${folder}/pve-enterprise.${kind}`, enterprise, 'pve-enterprise'),
    pve('no-subscription', 'No-Subscription', own, proxmox, 'pve-no-subscription'),
    pve('test', 'Test', own, proxmox, test),
    ...ceph.flatMap((codename) =>
      ['enterprise', 'no-subscription', 'test'].map((component) => ({
        handle: `ceph-${codename}-${component}`,
        name: `Ceph ${codename[0]?.toUpperCase()}${codename.slice(1)} ${component}`,
        path: `${folder}/ceph.${kind}`,
        uri: `${component === 'enterprise' ? enterprise : proxmox}/ceph-${codename}`,
        suite,
        components: [component],
      })),
    ),
  ]
}

/** As the installer leaves them: Debian's own, and both enterprise sources enabled. */
function sourcesOf({ lab, node }: Call): readonly Source[] {
  const { suite, debian, ceph } = formsOf(lab)
  const debianSource = (name: string, uri: string): Source => ({
    path: debian,
    uri,
    suite: name,
    components: ['main', 'contrib'],
    isEnabled: true,
  })
  const codename = ceph[0] ?? ''
  const installed = standardsOf(lab)
    .filter(({ handle }) => handle === 'enterprise' || handle === `ceph-${codename}-enterprise`)
    .map(({ handle: _handle, name: _name, ...source }) => ({ ...source, isEnabled: true }))
  return lab.files.read(node, file, [
    debianSource(suite, 'http://deb.debian.org/debian'),
    debianSource(`${suite}-updates`, 'http://deb.debian.org/debian'),
    debianSource(`${suite}-security`, 'http://security.debian.org/debian-security'),
    ...installed,
  ])
}

function repositories(call: Call) {
  const sources = sourcesOf(call)
  const { kind } = formsOf(call.lab)
  const paths = [...new Set(sources.map(({ path }) => path))]
  const files = paths.map((path) => {
    const own = sources.filter((source) => source.path === path)
    return {
      path,
      'file-type': kind,
      digest: [...Buffer.from(digestOf(own), 'hex')],
      repositories: own.map(({ uri, suite, components, isEnabled }) => ({
        Types: ['deb'],
        URIs: [uri],
        Suites: [suite],
        Components: components,
        Options: [],
        Comment: '',
        FileType: kind,
        Enabled: Number(isEnabled),
      })),
    }
  })
  const standard = standardsOf(call.lab).map((wanted) => {
    const found = sources.filter((source) => isSame(source, wanted))
    const status = found.length === 0 ? {} : { status: Number(found.some(({ isEnabled }) => isEnabled)) }
    return { handle: wanted.handle, name: wanted.name, ...status }
  })
  return { files, errors: [], infos: infosOf(sources), 'standard-repos': standard, digest: digestOf(sources) }
}

function infosOf(sources: readonly Source[]) {
  return sources.flatMap(({ path, uri }) => {
    const index = sources.filter((other) => other.path === path).findIndex((other) => other.uri === uri)
    const origin = uri.includes('proxmox.com') ? 'Proxmox' : 'Debian'
    return [{ path, index: String(index), kind: 'origin', message: origin }]
  })
}

function isSame(source: Source, { uri, suite, components }: Standard): boolean {
  return source.uri === uri && source.suite === suite && source.components[0] === components[0]
}

function addStandard(call: Call): null {
  const { lab, node, parameters } = call
  const sources = sourcesOf(call)
  requireDigest(parameters.text('digest'), digestOf(sources), '')
  const handle = parameters.required('handle')
  const wanted = standardsOf(lab).find((standard) => standard.handle === handle)
  if (wanted === undefined) return refuse(`unknown repository handle '${handle}'`)
  const { handle: _handle, name: _name, ...source } = wanted
  const isThere = sources.some((other) => isSame(other, wanted))
  lab.files.write(
    node,
    file,
    isThere
      ? sources.map((other) => (isSame(other, wanted) ? { ...other, isEnabled: true } : other))
      : [...sources, { ...source, isEnabled: true }],
  )
  return null
}

function switchOne(call: Call): null {
  const { lab, node, parameters } = call
  const sources = sourcesOf(call)
  requireDigest(parameters.text('digest'), digestOf(sources), '')
  const path = parameters.required('path')
  const own = sources.filter((source) => source.path === path)
  if (own.length === 0) refuse(`invalid path - no such file: ${path}`)
  const chosen = own[parameters.integer('index') ?? -1]
  if (chosen === undefined) refuse(`invalid index - ${parameters.required('index')}`)
  const isEnabled = parameters.flag('enabled')
  lab.files.write(
    node,
    file,
    sources.map((source) => (source === chosen ? { ...source, isEnabled } : source)),
  )
  return null
}

/** Until apt has read its cache (recorded: 0.8 to 2 s). */
const cacheMs = 1000
/** Fetching the lists of one source (an assumption). */
const sourceMs = 600

function update(call: Call): string {
  const { lab, node, caller } = call
  const task = lab.beginTask(node, 'aptupdate', '', caller.label)
  const enabled = sourcesOf(call).filter(({ isEnabled }) => isEnabled)
  task.log('starting apt-get update')
  lab.machine(node).scope.after(enabled.length * sourceMs, () => {
    for (const [at, { uri, suite }] of enabled.entries()) {
      const isRefused = uri.startsWith(enterprise)
      task.log(`${isRefused ? 'Err' : 'Hit'}:${at + 1} ${uri} ${suite} InRelease`)
      if (isRefused) task.log('  401  Unauthorized')
    }
    task.log('Reading package lists...')
    // Nobody in the lab has a subscription.
    const isRefused = enabled.some(({ uri }) => uri.startsWith(enterprise))
    task.end(isRefused ? "command 'apt-get update' failed: exit code 100" : undefined)
  })
  return task.upid
}

function versions({ lab }: Call) {
  const { version, kernel, qemu, haManager } = releaseWords[lab.release]
  const entry = (name: string, own: string, title: string) => ({
    Package: name,
    Version: own,
    OldVersion: own,
    Title: title,
    Description: title,
    Origin: 'Proxmox',
    Section: 'admin',
    Priority: 'optional',
    Arch: 'amd64',
    CurrentState: 'Installed',
  })
  return [
    {
      ...entry('proxmox-ve', `${version.split('.')[0]}.0`, 'Proxmox Virtual Environment'),
      RunningKernel: kernel,
    },
    {
      ...entry('pve-manager', version, 'Proxmox Virtual Environment Management Tools'),
      ManagerVersion: version,
    },
    entry('pve-ha-manager', haManager, 'Proxmox VE HA Manager'),
    entry('pve-qemu-kvm', `${qemu}-1`, 'Full virtualization on x86 hardware'),
  ]
}
