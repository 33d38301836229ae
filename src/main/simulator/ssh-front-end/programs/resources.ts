/** Memory, processors and file systems of a node, as its status by the API has them. */
import type { Program, ProgramCall } from '../program.ts'
import { callLocally } from '../pve-command/local-call.ts'

interface Amount {
  readonly used: number
  readonly total: number
  readonly free: number
}

interface Status {
  readonly memory: Amount
  readonly swap: Amount
  readonly rootfs: Amount
  readonly cpuinfo: { readonly cpus: number }
}

const statusOf = (call: ProgramCall) =>
  callLocally(call, 'GET', `/nodes/${call.node}/status`, {}) as Promise<Status>

/** Bytes in the unit of an option; KiB as a rule. */
const divisors: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** `7.8Gi`, `512Mi`: three characters and a unit. */
function humanText(bytes: number, ending: 'i' | ''): string {
  const units = ['B', 'K', 'M', 'G', 'T']
  let [amount, unit] = [bytes, 0]
  while (amount >= 1024 && unit < units.length - 1) [amount, unit] = [amount / 1024, unit + 1]
  if (unit === 0) return ending === '' ? String(amount) : `${amount}B`
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)}${units[unit]}${ending}`
}

export const free: Program = async (call) => {
  const { memory, swap } = await statusOf(call)
  const isHuman = call.argv.some((word) => /^-\w*h|^--human$/.test(word))
  const letter = call.argv
    .map((word) => /^-(?:-(kibi|mebi|gibi|bytes)|([bkmg]))/.exec(word)?.[0])
    .find(Boolean)
  const divisor = divisors[letter?.replace(/^-+/, '')[0] ?? 'k'] ?? 1024
  const cell = (bytes: number) =>
    (isHuman ? humanText(bytes, 'i') : String(Math.floor(bytes / divisor))).padStart(12)
  const titles = ['total', 'used', 'free', 'shared', 'buff/cache', 'available']
  const line = (name: string, amounts: readonly number[]) =>
    `${name.padEnd(8)}${amounts.map(cell).join('')}\n`
  call.stdout(`${' '.repeat(8)}${titles.map((title) => title.padStart(12)).join('')}\n`)
  // The model knows of no cache beside what is used.
  call.stdout(line('Mem:', [memory.total, memory.used, memory.free, 0, 0, memory.free]))
  call.stdout(line('Swap:', [swap.total, swap.used, swap.free]))
  return 0
}

export const nproc: Program = async (call) => {
  call.stdout(`${(await statusOf(call)).cpuinfo.cpus}\n`)
  return 0
}

interface FileSystem extends Omit<Amount, 'free'> {
  readonly device: string
  readonly type: string
  readonly mountPoint: string
}

interface StorageEntry {
  readonly type: string
  readonly storage: string
  readonly active: number
  readonly used: number
  readonly total: number
}

interface StorageConfig {
  readonly server?: string
  readonly export?: string
  readonly path?: string
}

/** What pmxcfs offers (pmxcfs(8)), and what the few files of a lab take of it (an assumption). */
const clusterFilesBytes = 128 * 1024 ** 2
const clusterFilesUsedBytes = 20 * 1024
/** Key, name and links of an OSD, in memory (an assumption). */
const osdFolderBytes = 28 * 1024

async function fileSystemsOf(call: ProgramCall): Promise<readonly FileSystem[]> {
  const { lab, node } = call
  const { rootfs, memory } = await statusOf(call)
  const inMemory = (mountPoint: string, used = 0): FileSystem => ({
    device: 'tmpfs',
    type: 'tmpfs',
    used,
    total: memory.total / 2,
    mountPoint,
  })
  const osds = lab.world.ceph.osdMap.osdsOn(node).filter(({ process }) => process !== 'none')
  return [
    { device: '/dev/mapper/pve-root', type: 'ext4', ...rootfs, mountPoint: '/' },
    inMemory('/dev/shm'),
    ...osds.map(({ id }) => inMemory(`/var/lib/ceph/osd/ceph-${id}`, osdFolderBytes)),
    ...(lab.world.shared.isRunning(node)
      ? [
          {
            device: '/dev/fuse',
            type: 'fuse',
            used: clusterFilesUsedBytes,
            total: clusterFilesBytes,
            mountPoint: '/etc/pve',
          },
        ]
      : []),
    ...(await exportsOf(call)),
  ]
}

/** Exports of a NAS that are mounted. */
async function exportsOf(call: ProgramCall): Promise<readonly FileSystem[]> {
  const entries = (await callLocally(
    call,
    'GET',
    `/nodes/${call.node}/storage`,
    {},
  )) as readonly StorageEntry[]
  const mounted = entries.filter(({ type, active }) => type === 'nfs' && active === 1)
  return Promise.all(
    mounted.map(async ({ storage, used, total }): Promise<FileSystem> => {
      const config = (await callLocally(call, 'GET', `/storage/${storage}`, {})) as StorageConfig
      const device = `${config.server ?? ''}:${config.export ?? ''}`
      return { device, type: 'nfs4', used, total, mountPoint: config.path ?? `/mnt/pve/${storage}` }
    }),
  )
}

export const df: Program = async (call) => {
  const flags = call.argv.filter((word) => word.startsWith('-')).join('')
  const paths = call.argv.filter((word) => !word.startsWith('-'))
  const all = await fileSystemsOf(call)
  const deepest = (path: string) =>
    all
      .filter(({ mountPoint }) => path === mountPoint || path.startsWith(mountPoint.replace(/\/?$/, '/')))
      .toSorted((one, other) => other.mountPoint.length - one.mountPoint.length)[0]
  const shown = paths.length === 0 ? all : paths.map(deepest).filter((found) => found !== undefined)
  const isHuman = flags.includes('h')
  const withType = flags.includes('T')
  const size = (bytes: number) => (isHuman ? humanText(bytes, '') : String(Math.ceil(bytes / 1024)))
  const rows = shown.map(({ device, type, used, total, mountPoint }) => [
    device,
    ...(withType ? [type] : []),
    size(total),
    size(used),
    size(total - used),
    `${total === 0 ? 0 : Math.ceil((100 * used) / total)}%`,
    mountPoint,
  ])
  const titles = [
    'Filesystem',
    ...(withType ? ['Type'] : []),
    ...(isHuman ? ['Size', 'Used', 'Avail'] : ['1K-blocks', 'Used', 'Available']),
    'Use%',
    'Mounted on',
  ]
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const isText = (at: number) => at === 0 || (withType && at === 1) || at === titles.length - 1
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (isText(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join(' ')
      .trimEnd()
  call.stdout([titles, ...rows].map((row) => `${line(row)}\n`).join(''))
  return 0
}
