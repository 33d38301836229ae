import {
  cephConfiguration,
  hasPackages,
  keepConfiguration,
  notePackages,
  unconfigured,
} from '../../pve-front-end/ceph-setup.ts'
import type { ProgramCall } from '../program.ts'
import { carryOut, type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'
import { ceph } from './ceph.ts'

const isConfigured = ({ lab, node }: ProgramCall) => cephConfiguration(lab, node) !== undefined

const cephCall = (argv: readonly string[]): LocalSubcommand => ({
  usage: '',
  run(call) {
    if (isConfigured(call)) return ceph({ ...call, argv })
    call.stderr(`${unconfigured}\n`)
    return 2
  },
})

/** Some hundreds of MB fetched and unpacked on a fast node (an assumption; nested budgets are 10 to 20 minutes). */
const installMs = 5 * 60_000

const install: LocalSubcommand = {
  usage: ' [OPTIONS]',
  async run(call, argv) {
    const { lab, node, signal } = call
    const option = (name: string, standard: string) => {
      const at = argv.indexOf(name)
      return at < 0 ? standard : (argv[at + 1] ?? '')
    }
    const versions = lab.isSince('9.0') ? ['squid', 'tentacle'] : ['quincy', 'reef', 'squid']
    const version = option('--version', versions.at(-1) ?? '')
    if (!versions.includes(version)) {
      call.stderr(
        `400 Parameter verification failed.\nversion: value '${version}' does not have a value in the enumeration '${versions.join(', ')}'\npveceph install  [OPTIONS]\n`,
      )
      return 255
    }
    if (hasPackages(lab, node)) {
      call.stdout('ceph is already the newest version.\n')
      return 0
    }
    // Nobody in the lab has a subscription.
    const isRefused = option('--repository', 'enterprise') === 'enterprise'
    const failure = isRefused ? 'E: Package has no installation candidate' : await refusedByHand(call)
    if (failure !== undefined) {
      call.stderr(`${failure}\napt failed during ceph installation (${isRefused ? 25_600 : 256})\n`)
      return 255
    }
    await lab.clock.sleep(installMs * lab.world.load.slowdown(lab.machine(node).spec), signal)
    notePackages(lab, node)
    call.stdout(
      `\ninstalled Ceph ${version} successfully!\n\nreloading API to load new Ceph RADOS library...\n`,
    )
    return 0
  },
}

/** apt asks, and takes the end of its input for a no (proxmox.md 5.1). */
async function refusedByHand(call: ProgramCall): Promise<string | undefined> {
  call.stdout('Do you want to continue? [Y/n] ')
  const answer = (await call.stdin()).split('\n')[0] ?? ''
  call.stdout('\n')
  return /^(y|yes)$/i.test(answer) ? undefined : 'Abort.'
}

const initCall: Subcommand = { usage: ' [OPTIONS]', method: 'POST', path: '/nodes/{node}/ceph/init' }

const init: LocalSubcommand = {
  usage: initCall.usage,
  async run(call, argv) {
    const isNew = !isConfigured(call)
    const code = await carryOut(call, initCall, argv)
    if (isNew) call.stdout('creating /etc/pve/priv/ceph.client.admin.keyring\n')
    return code
  },
}

const own = (kind: string, name: string, usage = ' [OPTIONS]'): LocalSubcommand => ({
  usage,
  run: (call, argv) =>
    carryOut(
      call,
      { usage, method: 'POST', path: `/nodes/{node}/ceph/${kind}/{${name}}`, fixed: { [name]: call.node } },
      argv,
    ),
})

const onOne = (method: string, path: string, usage: string, name: string): Subcommand => ({
  usage: `<${usage}> [OPTIONS]`,
  positional: [name],
  method,
  path: `/nodes/{node}/ceph/${path}`,
})

const daemons = (verb: string): Subcommand => ({
  usage: ' [OPTIONS]',
  method: 'POST',
  path: `/nodes/{node}/ceph/${verb}`,
})

/** Removes what is left of Ceph on the node; refuses while something lives (proxmox.md 5.7). */
const purge: LocalSubcommand = {
  usage: ' [OPTIONS]',
  run(call) {
    const { lab, node } = call
    const { ceph: cluster } = lab.world
    if (!isConfigured(call)) return 0
    const { monitors, managers, osdMap, settings } = cluster
    const others = monitors.names.filter((name) => name !== node)
    const isLast = others.length === 0
    const obstacles = [
      ...(isLast && settings.pools.some(({ application }) => application !== 'mgr_devicehealth')
        ? ['- remove pools, this will !!DESTROY DATA!!']
        : []),
      ...(osdMap.osdsOn(node).length > 0 ? [`- remove active OSD on ${node}`] : []),
      ...(monitors.has(node) && !isLast ? [`- remove other MONs, ${node} is not the last MON`] : []),
    ]
    if (obstacles.length > 0) {
      call.stderr(`Unable to purge Ceph!\n\nTo continue:\n${obstacles.join('\n')}\n`)
      return 255
    }
    if (managers.has(node)) managers.remove(node)
    if (isLast) {
      for (const { id } of [...settings.pools]) cluster.pools.remove(id)
      keepConfiguration(lab, node, undefined)
      monitors.remove(node)
    } else call.stderr('Foreign MON address in ceph.conf. Keeping config & keyrings\n')
    lab.world.daemonsChanged()
    return 0
  },
}

const createMonitor = own('mon', 'monid')
const createManager = own('mgr', 'id')
const createOsd: Subcommand = onOne('POST', 'osd', 'dev', 'dev')
const createPool = onOne('POST', 'pool', 'name', 'name')
const destroyMonitor = onOne('DELETE', 'mon/{monid}', 'monid', 'monid')
const destroyManager = onOne('DELETE', 'mgr/{id}', 'id', 'id')
const destroyOsd = onOne('DELETE', 'osd/{osdid}', 'osdid', 'osdid')
const destroyPool = onOne('DELETE', 'pool/{name}', 'name', 'name')
const pools = cephCall(['osd', 'pool', 'ls', 'detail'])

export const pveceph = pveCommand({
  name: 'pveceph',
  startMs: 270,
  subcommands: {
    init,
    install,
    'mgr create': createManager,
    'mgr destroy': destroyManager,
    'mon create': createMonitor,
    'mon destroy': destroyMonitor,
    'osd create': createOsd,
    'osd destroy': destroyOsd,
    'pool create': createPool,
    'pool destroy': destroyPool,
    'pool ls': pools,
    'pool set': onOne('PUT', 'pool/{name}', 'name', 'name'),
    purge,
    restart: daemons('restart'),
    start: daemons('start'),
    status: cephCall(['-s']),
    stop: daemons('stop'),
    // Names of older releases, which still work.
    createmgr: createManager,
    createmon: createMonitor,
    createosd: createOsd,
    createpool: createPool,
    destroymgr: destroyManager,
    destroymon: destroyMonitor,
    destroyosd: destroyOsd,
    destroypool: destroyPool,
    lspools: pools,
  },
})
