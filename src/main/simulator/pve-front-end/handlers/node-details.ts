/** A node's subscription, report and packages, what it finds elsewhere, and how it would be woken. */
import { refuse } from '../api-error.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { nodeFigures } from '../load-figures.ts'
import { releaseWords } from '../release.ts'
import { storages } from '../storages.ts'

export const nodeDetailHandlers: Handlers = {
  'GET /nodes/{node}/capabilities': index('name', 'qemu'),
  'GET /nodes/{node}/certificates': index('name', 'acme info custom'),
  'GET /nodes/{node}/subscription': ({ lab, node }) => {
    const key = lab.files.read<string | undefined>(node, subscriptionFile, undefined)
    const common = { serverid: '00000000000000000000000000000000', url: shop }
    if (key === undefined) return { ...common, status: 'notfound', message: 'There is no subscription key' }
    return { ...common, status: 'new', key, message: 'subscription not checked yet', level: key[4] ?? '' }
  },
  // Nobody can be asked whether a key is good.
  'POST /nodes/{node}/subscription': ({ lab, node }) => {
    const key = lab.files.read<string | undefined>(node, subscriptionFile, undefined)
    return key === undefined
      ? null
      : refuse("can't check subscription: 500 Can't connect to shop.proxmox.com:443")
  },
  'PUT /nodes/{node}/subscription': ({ lab, node, parameters }) => {
    lab.files.write(node, subscriptionFile, parameters.required('key').trim())
    return null
  },
  'DELETE /nodes/{node}/subscription': ({ lab, node }) => {
    lab.files.write(node, subscriptionFile, undefined)
    return null
  },
  'GET /nodes/{node}/report': report,
  'GET /nodes/{node}/apt/changelog': ({ parameters }) =>
    `${parameters.required('name')} (${parameters.text('version') ?? 'installed'}): no changes are known in a lab\n`,
  'GET /nodes/{node}/capabilities/qemu/cpu-flags': () => cpuFlags,
  'GET /nodes/{node}/capabilities/qemu/migration': () => ({ 'has-dbus-vmstate': 1 }),
  'GET /nodes/{node}/scan/lvm': ({ lab, node }) => [
    { vg: 'pve' },
    ...storages(lab)
      .filter(({ configuration }) => typeof configuration.vgname === 'string' && lab.machine(node).networkUp)
      .map(({ configuration }) => ({ vg: String(configuration.vgname) })),
  ],
  'GET /nodes/{node}/scan/nfs': scanNfs,
  'POST /nodes/{node}/wakeonlan': (call) => {
    const { lab, node, parameters } = call
    const name = parameters.required('node')
    const config = lab.world.shared.read(node, `nodes/${name}/config`) as
      | Readonly<Record<string, unknown>>
      | undefined
    // A virtual machine of a hypervisor is not woken by what its network card hears.
    return config?.wakeonlan ?? refuse(`No wake on LAN MAC address defined for '${name}'!`)
  },
}

const subscriptionFile = 'subscription'
const shop = 'https://www.proxmox.com/en/proxmox-virtual-environment/pricing'

const cpuFlags = [
  ['md-clear', 'Required to let the guest OS know if MDS is mitigated correctly'],
  ['pcid', 'Meltdown fix cost reduction on Westmere, Sandy-, and IvyBridge Intel CPUs'],
  ['spec-ctrl', 'Allows improved Spectre mitigation with Intel CPUs'],
  ['ssbd', 'Protection for "Speculative Store Bypass" for Intel models'],
  ['aes', 'Activate AES instruction set for HW acceleration.'],
].map(([name, description]) => ({ name, description }))

/** A server that is not one of the lab's is given up after that time (recorded of a storage on one). */
const noServerMs = 6150

async function scanNfs({ lab, parameters }: Call) {
  const server = parameters.required('server')
  const exported = storages(lab).filter(
    ({ type, configuration }) => type === 'nfs' && configuration.server === server,
  )
  if (!lab.world.storages.servers.some(({ name }) => name === server) && exported.length === 0) {
    await lab.clock.sleep(noServerMs)
    refuse(`clnt_create: RPC: Unable to receive`)
  }
  return exported.map(({ configuration }) => ({ path: String(configuration.export), options: '*' }))
}

function report({ lab, node }: Call): string {
  const { version, repoid, kernel } = releaseWords[lab.release]
  const { maxcpu, maxmem, uptime } = nodeFigures(lab, node)
  const sections = [
    [
      'general system info',
      [
        `# hostname\n${node}`,
        `# date -R\n${lab.wallTime.date().toUTCString()}`,
        `# uptime\nup ${uptime} s, ${maxcpu} processors, ${maxmem} bytes of memory`,
      ],
    ],
    [
      'overall system load info',
      [
        `# pveversion --verbose\nproxmox-ve: ${version} (running kernel: ${kernel})\npve-manager: ${version} (running version: ${version}/${repoid})`,
      ],
    ],
    [
      'info about storage',
      storages(lab).map(({ storage, type, content }) => `${type}: ${storage}\n\tcontent ${content}`),
    ],
    [
      'info about virtual guests',
      lab
        .guestsOf(node)
        .filter((guest) => lab.world.configuredNode(guest, node) === node)
        .map(({ id, isRunning }) => `${id}: ${isRunning ? 'running' : 'stopped'}`),
    ],
    ['info about the cluster', lab.members(node).map((name) => `${lab.nodeIdOf(name)}: ${name}`)],
  ] as const
  return sections.map(([title, lines]) => `\n==== ${title} ====\n\n${lines.join('\n\n')}\n`).join('')
}
