/** A guard that checks nothing also reports nothing wrong: each one must find what was planted for it. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectFolder } from './source-file.ts'

const clean = { 'src/entry.ts': 'export const fine = 1\n' }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum-guards-'))
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'), 'junction')
  for (const name of ['.oxlintrc.json', 'tsconfig.base.json', 'knip.json'])
    cpSync(join(projectFolder, name), join(folder, name))
  const biome = JSON.parse(readFileSync(join(projectFolder, 'biome.json'), 'utf8')) as Record<string, unknown>
  writeJson('biome.json', { ...biome, $schema: undefined, vcs: { enabled: false } })
  writeJson('tsconfig.json', { extends: './tsconfig.base.json', include: ['src'] })
  writeJson('package.json', { name: 'planted', main: 'src/entry.ts', type: 'module' })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function writeJson(name: string, value: unknown): void {
  writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
}

const programOf = (path: string) => join(projectFolder, 'node_modules', path)

const guards = {
  biome: [programOf('@biomejs/biome/bin/biome'), 'ci', '--error-on-warnings', 'src'],
  oxlint: [programOf('oxlint/bin/oxlint'), 'src'],
  knip: [programOf('knip/bin/knip.js'), '--no-config-hints'],
  tsc: [programOf('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'],
}

function check(guard: keyof typeof guards, files: Readonly<Record<string, string>>) {
  rmSync(join(folder, 'src'), { recursive: true, force: true })
  mkdirSync(join(folder, 'src'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const { status, stdout, stderr } = spawnSync(process.execPath, guards[guard], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { passed: status === 0, said: stdout + stderr }
}

describe('the guards', () => {
  it.each(Object.keys(guards) as (keyof typeof guards)[])('%s passes what is clean', (guard) => {
    expect(check(guard, clean)).toMatchObject({ passed: true })
  })

  it.each<[keyof typeof guards, string, string]>([
    ['biome', 'format', 'export const x   =  "a";\n'],
    ['biome', 'noDebugger', "debugger\nconsole.log('a')\n"],
    ['oxlint', 'no-floating-promises', 'export async function later(): Promise<void> {}\nlater()\n'],
    ['oxlint', 'no-explicit-any', 'export const x = (y: any): unknown => y\n'],
    ['oxlint', 'ban-ts-comment', "// @ts-ignore\nexport const x: number = 'a'\n"],
    [
      'oxlint',
      'switch-exhaustiveness-check',
      "export function f(x: 'a' | 'b'): number {\n  switch (x) {\n    case 'a':\n      return 1\n  }\n  return 2\n}\n",
    ],
    ['tsc', 'TS2322', "export const x: number = 'a'\n"],
    ['tsc', 'TS1294', 'export enum Colour {\n  Red,\n}\n'],
    ['tsc', 'TS6133', 'const unused = 1\nexport {}\n'],
    ['tsc', 'TS2375', 'export const x: { a?: number } = { a: undefined }\n'],
    ['tsc', 'TS18048', 'export const x = (y: Record<string, string>): number => y.a.length\n'],
    ['tsc', "Cannot find name 'process'", 'export const x = process.pid\n'],
  ])('%s finds %s', (guard, rule, planted) => {
    const { passed, said } = check(guard, { ...clean, 'src/planted.ts': planted })
    expect(said).toContain(rule)
    expect(passed).toBe(false)
  })

  it('oxlint finds a cycle of imports', () => {
    const { passed, said } = check('oxlint', {
      'src/one.ts': "import { two } from './two.ts'\nexport const one = (): number => two()\n",
      'src/two.ts': "import { one } from './one.ts'\nexport const two = (): number => one()\n",
    })
    expect(said).toContain('no-cycle')
    expect(passed).toBe(false)
  })

  it('knip finds a file and an export that nobody uses', () => {
    const { passed, said } = check('knip', {
      'src/entry.ts': "import { used } from './used.ts'\nconsole.log(used)\n",
      'src/used.ts': 'export const used = 1\nexport const idle = 2\n',
      'src/lonely.ts': 'export const lonely = 1\n',
    })
    expect(said).toContain('lonely.ts')
    expect(said).toContain('idle')
    expect(passed).toBe(false)
  })
})
