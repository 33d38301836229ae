import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFileAtomically } from './atomic-file.ts'

describe('writeFileAtomically', () => {
  let folder = ''

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kuorum atomik é '))
  })

  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('creates and replaces a file, leaving nothing else behind', async () => {
    const path = join(folder, 'settings.json')
    await writeFileAtomically(path, 'old')
    await writeFileAtomically(path, new TextEncoder().encode('new'))
    expect(await readFile(path, 'utf8')).toBe('new')
    expect(await readdir(folder)).toEqual(['settings.json'])
  })

  it('keeps the old content and removes its temporary file when it cannot finish', async () => {
    const path = join(folder, 'taken')
    await mkdir(path)
    await writeFile(join(path, 'content'), 'old')
    await expect(writeFileAtomically(path, 'new')).rejects.toThrow()
    expect(await readdir(folder)).toEqual(['taken'])
    expect(await readFile(join(path, 'content'), 'utf8')).toBe('old')
  })

  it('never shows a mixture to a reader while many writers replace the file', async () => {
    const path = join(folder, 'contended')
    const contents = Array.from({ length: 10 }, (_, index) => String(index).repeat(50_000))
    await writeFileAtomically(path, contents[0] ?? '')
    const writers = contents.map((content) => writeFileAtomically(path, content))
    for (let reads = 0; reads < 20; reads++) expect(contents).toContain(await readFile(path, 'utf8'))
    await Promise.all(writers)
    expect(contents).toContain(await readFile(path, 'utf8'))
  })

  it.skipIf(process.platform === 'win32')('gives the asked permissions', async () => {
    const path = join(folder, 'secret')
    await writeFileAtomically(path, 'x', { mode: 0o600 })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
})
