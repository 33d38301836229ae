import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultSettings } from '../../shared/domain/settings.ts'
import { settingsFile } from './settings-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum-settings-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const wallTime = () => '2026-01-01T00:00:00.000Z'

test('a missing file reads as the defaults and is not created by reading', () => {
  const path = join(folder, 'settings.json')
  expect(settingsFile(path, wallTime).read()).toEqual(defaultSettings)
  expect(existsSync(path)).toBe(false)
})

test('a change survives a new start and leaves other settings alone', () => {
  const path = join(folder, 'deeper', 'settings.json')
  settingsFile(path, wallTime).change({ language: 'id' })
  settingsFile(path, wallTime).change({ theme: 'dark' })
  expect(settingsFile(path, wallTime).read()).toEqual({ ...defaultSettings, language: 'id', theme: 'dark' })
  expect(readdirSync(join(folder, 'deeper'))).toEqual(['settings.json'])
})

test.each(['{"schema":1,"data":{"language":"klingon"}}', 'not json', '[]'])(
  'an unreadable file (%s) is kept aside and the defaults are used',
  (content) => {
    const path = join(folder, 'settings.json')
    writeFileSync(path, content)
    expect(settingsFile(path, wallTime).read()).toEqual(defaultSettings)
    const kept = readdirSync(folder).find((name) => name.startsWith('settings.json.broken-'))
    expect(readFileSync(join(folder, kept ?? ''), 'utf8')).toBe(content)
  },
)

test('a file of a newer version is refused and not touched', () => {
  const path = join(folder, 'settings.json')
  const content = '{"schema":2,"data":{"colour":"blue"}}'
  writeFileSync(path, content)
  const store = settingsFile(path, wallTime)
  expect(() => store.change({ theme: 'dark' })).toThrow('settings.newer')
  expect(readFileSync(path, 'utf8')).toBe(content)
})
