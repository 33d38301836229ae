import type { ProgramCall } from '../program.ts'
import { callLocally, followTask } from '../pve-command/local-call.ts'
import { carryOut, type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

interface StorageState {
  readonly storage: string
  readonly type: string
  readonly enabled?: number
  readonly active?: number
  readonly total?: number
  readonly used?: number
  readonly avail?: number
}

const kibibytes = (bytes: number | undefined) => String(Math.floor((bytes ?? 0) / 1024))

const status: Subcommand = {
  usage: ' [OPTIONS]',
  method: 'GET',
  path: '/nodes/{node}/storage',
  print(data) {
    const states = (data as StorageState[]).toSorted((first, second) =>
      first.storage < second.storage ? -1 : 1,
    )
    const width = Math.max(...states.map(({ storage }) => storage.length)) + 1
    const row = (name: string, type: string, word: string, ...figures: string[]) =>
      `${name.padEnd(width)} ${type.padStart(10)} ${word.padStart(10)} ${figures
        .map((figure, at) => figure.padStart(at === 3 ? 8 : 15))
        .join(' ')}\n`
    const rows = states.map(({ storage, type, enabled, active, total, used, avail }) => {
      const word = enabled === 0 ? 'disabled' : active === 1 ? 'active' : 'inactive'
      const share = total === undefined || total === 0 ? 0 : (100 * (used ?? 0)) / total
      return row(
        storage,
        type,
        word,
        kibibytes(total),
        kibibytes(used),
        kibibytes(avail),
        `${share.toFixed(2)}%`,
      )
    })
    return [row('Name', 'Type', 'Status', 'Total', 'Used', 'Available', '%'), ...rows].join('')
  },
}

interface Volume {
  readonly volid: string
  readonly format: string
  readonly content: string
  readonly size: number
  readonly vmid?: number
}

const list: Subcommand = {
  usage: '<storage> [OPTIONS]',
  positional: ['storage'],
  method: 'GET',
  path: '/nodes/{node}/storage/{storage}/content',
  print(data) {
    const volumes = data as Volume[]
    const width = Math.max(5, ...volumes.map(({ volid }) => volid.length))
    const row = (...[volid = '', format = '', type = '', size = '', vmid = '']: string[]) =>
      `${volid.padEnd(width)} ${format.padEnd(7)} ${type.padEnd(6)} ${size.padStart(14)} ${vmid}\n`
    const rows = volumes.map(({ volid, format, content, size, vmid }) =>
      row(volid, format, content, String(size), String(vmid ?? '')),
    )
    return [row('Volid', 'Format', 'Type', 'Size', 'VMID'), ...rows].join('')
  },
}

/** Where a volume lies, for storages that are folders. */
const path: LocalSubcommand = {
  usage: '<volume>',
  async run(call, [volume = '']) {
    const [, storage = '', kind = '', name = ''] =
      /^([^:]+):(?:(iso|vztmpl|backup|snippets)\/)?(.+)$/.exec(volume) ?? []
    const configuration = (await callLocally(call, 'GET', `/storage/${storage}`, {})) as {
      readonly type: string
      readonly path?: string
    }
    const folders: Readonly<Record<string, string>> = {
      iso: 'template/iso',
      vztmpl: 'template/cache',
      backup: 'dump',
      snippets: 'snippets',
    }
    if (configuration.path === undefined) {
      call.stdout(
        `${configuration.type === 'zfspool' ? '/dev/zvol' : configuration.type}/${storage}/${name}\n`,
      )
      return 0
    }
    call.stdout(`${configuration.path}/${folders[kind] ?? 'images'}/${name}\n`)
    return 0
  },
}

const content = '/nodes/{node}/storage/{storage}/content'

const alloc: Subcommand = {
  usage: '<storage> <vmid> <filename> <size> [OPTIONS]',
  positional: ['storage', 'vmid', 'filename', 'size'],
  method: 'POST',
  path: content,
  async print(data, { call, parameters }) {
    const volid = String(data)
    const formatting = await formattingLine(call, volid, parameters)
    return `${formatting}successfully created '${volid}'\n`
  },
}

/** In a directory a disk is a file that qemu-img formats. */
async function formattingLine(
  call: ProgramCall,
  volid: string,
  { size = '', storage = '' }: Readonly<Record<string, string>>,
): Promise<string> {
  const { path: folder } = (await callLocally(call, 'GET', `/storage/${storage}`, {})) as { path?: string }
  const volume = `${content.replace('{node}', call.node).replace('{storage}', storage)}/${volid}`
  const { format, size: bytes } = (await callLocally(call, 'GET', volume, {})) as Volume
  if (folder === undefined || size === '') return ''
  const name = volid.slice(volid.indexOf(':') + 1)
  return `Formatting '${folder}/images/${name}', fmt=${format} size=${bytes} preallocation=off\n`
}

/** `shared:100/vm-100-disk-1.raw`; a file of a storage has a name that says what it is. */
const free: LocalSubcommand = {
  usage: '<volume> [OPTIONS]',
  async run(call, argv) {
    const [volume = ''] = argv
    if (volume === '') {
      call.stderr('400 not enough arguments\npvesm free <volume> [OPTIONS]\n')
      return 255
    }
    const [, storage = '', name = ''] = /^([^:]+):(.+)$/.exec(volume) ?? []
    const { path: folder } = (await callLocally(call, 'GET', `/storage/${storage}`, {})) as { path?: string }
    if (folder !== undefined && !isFileName(name)) {
      call.stderr(`unable to parse volume filename '${name.replace(/^\d+\//, '')}'\n`)
      return 255
    }
    const place = content.replace('{node}', call.node).replace('{storage}', storage)
    return followTask(call, String(await callLocally(call, 'DELETE', `${place}/${volume}`, {})))
  },
}

const isFileName = (name: string) =>
  /^(iso|vztmpl|backup|snippets|import)\/.+|^\d+\/\S+\.(raw|qcow2|vmdk|subvol)$/.test(name)

const prunePath = '/nodes/{node}/storage/{storage}/prunebackups'

/** What would go, or with the task what has gone. */
const prune: LocalSubcommand = {
  usage: '<storage> [OPTIONS]',
  async run(call, argv) {
    const isDry = argv.includes('--dry-run')
    const words = argv.filter((word) => word !== '--dry-run' && !/^[01]$/.test(word))
    if (!isDry)
      return carryOut(call, { usage: '', positional: ['storage'], method: 'DELETE', path: prunePath }, words)
    const print = (data: unknown) =>
      (data as { volid: string; mark: string; ctime: number }[])
        .map(({ volid, mark, ctime }) => `${call.lab.wallTime.stamp(ctime)} ${mark.padEnd(10)} ${volid}\n`)
        .join('')
    return carryOut(
      call,
      { usage: '', positional: ['storage'], method: 'GET', path: prunePath, print },
      words,
    )
  },
}

export const pvesm = pveCommand({
  name: 'pvesm',
  startMs: 310,
  subcommands: {
    add: {
      usage: '<type> <storage> [OPTIONS]',
      positional: ['type', 'storage'],
      method: 'POST',
      path: '/storage',
      print: () => '',
    },
    alloc,
    apiinfo: {
      usage: '',
      run(call) {
        call.stdout('APIVER 11\nAPIAGE 2\n')
        return 0
      },
    },
    extractconfig: {
      usage: '<volume>',
      positional: ['volume'],
      method: 'GET',
      path: '/nodes/{node}/vzdump/extractconfig',
      print: String,
    },
    free,
    list,
    path,
    'prune-backups': prune,
    remove: { usage: '<storage>', positional: ['storage'], method: 'DELETE', path: '/storage/{storage}' },
    set: {
      usage: '<storage> [OPTIONS]',
      positional: ['storage'],
      method: 'PUT',
      path: '/storage/{storage}',
      print: () => '',
    },
    status,
  },
})
