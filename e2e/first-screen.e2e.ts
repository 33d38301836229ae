/** What a window must load before it shows anything. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { builtFolder } from './web-entry.ts'

const renderer = join(builtFolder, 'renderer')
const page = readFileSync(join(renderer, 'index.html'), 'utf8')
const firstFiles = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => name ?? '')

test('the first screen weighs at most 450 KB compressed', () => {
  expect(firstFiles.length).toBeGreaterThan(2)
  const bytes = firstFiles.reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(renderer, name))).length,
    gzipSync(page).length,
  )
  expect(bytes).toBeLessThanOrEqual(450_000)
})

test('no schema library is loaded with it: the host checks, the window only knows the types', () => {
  const scripts = firstFiles.filter((name) => name.endsWith('.js'))
  for (const name of scripts)
    expect(readFileSync(join(renderer, name), 'utf8'), name).not.toContain('ZodError')
})
