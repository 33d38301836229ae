import ssh2 from 'ssh2/package.json'
import { expect, test } from 'vitest'
import project from '../../../../../package.json'
import lockfile from '../../../../../package-lock.json'
import { bundledParts } from './bundled-parts.ts'

const locked = lockfile.packages as Readonly<Record<string, { readonly license?: string }>>
/** Packages that name their licence in the form from before npm 2, which lockfiles leave out. */
const oldForm: Readonly<Record<string, string | undefined>> = { ssh2: ssh2.licenses[0]?.type }
const names = bundledParts.map(({ name }) => name)

const windowSources = import.meta.glob<string>(
  ['../../**/*.{ts,tsx}', '!../../**/*.test.*', '!../../testing/**'],
  {
    query: '?raw',
    import: 'default',
    eager: true,
  },
)

/** `@scope/name` or `name` of every import that is not a relative path. */
function packagesImportedBy(source: string): readonly string[] {
  const imports = source.matchAll(
    /^import [^'"]*(?:from )?['"]([^.'"][^'"]*)['"]|^\} from ['"]([^.'"][^'"]*)['"]/gm,
  )
  return [...imports].map(([, direct, closing]) => {
    const parts = (direct ?? closing ?? '').split('/')
    return parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1).join('/')
  })
}

test('the licences shown are those of the lockfile, or of the package itself', () => {
  for (const { name, licence } of bundledParts) {
    expect(locked[`node_modules/${name}`]?.license ?? oldForm[name], name).toBe(licence)
  }
})

test('everything the host needs at run time is shown, and Electron', () => {
  expect(names).toEqual(expect.arrayContaining([...Object.keys(project.dependencies), 'electron']))
})

test('everything the window imports is shown', () => {
  const imported = new Set(Object.values(windowSources).flatMap(packagesImportedBy))
  expect([...imported]).toEqual(expect.arrayContaining(['react', '@mantine/core', 'zustand']))
  expect(names).toEqual(expect.arrayContaining([...imported]))
})
