/** Images of the guests' disks in the pools of Ceph. */
import { createHash } from 'node:crypto'
import { cephConfiguration } from '../../pve-front-end/ceph-setup.ts'
import type { Program, ProgramCall } from '../program.ts'
import { callLocally } from '../pve-command/local-call.ts'

/** Of an image that names no other. */
const objectBytes = 4 * 1024 ** 2
const gibibyte = 1024 ** 3

interface Image {
  readonly name: string
  readonly bytes: number
}

interface Storage {
  readonly type: string
  readonly storage: string
  readonly pool?: string
}

/** Images in a pool, by what the storages on it hold; undefined where there is no such pool. */
async function imagesIn(call: ProgramCall, pool: string): Promise<readonly Image[] | undefined> {
  const { lab, node } = call
  if (!lab.world.ceph.settings.pools.some(({ name }) => name === pool)) return undefined
  const storages = (await callLocally(call, 'GET', '/storage', {})) as readonly Storage[]
  const images = new Map<string, number>()
  for (const { type, storage, pool: its = 'rbd' } of storages) {
    if (type !== 'rbd' || its !== pool) continue
    const path = `/nodes/${node}/storage/${storage}/content`
    const volumes = (await callLocally(call, 'GET', path, {})) as readonly { volid: string; size: number }[]
    for (const { volid, size } of volumes) images.set(volid.slice(storage.length + 1), size)
  }
  return [...images].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `rbd ls [-l] [POOL]`, `rbd info POOL/IMAGE`; `-p POOL`. Without one the pool is called rbd. */
export const rbd: Program = async (call) => {
  if (cephConfiguration(call.lab, call.node) === undefined) {
    call.stderr(
      "rbd: couldn't connect to the cluster!\nrbd: listing images failed: (2) No such file or directory\n",
    )
    return 2
  }
  const at = call.argv.findIndex((word) => word === '-p' || word === '--pool')
  const pool = at < 0 ? undefined : call.argv[at + 1]
  const isLong = call.argv.some((word) => word === '-l' || word === '--long')
  const words = call.argv.filter((word, position) => !word.startsWith('-') && (at < 0 || position !== at + 1))
  const [verb = 'help', target = ''] = words
  // Nobody answers without a quorum, and the client asks on.
  while (call.lab.world.ceph.report(call.node) === undefined) await call.lab.clock.sleep(1000, call.signal)
  if (verb === 'ls' || verb === 'list') return list(call, pool ?? (target === '' ? 'rbd' : target), isLong)
  if (verb === 'info') return info(call, pool === undefined ? target : `${pool}/${target}`)
  call.stderr(`rbd: the embedded lab knows ls and info, not '${verb}'\n`)
  return 22
}

async function list(call: ProgramCall, pool: string, isLong: boolean): Promise<number> {
  const images = await imagesIn(call, pool)
  if (images === undefined) {
    call.stderr(
      `rbd: error opening ${pool === 'rbd' ? "default pool 'rbd'\nEnsure that the default pool has been created or specify an alternate pool name." : `pool '${pool}': (2) No such file or directory`}\nrbd: listing images failed: (2) No such file or directory\n`,
    )
    return 2
  }
  if (!isLong || images.length === 0) {
    call.stdout(images.map(({ name }) => `${name}\n`).join(''))
    return 0
  }
  const width = Math.max(...images.map(({ name }) => name.length))
  call.stdout(`${'NAME'.padEnd(width)}  SIZE     PARENT  FMT  PROT  LOCK\n`)
  for (const { name, bytes } of images)
    call.stdout(`${name.padEnd(width)}  ${`${bytes / gibibyte} GiB`.padEnd(7)}            2            \n`)
  return 0
}

async function info(call: ProgramCall, path: string): Promise<number> {
  const [pool, name = ''] = path.includes('/') ? path.split('/') : ['rbd', path]
  const image = (await imagesIn(call, pool as string))?.find((each) => each.name === name)
  if (image === undefined) {
    call.stderr(`rbd: error opening image ${name}: (2) No such file or directory\n`)
    return 2
  }
  const id = createHash('sha256').update(path).digest('hex').slice(0, 12)
  const created = call.lab.wallTime.spelled(call.lab.wallTime.secondsAt(0))
  call.stdout(
    `rbd image '${name}':\n\tsize ${image.bytes / gibibyte} GiB in ${image.bytes / objectBytes} objects\n\torder 22 (4 MiB objects)\n\tsnapshot_count: 0\n\tid: ${id}\n\tblock_name_prefix: rbd_data.${id}\n\tformat: 2\n\tfeatures: layering, exclusive-lock, object-map, fast-diff, deep-flatten\n\top_features: \n\tflags: \n\tcreate_timestamp: ${created}\n\taccess_timestamp: ${created}\n\tmodify_timestamp: ${created}\n`,
  )
  return 0
}
