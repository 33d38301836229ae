/** ZFS pools of a node, made and destroyed as by the API. */
import { textOf } from '../../pve-front-end/parameters.ts'
import type { Program, ProgramCall } from '../program.ts'
import { callLocally, followTask, Refusal } from '../pve-command/local-call.ts'

interface Pool {
  readonly name: string
  readonly size: number
  readonly alloc: number
  readonly free: number
  readonly health: string
}

interface Device {
  readonly name: string
  readonly state: string
  readonly children?: readonly Device[]
}

const raids = ['mirror', 'raidz', 'raidz2', 'raidz3', 'draid']

export const zpool: Program = async (call) => {
  const [verb = '', ...rest] = call.argv
  try {
    if (verb === 'list') return await list(call)
    if (verb === 'status') return await status(call, rest)
    if (verb === 'create') return await create(call, rest)
    if (verb === 'destroy') return await destroy(call, rest)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    call.stderr(`cannot ${verb}: ${error.message}\n`)
    return 1
  }
  call.stderr(`unrecognized command '${verb}'\n`)
  return 2
}

const poolsOf = async (call: ProgramCall) =>
  (await callLocally(call, 'GET', `/nodes/${call.node}/disks/zfs`, {})) as readonly Pool[]

function sizeText(bytes: number): string {
  const gib = bytes / 1024 ** 3
  return gib >= 1 ? `${gib.toPrecision(3)}G` : `${Math.round(bytes / 1024)}K`
}

async function list(call: ProgramCall): Promise<number> {
  const pools = await poolsOf(call)
  if (pools.length === 0) {
    call.stdout('no pools available\n')
    return 0
  }
  call.stdout('NAME      SIZE  ALLOC   FREE  CKPOINT  EXPANDSZ   FRAG    CAP  DEDUP    HEALTH  ALTROOT\n')
  for (const { name, size, alloc, free, health } of pools) {
    const share = `${Math.floor((100 * alloc) / size)}%`
    call.stdout(
      `${name.padEnd(8)} ${sizeText(size).padStart(5)} ${sizeText(alloc).padStart(6)} ${sizeText(free).padStart(6)}        -         -     0%  ${share.padStart(5)}  1.00x    ${health}  -\n`,
    )
  }
  return 0
}

async function status(call: ProgramCall, names: readonly string[]): Promise<number> {
  const pools = await poolsOf(call)
  if (pools.length === 0) {
    call.stdout('no pools available\n')
    return 0
  }
  const rows = (device: Device, depth: number): string[] => [
    `\t${`${'  '.repeat(depth)}${device.name}`.padEnd(12)} ${device.state.padEnd(9)} 0     0     0`,
    ...(device.children ?? []).flatMap((child) => rows(child, depth + 1)),
  ]
  for (const { name } of pools.filter((pool) => names.length === 0 || names.includes(pool.name))) {
    const detail = (await callLocally(call, 'GET', `/nodes/${call.node}/disks/zfs/${name}`, {})) as Device
    const table = (detail.children ?? []).flatMap((child) => rows(child, 0))
    call.stdout(
      `  pool: ${name}\n state: ${detail.state}\nconfig:\n\n\tNAME         STATE     READ WRITE CKSUM\n${table.join('\n')}\n\nerrors: No known data errors\n`,
    )
  }
  return 0
}

async function create(call: ProgramCall, argv: readonly string[]): Promise<number> {
  const words: string[] = []
  const properties: Record<string, string> = {}
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    if (word === '-o' || word === '-O') {
      at += 1
      const [name = '', value = ''] = (argv[at] ?? '').split('=')
      properties[name] = value
    } else if (word !== '-f') words.push(word)
  }
  const [name = '', ...rest] = words
  const raid = raids.find((level) => level === rest[0])
  const devices = raid === undefined ? rest : rest.slice(1)
  const upid = await callLocally(call, 'POST', `/nodes/${call.node}/disks/zfs`, {
    name,
    devices: devices.map((device) => (device.startsWith('/') ? device : `/dev/${device}`)).join(','),
    raidlevel: raid ?? 'single',
    ...(properties.ashift === undefined ? {} : { ashift: properties.ashift }),
    ...(properties.compression === undefined ? {} : { compression: properties.compression }),
  })
  return followTask(call, textOf(upid), () => false)
}

async function destroy(call: ProgramCall, argv: readonly string[]): Promise<number> {
  const [name = ''] = argv.filter((word) => !word.startsWith('-'))
  const upid = await callLocally(call, 'DELETE', `/nodes/${call.node}/disks/zfs/${name}`, {})
  return followTask(call, textOf(upid), () => false)
}
