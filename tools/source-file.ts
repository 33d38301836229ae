/** What a source file imports and which names it reaches for, read with a parser instead of patterns. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parseSync } from 'oxc-parser'

export const projectFolder = join(import.meta.dirname, '..')

export interface SourceImport {
  readonly specifier: string
  /** True when nothing is left of it at run time. */
  readonly typeOnly: boolean
  readonly line: number
}

export interface SourceFile {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly imports: readonly SourceImport[]
  /** Impure things it uses: `Date.now`, `new Date()`, `setTimeout`, ... with their lines. */
  readonly impurities: readonly { readonly name: string; readonly line: number }[]
  /** True when it declares types and nothing else. */
  readonly isTypesOnly: boolean
}

/** All TypeScript files below a folder, sorted. */
export function sourceFilesUnder(folder: string): readonly string[] {
  return readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name.split(sep).join('/')}`)
    .sort()
}

export function readSourceFile(path: string): SourceFile {
  return parseSourceFile(path, readFileSync(join(projectFolder, path), 'utf8'))
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const { module, program, errors } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  const imports: SourceImport[] = []
  const add = (specifier: string, typeOnly: boolean, start: number) =>
    imports.push({ specifier, typeOnly, line: lineAt(start) })
  for (const { moduleRequest, entries, start } of module.staticImports)
    add(moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType), start)
  for (const { entries, start } of module.staticExports) {
    const requested = entries.filter((entry) => entry.moduleRequest !== null)
    const first = requested[0]?.moduleRequest
    if (first)
      add(
        first.value,
        requested.every((entry) => entry.isType),
        start,
      )
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    // A computed specifier has no value to check; it shows as its source text and matches no rule.
    const source = text.slice(moduleRequest.start, moduleRequest.end)
    add(source.replace(/^['"](.*)['"]$/, '$1'), false, start)
  }
  const impurities: { name: string; line: number }[] = []
  walk(program, (node) => {
    const name = impurityOf(node)
    if (name !== undefined) impurities.push({ name, line: lineAt(node.start) })
  })
  return {
    path,
    imports,
    impurities,
    isTypesOnly: program.body.every((node) => isTypeStatement(node as unknown as Node)),
  }
}

/** Folder-relative path of what a relative import names. */
export function resolvedImport(path: string, specifier: string): string {
  const target = join(projectFolder, path, '..', specifier)
  return relative(projectFolder, target).split(sep).join('/')
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit)
  else if (typeof value === 'object' && value !== null) {
    if ('type' in value && typeof value.type === 'string') visit(value as Node)
    for (const item of Object.values(value)) walk(item, visit)
  }
}

const impureCalls = new Set([
  'Date',
  'Date.now',
  'Math.random',
  'crypto.randomUUID',
  'performance.now',
  'process.hrtime',
  'process.hrtime.bigint',
  'setImmediate',
  'setInterval',
  'setTimeout',
])

function impurityOf(node: Node): string | undefined {
  if (node.type === 'NewExpression' && nameOf(node.callee) === 'Date')
    return (node.arguments as readonly unknown[]).length === 0 ? 'new Date()' : undefined
  if (node.type !== 'CallExpression') return undefined
  const name = nameOf(node.callee)?.replace(/^globalThis\./, '')
  return name !== undefined && impureCalls.has(name) ? name : undefined
}

/** `a.b.c` of a chain of plain names. */
function nameOf(value: unknown): string | undefined {
  const node = value as Node
  if (node.type === 'Identifier') return String(node.name)
  if (node.type !== 'MemberExpression' || node.computed === true) return undefined
  const object = nameOf(node.object)
  return object === undefined ? undefined : `${object}.${(node.property as Node).name}`
}

function isTypeStatement(node: Node): boolean {
  switch (node.type) {
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return true
    case 'ImportDeclaration':
      return node.importKind === 'type'
    case 'ExportNamedDeclaration': {
      if (node.exportKind === 'type') return true
      const declaration = node.declaration
      return typeof declaration === 'object' && declaration !== null && isTypeStatement(declaration as Node)
    }
    default:
      return false
  }
}
