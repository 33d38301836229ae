/** What lists, makes and removes files. */
import type { Entry } from '../file-tree.ts'
import { globPattern } from '../files.ts'
import type { Program, ProgramCall } from '../program.ts'

const operands = (argv: readonly string[]) => argv.filter((word) => !word.startsWith('-'))

interface Listed {
  readonly path: string
  readonly entry: Entry
}

/** Files first, then what lies in each folder. */
export const ls: Program = async (call) => {
  const { argv, files, node, stdout, stderr } = call
  const given = operands(argv)
  const paths = given.length === 0 ? ['/root'] : given
  let code = 0
  const single: Listed[] = []
  const folders: { readonly path: string; readonly entries: readonly Entry[] }[] = []
  for (const path of paths) {
    const entry = files.entry(node, path)
    const entries = entry?.kind === 'link' && argv.some(isLong) ? undefined : files.entries(node, path)
    if (entries !== undefined) folders.push({ path, entries })
    else if (entry !== undefined) single.push({ path, entry: { ...entry, name: path } })
    else if ((await files.read(node, path)) !== undefined)
      single.push({ path, entry: { name: path, kind: 'file', mode: '644', group: 'root' } })
    else {
      stderr(`ls: cannot access '${path}': No such file or directory\n`)
      code = 2
    }
  }
  if (single.length > 0) stdout(await listing(call, single))
  for (const [at, { path, entries }] of folders.entries()) {
    if (at > 0 || single.length > 0) stdout('\n')
    if (paths.length > 1) stdout(`${path}:\n`)
    stdout(await folderListing(call, path, entries))
  }
  return code
}

const isLong = (word: string) => /^-\w*l/.test(word)

async function folderListing(call: ProgramCall, path: string, entries: readonly Entry[]): Promise<string> {
  const showsAll = call.argv.some((word) => /^-\w*a/.test(word))
  const shown = entries
    .filter(({ name }) => showsAll || !name.startsWith('.'))
    .map((entry) => ({ path: `${path.replace(/\/$/, '')}/${entry.name}`, entry }))
  if (!call.argv.some(isLong)) return listing(call, shown)
  const group = path.startsWith('/etc/pve') ? 'www-data' : 'root'
  const own: Entry = {
    name: '.',
    kind: 'folder',
    mode: call.files.entry(call.node, path)?.mode ?? '755',
    group,
  }
  const above = path.replace(/\/+$/, '').replace(/\/[^/]+$/, '')
  const parent: Entry = { ...own, name: '..', mode: call.files.entry(call.node, above)?.mode ?? '755' }
  const dots = showsAll ? [own, parent].map((entry) => ({ path, entry })) : []
  const lines = await listing(call, [...dots, ...shown])
  const kibibytes = await Promise.all(
    shown.map(async ({ path: of, entry }) =>
      Math.ceil((await call.files.sizeOf(call.node, of, entry)) / 1024),
    ),
  )
  return `total ${kibibytes.reduce((sum, each) => sum + each, 0)}\n${lines}`
}

async function listing(call: ProgramCall, listed: readonly Listed[]): Promise<string> {
  const { argv, files, lab, node } = call
  if (!argv.some(isLong)) return listed.map(({ entry }) => `${entry.name}\n`).join('')
  const rows = await Promise.all(
    listed.map(async ({ path, entry }) => ({ entry, size: String(await files.sizeOf(node, path, entry)) })),
  )
  const width = Math.max(...rows.map(({ size }) => size.length))
  // Nothing is known of when a file was written: the lab began then.
  const stamp = lab.wallTime
    .journalStamp(lab.wallTime.secondsAt(0))
    .slice(0, 12)
    .replace(/^(\w+) 0/, '$1  ')
  const groupWidth = Math.max(...rows.map(({ entry }) => entry.group.length))
  return rows
    .map(({ entry, size }) => {
      const { name, kind, mode, group, target } = entry
      const links = kind === 'folder' ? 2 : 1
      return `${modeText(kind, mode)} ${links} root ${group.padEnd(groupWidth)} ${size.padStart(width)} ${stamp} ${name}${target === undefined ? '' : ` -> ${target}`}\n`
    })
    .join('')
}

const letters = { file: '-', folder: 'd', link: 'l' } as const

/** `drwxr-xr-x` */
function modeText(kind: Entry['kind'], mode: string): string {
  const bits = mode.split('').map((digit) => {
    const value = Number(digit)
    return `${value & 4 ? 'r' : '-'}${value & 2 ? 'w' : '-'}${value & 1 ? 'x' : '-'}`
  })
  return `${letters[kind]}${bits.join('')}`
}

const findKinds = { f: 'file', d: 'folder', l: 'link' } as const

/** `find PATH -type f -name '*.conf' -maxdepth 2 -printf '%y %m %s %P %l\n'`. */
export const find: Program = async ({ argv, files, node, stdout, stderr }) => {
  const option = (name: string) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined)
  const firstOption = argv.findIndex((word) => word.startsWith('-'))
  const given = firstOption < 0 ? argv : argv.slice(0, firstOption)
  const type = findKinds[(option('-type') ?? '') as keyof typeof findKinds]
  const name = option('-name')
  const deepest = Number(option('-maxdepth') ?? Number.POSITIVE_INFINITY)
  const format = option('-printf')
  let code = 0
  const visit = async (root: string, path: string, entry: Entry, depth: number): Promise<void> => {
    const isWanted =
      (type === undefined || entry.kind === type) &&
      (name === undefined || globPattern(name).test(entry.name))
    if (isWanted) stdout(format === undefined ? `${path}\n` : await printed(format, root, path, entry))
    if (entry.kind !== 'folder' || depth >= deepest) return
    for (const child of files.entries(node, path) ?? [])
      await visit(root, `${path.replace(/\/$/, '')}/${child.name}`, child, depth + 1)
  }
  const printed = async (text: string, root: string, path: string, entry: Entry): Promise<string> => {
    const size = await files.sizeOf(node, path, entry)
    const fields: Readonly<Record<string, string>> = {
      y: letters[entry.kind].replace('-', 'f'),
      m: entry.mode,
      u: 'root',
      g: entry.group,
      s: String(size),
      f: entry.name,
      p: path,
      P: path.slice(root.length + 1),
      l: entry.target ?? '',
    }
    return text
      .replaceAll(/%([a-zA-Z])/g, (whole, letter: string) => fields[letter] ?? whole)
      .replaceAll('\\n', '\n')
      .replaceAll('\\t', '\t')
  }
  for (const path of given.length === 0 ? ['/root'] : given) {
    const own = path.replace(/\/+$/, '')
    const known = files.entry(node, own)
    const group = own.startsWith('/etc/pve') ? 'www-data' : 'root'
    const entry: Entry | undefined =
      known ??
      (files.entries(node, own) === undefined ? undefined : { name: own, kind: 'folder', mode: '755', group })
    if (entry !== undefined) await visit(own, own, entry, 0)
    else {
      stderr(`find: ‘${path}’: No such file or directory\n`)
      code = 1
    }
  }
  return code
}

export const touch: Program = async ({ argv, files, node, stderr }) => {
  let code = 0
  for (const path of operands(argv)) {
    const refusal = await files.write(node, path, '', true)
    if (refusal === undefined) continue
    stderr(`touch: cannot touch '${path}': ${refusal}\n`)
    code = 1
  }
  return code
}

export const rm: Program = ({ argv, files, node, stderr }) => {
  const isForced = argv.some((word) => /^-\w*f/.test(word))
  let code = 0
  for (const path of operands(argv)) {
    if (files.remove(node, path) || isForced) continue
    stderr(`rm: cannot remove '${path}': No such file or directory\n`)
    code = 1
  }
  return code
}

/** Folders come with the files in them. */
export const mkdir: Program = () => 0

/** Files alone; a copy keeps what it was made from. */
const copying =
  (name: 'cp' | 'mv'): Program =>
  async ({ argv, files, node, stderr }) => {
    const [source, target] = operands(argv)
    if (source === undefined || target === undefined) {
      stderr(
        `${name}: missing ${source === undefined ? 'file operand' : `destination file operand after '${source}'`}\n`,
      )
      return 1
    }
    const content = await files.read(node, source)
    if (content === undefined) {
      stderr(`${name}: cannot stat '${source}': No such file or directory\n`)
      return 1
    }
    const isFolder = target.endsWith('/') || files.entries(node, target) !== undefined
    const path = isFolder ? `${target.replace(/\/$/, '')}/${source.split('/').at(-1)}` : target
    const refusal =
      name === 'mv' && !files.isOwn(node, source)
        ? 'Permission denied'
        : await files.write(node, path, content, false)
    if (refusal !== undefined) {
      stderr(`${name}: cannot create regular file '${path}': ${refusal}\n`)
      return 1
    }
    if (name === 'mv') files.remove(node, source)
    return 0
  }

export const cp = copying('cp')
export const mv = copying('mv')
