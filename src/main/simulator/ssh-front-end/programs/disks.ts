/** What shows the disks of a node, and what takes away what lies on them. */
import { volumeGroupOf } from '../../pve-front-end/handlers/disk-pool-lists.ts'
import { type Partition, partitionsOf } from '../../pve-front-end/handlers/disks.ts'
import type { NodeDisk } from '../../world/node-disks.ts'
import type { Program, ProgramCall } from '../program.ts'

const operands = (argv: readonly string[]) => argv.filter((word) => !word.startsWith('-'))

/** Something of the node works on it: nobody else may open it alone. */
function isInUse({ lab }: ProgramCall, { content }: NodeDisk): boolean {
  const { osds } = lab.world.ceph.osdMap
  if (content.kind === 'osd') return content.ids.some((id) => osds[id]?.process !== 'none')
  return content.kind !== 'empty' && content.kind !== 'gpt' && content.kind !== 'remains'
}

/** Volume groups whose volumes the kernel has mapped. */
const isMapped = ({ content }: NodeDisk) => ['osd', 'remains', 'lvm', 'lvmthin'].includes(content.kind)

/** Finds the disk a program is given, or complains. */
function diskOf(call: ProgramCall, device: string, complaint: string): NodeDisk | undefined {
  const disk = call.lab.world.disks.find(call.node, device)
  if (disk === undefined) call.stderr(`${complaint}\n`)
  return disk
}

function empty({ lab, node }: ProgramCall, { name }: NodeDisk): void {
  lab.world.disks.fill(node, name, { kind: 'empty' })
}

/** `25G`, `1007K`. */
function sizeText(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T']
  let [amount, unit] = [bytes, 0]
  while (amount >= 1024 && unit < units.length - 1) [amount, unit] = [amount / 1024, unit + 1]
  return `${Number(amount.toFixed(amount < 10 ? 1 : 0))}${units[unit]}`
}

const gibibyte = 1024 ** 3

interface Block {
  readonly name: string
  readonly bytes: number
  readonly type: 'disk' | 'part' | 'lvm'
  readonly mountPoint?: string
  readonly children: readonly Block[]
}

const logical = (name: string, bytes: number, mountPoint?: string): Block => ({
  name,
  bytes,
  type: 'lvm',
  children: [],
  ...(mountPoint === undefined ? {} : { mountPoint }),
})

function blockOf(call: ProgramCall, disk: NodeDisk): Block {
  const { name, sizeGiB, content } = disk
  const bytes = sizeGiB * gibibyte
  const part = ({ number, sizeBytes, mountPoint }: Partition): Block => ({
    name: `${name}${number}`,
    bytes: sizeBytes,
    type: 'part',
    children: content.kind === 'system' && number === 3 ? systemVolumes(call, sizeBytes) : [],
    ...(mountPoint === undefined ? {} : { mountPoint }),
  })
  const ids = content.kind === 'osd' || content.kind === 'remains' ? content.ids : []
  const volumes = ids.map((id) =>
    logical(`${volumeGroupOf(id).replaceAll('-', '--')}-osd--block`, bytes / ids.length),
  )
  const pool = content.kind === 'lvmthin' ? [logical(`${content.name}-${content.name}`, bytes)] : []
  return { name, bytes, type: 'disk', children: [...partitionsOf(disk).map(part), ...volumes, ...pool] }
}

/** As the installer cuts its volume group. */
function systemVolumes({ lab, node }: ProgramCall, bytes: number): Block[] {
  const swap = lab.world.load.swapMiB(lab.machine(node).spec) * 1024 ** 2
  return [logical('pve-swap', swap, '[SWAP]'), logical('pve-root', bytes - swap, '/')]
}

export const lsblk: Program = (call) => {
  const wanted = operands(call.argv).map((path) => path.replace('/dev/', ''))
  const rows: string[][] = []
  const show = (block: Block, lead: string, branch: string, numbers: string) => {
    const { name, bytes, type, mountPoint = '', children } = block
    rows.push([`${lead}${branch}${name}`, numbers, '0', sizeText(bytes), '0', type, mountPoint])
    children.forEach((child, at) => {
      const isLast = at === children.length - 1
      const below = branch === '' ? '' : branch.startsWith('├') ? '│ ' : '  '
      const number =
        child.type === 'lvm'
          ? `252:${at}`
          : numbers.replace(/\d+$/, (minor) => String(Number(minor) + at + 1))
      show(child, lead + below, isLast ? '└─' : '├─', number)
    })
  }
  call.lab.world.disks.of(call.node).forEach((disk, at) => {
    if (wanted.length === 0 || wanted.includes(disk.name)) show(blockOf(call, disk), '', '', `8:${16 * at}`)
  })
  const titles = ['NAME', 'MAJ:MIN', 'RM', 'SIZE', 'RO', 'TYPE', 'MOUNTPOINTS']
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) =>
        [1, 2, 3, 4].includes(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join(' ')
      .trimEnd()
  call.stdout([titles, ...rows].map((row) => `${line(row)}\n`).join(''))
  return 0
}

/** Destroys partition tables, and with them the mark of LVM, which lies in the same sectors. */
export const sgdisk: Program = (call) => {
  const [device = ''] = operands(call.argv)
  if (!call.argv.some((word) => ['-Z', '--zap-all', '-z', '--zap'].includes(word))) {
    call.stderr('the embedded lab only zaps disks\n')
    return 1
  }
  const disk = diskOf(
    call,
    device,
    `Problem opening ${device} for reading! Error is 2.\nThe specified file does not exist!`,
  )
  if (disk === undefined) return 2
  if (isInUse(call, disk)) {
    call.stderr(`Problem opening '${device}' for writing! Device or resource busy.\n`)
    return 4
  }
  empty(call, disk)
  call.stdout(
    'GPT data structures destroyed! You may now partition the disk using fdisk or\nother utilities.\n',
  )
  return 0
}

/** Signatures by what lies there: name, offset, bytes. */
const signatures: Readonly<Record<string, readonly [string, string, string]>> = {
  gpt: ['gpt', '0x00000200', '45 46 49 20 50 41 52 54'],
  system: ['gpt', '0x00000200', '45 46 49 20 50 41 52 54'],
  zfs: ['gpt', '0x00000200', '45 46 49 20 50 41 52 54'],
  directory: ['gpt', '0x00000200', '45 46 49 20 50 41 52 54'],
  osd: ['LVM2_member', '0x00000218', '4c 56 4d 32 20 30 30 31'],
  remains: ['LVM2_member', '0x00000218', '4c 56 4d 32 20 30 30 31'],
  lvm: ['LVM2_member', '0x00000218', '4c 56 4d 32 20 30 30 31'],
  lvmthin: ['LVM2_member', '0x00000218', '4c 56 4d 32 20 30 30 31'],
}

export const wipefs: Program = (call) => {
  const [device = ''] = operands(call.argv)
  const disk = diskOf(
    call,
    device,
    `wipefs: error: ${device}: probing initialization failed: No such file or directory`,
  )
  if (disk === undefined) return 1
  const [type, offset, bytes] = signatures[disk.content.kind] ?? []
  if (!call.argv.some((word) => word === '-a' || word === '--all' || /^-\w*a/.test(word))) {
    if (type !== undefined)
      call.stdout(`DEVICE OFFSET TYPE UUID LABEL\n${disk.name.padEnd(6)} ${offset} ${type}\n`)
    return 0
  }
  if (isInUse(call, disk) || isMapped(disk)) {
    call.stderr(`wipefs: error: ${device}: probing initialization failed: Device or resource busy\n`)
    return 1
  }
  if (type !== undefined)
    call.stdout(`${device}: 8 bytes were erased at offset ${offset} (${type}): ${bytes}\n`)
  empty(call, disk)
  return 0
}

/** `ceph-volume lvm zap DEVICE --destroy`, `lvm list`. */
export const cephVolume: Program = (call) => {
  const [area, verb, device = ''] = operands(call.argv)
  if (area === 'lvm' && verb === 'list') return listOsds(call)
  if (area !== 'lvm' || verb !== 'zap') {
    call.stderr('the embedded lab only lists and zaps volumes\n')
    return 2
  }
  const disk = diskOf(call, device, `stderr: lsblk: ${device}: not a block device`)
  if (disk === undefined) return 2
  call.stderr(`--> Zapping: ${device}\n`)
  if (isInUse(call, disk)) {
    call.stderr(`--> RuntimeError: could not complete wipefs on device: ${device}\n`)
    return 1
  }
  // Without --destroy the volume group stays, emptied.
  if (call.argv.includes('--destroy')) empty(call, disk)
  call.stderr(`--> Zapping successful for: <Raw Device: ${device}>\n`)
  return 0
}

function listOsds(call: ProgramCall): number {
  const found = call.lab.world.disks
    .of(call.node)
    .flatMap(({ name, content }) =>
      content.kind === 'osd' || content.kind === 'remains' ? content.ids.map((id) => ({ id, name })) : [],
    )
  if (found.length === 0) {
    call.stdout('No valid Ceph lvm devices found\n')
    return 1
  }
  for (const { id, name } of found)
    call.stdout(
      `\n\n====== osd.${id} =======\n\n  [block]       /dev/${volumeGroupOf(id)}/osd-block\n\n      osd id                    ${id}\n      type                      block\n      devices                   /dev/${name}\n`,
    )
  return 0
}

interface Group {
  readonly disk: NodeDisk
  readonly name: string
  readonly volumes: number
}

function groupsOf({ lab, node }: ProgramCall): readonly Group[] {
  return lab.world.disks.of(node).flatMap((disk): Group[] => {
    const { content } = disk
    if (content.kind === 'system') return [{ disk, name: 'pve', volumes: 2 }]
    if (content.kind === 'osd' || content.kind === 'remains')
      return [{ disk, name: volumeGroupOf(content.ids[0] ?? 0), volumes: content.ids.length }]
    if (content.kind === 'lvm') return [{ disk, name: content.name, volumes: 0 }]
    return content.kind === 'lvmthin' ? [{ disk, name: content.name, volumes: 1 }] : []
  })
}

const lvmSize = (gib: number) => `<${gib.toFixed(2)}g`

export const pvs: Program = (call) => {
  const groups = groupsOf(call)
  const width = Math.max(2, ...groups.map(({ name }) => name.length))
  call.stdout(`  PV         ${'VG'.padEnd(width)} Fmt  Attr PSize    PFree\n`)
  for (const { disk, name, volumes } of groups) {
    const device = `/dev/${disk.name}${disk.content.kind === 'system' ? '3' : ''}`
    const size = lvmSize(disk.sizeGiB)
    call.stdout(
      `  ${device.padEnd(10)} ${name.padEnd(width)} lvm2 a--  ${size.padStart(8)} ${volumes === 0 ? size : '0'}\n`,
    )
  }
  return 0
}

export const vgs: Program = (call) => {
  const groups = groupsOf(call)
  const width = Math.max(2, ...groups.map(({ name }) => name.length))
  call.stdout(`  ${'VG'.padEnd(width)} #PV #LV #SN Attr   VSize    VFree\n`)
  for (const { disk, name, volumes } of groups) {
    const size = lvmSize(disk.sizeGiB)
    call.stdout(
      `  ${name.padEnd(width)}   1   ${volumes}   0 wz--n- ${size.padStart(8)} ${volumes === 0 ? size : '0'}\n`,
    )
  }
  return 0
}

/** Logical volumes: the installer's two, those of OSDs and thin pools. */
export const lvs: Program = (call) => {
  const rows = groupsOf(call).flatMap(({ disk, name }): (readonly [string, string, string, number])[] => {
    const { content, sizeGiB } = disk
    if (content.kind === 'system')
      return systemVolumes(call, sizeGiB * gibibyte).map(({ name: volume, bytes }) => [
        volume.replace('pve-', ''),
        name,
        '-wi-ao----',
        bytes / gibibyte,
      ])
    if (content.kind === 'lvmthin') return [[content.name, name, 'twi-a-tz--', sizeGiB]]
    const ids = content.kind === 'osd' || content.kind === 'remains' ? content.ids : []
    return ids.map((id) => ['osd-block', volumeGroupOf(id), '-wi-ao----', sizeGiB / ids.length])
  })
  const [volumes, groups] = [0, 1].map((at) => Math.max(2, ...rows.map((row) => String(row[at]).length)))
  const line = (volume: string, group: string, attributes: string, size: string) =>
    `  ${volume.padEnd(volumes ?? 2)} ${group.padEnd(groups ?? 2)} ${attributes.padEnd(10)} ${size.padStart(8)}\n`
  call.stdout(line('LV', 'VG', 'Attr', 'LSize').replace(/ +LSize/, '   LSize'))
  for (const [volume, group, attributes, gib] of rows)
    call.stdout(line(volume, group, attributes, lvmSize(gib)))
  return 0
}

export const vgremove: Program = (call) => {
  const [wanted = ''] = operands(call.argv)
  const group = groupsOf(call).find(({ name }) => name === wanted)
  if (group === undefined) {
    call.stderr(`  Volume group "${wanted}" not found\n  Cannot process volume group ${wanted}\n`)
    return 5
  }
  const { disk, volumes } = group
  if (disk.content.kind === 'system' || (isInUse(call, disk) && disk.content.kind === 'osd')) {
    call.stderr(`  Logical volume ${wanted} in use.\n`)
    return 5
  }
  if (volumes > 0 && !call.argv.some((word) => /^-\w*[fy]|^--(force|yes)$/.test(word))) {
    call.stderr(
      `Do you really want to remove volume group "${wanted}" containing ${volumes} logical volumes? [y/n]: [n]\n`,
    )
    return 5
  }
  empty(call, disk)
  call.stdout(`  Volume group "${wanted}" successfully removed\n`)
  return 0
}
