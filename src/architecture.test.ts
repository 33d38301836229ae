import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  parseSourceFile,
  projectFolder,
  readSourceFile,
  resolvedImport,
  type SourceFile,
  type SourceImport,
  sourceFilesUnder,
} from '../tools/source-file.ts'

interface Row {
  /** Below `src/`; `*` stands for one folder name, which then must not import its siblings. */
  readonly folder: string
  /** Other folders below `src/`. A folder may always import itself. */
  readonly imports: readonly string[]
  /** Of those, the ones whose types only may be imported. */
  readonly typesOf?: readonly string[]
  /** Packages; `node:*` for all of Node's modules. */
  readonly packages: readonly string[]
}

const window = ['react', 'react-i18next', '@mantine/*', '@tabler/icons-react', 'zustand', 'zustand/vanilla']
const catalogue = { imports: ['shared', 'main/base', 'main/contracts'], typesOf: ['main/contracts'] }

/** Who may import whom. `docs/architecture.md` shows the same table. */
const table: readonly Row[] = [
  { folder: 'shared/i18n', imports: ['shared'], packages: ['i18next'] },
  { folder: 'shared', imports: [], packages: ['zod'] },
  { folder: 'main/contracts', imports: ['shared'], typesOf: ['shared'], packages: [] },
  {
    folder: 'main/base',
    imports: ['shared', 'main/contracts'],
    typesOf: ['main/contracts'],
    packages: ['node:*'],
  },
  { folder: 'main/simulator', ...catalogue, packages: ['node:assert', 'zod'] },
  {
    folder: 'main/simulator/pve-front-end',
    imports: ['shared', 'main/base', 'main/contracts', 'main/simulator'],
    typesOf: ['main/contracts'],
    packages: ['node:*', 'selfsigned'],
  },
  {
    folder: 'main/simulator/ssh-front-end',
    imports: ['shared', 'main/base', 'main/contracts', 'main/simulator'],
    typesOf: ['main/contracts'],
    packages: ['node:*', 'ssh2'],
  },
  { folder: 'main/store', ...catalogue, packages: ['node:*', 'zod'] },
  { folder: 'main/engine', ...catalogue, packages: ['node:assert'] },
  { folder: 'main/probes', ...catalogue, packages: ['node:*'] },
  { folder: 'main/faults', ...catalogue, packages: ['node:assert'] },
  { folder: 'main/reports', ...catalogue, packages: ['node:assert'] },
  {
    folder: 'main/host',
    imports: [
      'shared',
      'main/base',
      'main/contracts',
      'main/simulator',
      'main/store',
      'main/engine',
      'main/probes',
      'main/faults',
      'main/reports',
    ],
    typesOf: ['main/contracts'],
    packages: ['node:*', 'zod', 'ws'],
  },
  {
    folder: 'main/entries/cli',
    imports: ['shared', 'main/base', 'main/contracts', 'main/host'],
    typesOf: ['main/contracts'],
    packages: ['node:*', 'commander'],
  },
  {
    folder: 'main/entries/web',
    imports: ['shared', 'main/base', 'main/contracts', 'main/host'],
    typesOf: ['main/contracts'],
    packages: ['node:*'],
  },
  {
    folder: 'main/entries/electron',
    imports: ['shared', 'main/base', 'main/contracts', 'main/host'],
    typesOf: ['main/contracts'],
    packages: ['node:*', 'electron', 'electron-store'],
  },
  { folder: 'main/index.ts', imports: ['main/entries/electron'], packages: [] },
  { folder: 'preload', imports: ['shared/host-api'], packages: ['electron'] },
  { folder: 'renderer/src/ui', imports: ['shared'], packages: window },
  { folder: 'renderer/src/charts', imports: ['shared'], packages: [...window, 'chart.js'] },
  { folder: 'renderer/src/host', imports: ['shared'], packages: ['react', 'zustand', 'zustand/vanilla'] },
  {
    folder: 'renderer/src/features/*',
    imports: ['shared', 'renderer/src/ui', 'renderer/src/charts', 'renderer/src/host'],
    packages: window,
  },
  {
    folder: 'renderer/src/app',
    imports: [
      'shared',
      'renderer/src/ui',
      'renderer/src/charts',
      'renderer/src/host',
      'renderer/src/features',
    ],
    packages: [...window, 'react-dom/client', 'i18next'],
  },
]

/** Read by people and by the packager, not a folder of the program. */
const dataFiles = ['package.json']
/** Folders whose code may look at the clock and throw dice; everybody else gets both as arguments. */
const impureFolders = ['src/main/base/', 'src/main/entries/', 'src/main/testing/']

const textOf = (path: string) => readFileSync(join(projectFolder, path), 'utf8')
const isTest = (path: string) => /\.test\.tsx?$/.test(path)
const isTesting = (path: string) => /^src\/(main|renderer\/src)\/testing\//.test(path)
const files = sourceFilesUnder('src').map(readSourceFile)
/** Tests and what only they use may reach for whatever they compare with. */
const product = files.filter(({ path }) => !isTest(path) && !isTesting(path))

describe('the architecture', () => {
  it('has a row of the table for every file, and sees files and imports at all', () => {
    expect(product.filter((file) => rowOf(file.path) === undefined).map(({ path }) => path)).toEqual([])
    expect(product.length).toBeGreaterThan(50)
    expect(product.flatMap(({ imports }) => imports).length).toBeGreaterThan(100)
  })

  it('has no row for a folder that does not exist', () => {
    const idle = table.filter((row) => !files.some(({ path }) => patternOf(`src/${row.folder}`).test(path)))
    expect(idle.map(({ folder }) => folder)).toEqual([])
  })

  it('lets each folder import what its row allows and nothing else', () => {
    expect(product.flatMap(forbiddenImports)).toEqual([])
  })

  it('keeps types alone in the contracts', () => {
    const contracts = product.filter(({ path }) => path.startsWith('src/main/contracts/'))
    expect(contracts.length).toBeGreaterThan(5)
    expect(contracts.filter((file) => !file.isTypesOnly).map(({ path }) => path)).toEqual([])
  })

  it('knows Electron only in its entry and in the preload', () => {
    const users = files.filter(({ imports }) =>
      imports.some(({ specifier }) => /^electron\b/.test(specifier)),
    )
    const strangers = users.filter(
      ({ path }) =>
        !path.startsWith('src/main/entries/electron/') &&
        !path.startsWith('src/preload/') &&
        !isTesting(path),
    )
    expect(users.length).toBeGreaterThan(1)
    expect(strangers.map(({ path }) => path)).toEqual([])
  })

  it('uses the test doubles in tests only', () => {
    const users = product.filter(({ path, imports }) =>
      imports.some(({ specifier }) => isTesting(resolvedImport(path, specifier))),
    )
    expect(users.map(({ path }) => path)).toEqual([])
  })

  it('reads neither clock nor dice outside the folders made for it', () => {
    const core = product.filter(
      ({ path }) => path.startsWith('src/main/') && !impureFolders.some((folder) => path.startsWith(folder)),
    )
    expect(
      core.flatMap(({ path, impurities }) => impurities.map(({ name, line }) => `${path}:${line} ${name}`)),
    ).toEqual([])
    const base = files.filter(({ path }) => path.startsWith('src/main/base/'))
    expect(base.flatMap(({ impurities }) => impurities).length).toBeGreaterThan(0)
  })

  it('keeps zod, which probes for eval, out of the window', () => {
    const reached = filesReachedFrom('src/renderer/src/app/main.tsx')
    expect(reached.size).toBeGreaterThan(100)
    const users = files.filter(
      ({ path, imports }) =>
        reached.has(path) && imports.some(({ specifier, typeOnly }) => specifier === 'zod' && !typeOnly),
    )
    expect(users.map(({ path }) => path)).toEqual([])
  })

  it('asks no checker to look away', () => {
    const excuse = /(biome|prettier)-ignore|(eslint|oxlint)-disable|@ts-(ignore|nocheck|expect-error)/
    const excused = files.filter(
      ({ path }) => excuse.test(textOf(path)) && path !== 'src/architecture.test.ts',
    )
    expect(excused.map(({ path }) => path)).toEqual([])
  })

  it('writes relative imports with their ending, to files that exist', () => {
    const broken = files.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .filter(({ specifier }) => !existsSync(join(projectFolder, resolvedImport(path, specifier))))
        .map(({ specifier, line }) => `${path}:${line} ${specifier}`),
    )
    expect(broken).toEqual([])
  })
})

describe('the rules themselves', () => {
  it.each([
    ['src/main/engine/x.ts', "import { a } from '../store/run-file.ts'"],
    ['src/main/engine/x.ts', "export { a } from '../store/run-file.ts'"],
    ['src/main/engine/x.ts', "const a = await import('../store/run-file.ts')"],
    ['src/main/engine/x.ts', "import 'node:fs'"],
    ['src/main/store/x.ts', "import { Clock } from '../contracts/clock.ts'"],
    ['src/main/entries/web/x.ts', "import type { A } from '../cli/output.ts'"],
    ['src/main/entries/web/x.ts', "import { app } from 'electron'"],
    ['src/shared/x.ts', "import { join } from 'node:path'"],
    ['src/shared/x.ts', "import { a } from '../main/base/logger.ts'"],
    ['src/renderer/src/features/home/x.tsx', "import { a } from '../live/x.ts'"],
    ['src/renderer/src/ui/x.tsx', "import { a } from '../host/connection.ts'"],
  ])('catch in %s: %s', (path, text) => {
    expect(forbiddenImports(parseSourceFile(path, text))).toHaveLength(1)
  })

  it.each([
    ['src/main/engine/x.ts', "import type { Clock } from '../contracts/clock.ts'"],
    ['src/main/engine/x.ts', "import { type Clock } from '../contracts/clock.ts'"],
    ['src/renderer/src/features/home/x.ts', "import { a } from './y.ts'"],
    ['src/main/entries/electron/x.ts', "import { app } from 'electron'"],
    ['src/renderer/src/features/home/x.tsx', "import { a } from '../../ui/x.tsx'\nimport '@mantine/core'"],
    ['src/renderer/src/app/x.tsx', "import './x.css'"],
  ])('let pass in %s: %s', (path, text) => {
    expect(forbiddenImports(parseSourceFile(path, text))).toEqual([])
  })

  it.each(['Date.now()', 'new Date()', 'globalThis.setTimeout(f, 1)', 'Math.random()', 'performance.now()'])(
    'see %s',
    (text) => {
      expect(parseSourceFile('x.ts', `const a = () => [${text}]`).impurities).toHaveLength(1)
    },
  )

  it.each(['new Date(0)', 'Date.UTC(2026)', 'clock.now()', 'Date.parse("")'])('do not mind %s', (text) => {
    expect(parseSourceFile('x.ts', `const a = () => [${text}]`).impurities).toEqual([])
  })
})

describe('the documents', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', ...markdownUnder('docs')]

  it('show the same import table', () => {
    expect(textOf('docs/architecture.md')).toContain(tableAsMarkdown())
  })

  it.each(documents)('name only paths that exist: %s', (document) => {
    const named = pathsNamedIn(document, textOf(document))
    expect(named.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([])
  })
})

/** That file and all it loads, directly or through others. */
function filesReachedFrom(start: string): ReadonlySet<string> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set([start])
  for (const path of reached)
    for (const { specifier, typeOnly } of byPath.get(path)?.imports ?? [])
      if (specifier.startsWith('.') && !typeOnly) reached.add(resolvedImport(path, specifier))
  return reached
}

function rowOf(path: string): Row | undefined {
  return table
    .filter(({ folder }) => patternOf(`src/${folder}`).test(path))
    .sort((a, b) => b.folder.length - a.folder.length)[0]
}

/** Matches the folder itself, or the file, and everything below. */
function patternOf(folder: string): RegExp {
  return new RegExp(`^${folder.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}(/|$)`)
}

function forbiddenImports(file: SourceFile): string[] {
  const row = rowOf(file.path)
  return file.imports
    .filter((wish) => row === undefined || !isAllowed(row, file.path, wish))
    .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`)
}

function isAllowed(row: Row, path: string, { specifier, typeOnly }: SourceImport): boolean {
  if (!specifier.startsWith('.'))
    return row.packages.some(
      (name) => specifier === name || (name.endsWith('*') && specifier.startsWith(name.slice(0, -1))),
    )
  const target = resolvedImport(path, specifier)
  if (dataFiles.includes(target) || target.startsWith(`${ownFolder(row, path)}/`)) return true
  const folder = row.imports.find((name) => patternOf(`src/${name}`).test(target))
  return folder !== undefined && (typeOnly || row.typesOf?.includes(folder) !== true)
}

/** The folder a file may move in freely: of `drivers/*` the one driver. */
function ownFolder(row: Row, path: string): string {
  return path
    .split('/')
    .slice(0, row.folder.split('/').length + 1)
    .join('/')
}

function tableAsMarkdown(): string {
  const cell = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ') || 'nothing'
  const rows = table.map(({ folder, imports, typesOf = [], packages }) => {
    const named = imports.map((name) => `\`${name}\`${typesOf.includes(name) ? ' (types)' : ''}`).join(', ')
    return `| \`${folder}\` | ${named || 'nothing'} | ${cell(packages)} |`
  })
  return ['| folder | may import | packages |', '|---|---|---|', ...rows].join('\n')
}

function markdownUnder(folder: string): string[] {
  return readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
}

/** Links, and code spans that look like a path of the project. Patterns (`x*`, `<name>`) are not paths. */
function pathsNamedIn(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(document), target))
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '')
  const spans = [
    ...prose.matchAll(
      /`((?:src|docs|tools|e2e|bench|resources|build|main|shared|renderer|preload)\/[^`\s]*)`/g,
    ),
  ]
    .map((match) => match[1] ?? '')
    .filter((path) => !/[*<>{}…]/.test(path))
    .map((path) => (/^(main|shared|renderer|preload)\//.test(path) ? `src/${path}` : path))
  return [...links, ...spans]
}
