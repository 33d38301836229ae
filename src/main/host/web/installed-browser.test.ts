import { expect, it } from 'vitest'
import { hasDisplay, installedBrowser, type Machine } from './installed-browser.ts'

const machine = (
  platform: NodeJS.Platform,
  environment: Machine['environment'],
  ...files: readonly string[]
): Machine => ({ platform, environment, exists: (path) => files.includes(path) })

const windows = {
  ProgramFiles: 'C:\\Program Files',
  'ProgramFiles(x86)': 'C:\\Program Files (x86)',
  LOCALAPPDATA: 'C:\\Users\\Siti\\AppData\\Local',
}
const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
const chrome = 'C:\\Users\\Siti\\AppData\\Local\\Google\\Chrome\\Application\\chrome.exe'

it('finds Edge on Windows, and Chrome where a user installed it alone', () => {
  expect(installedBrowser(machine('win32', windows, edge, chrome))).toBe(edge)
  expect(installedBrowser(machine('win32', windows, chrome))).toBe(chrome)
  expect(installedBrowser(machine('win32', {}, edge))).toBeUndefined()
})

it('finds an application on macOS', () => {
  const app = '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge'
  expect(installedBrowser(machine('darwin', {}, app))).toBe(app)
})

it('searches the path on Linux, in its order', () => {
  const environment = { PATH: '/opt/bin::/usr/bin' }
  expect(installedBrowser(machine('linux', environment, '/usr/bin/chromium'))).toBe('/usr/bin/chromium')
  const both = machine('linux', environment, '/usr/bin/chromium', '/usr/bin/google-chrome')
  expect(installedBrowser(both)).toBe('/usr/bin/google-chrome')
  expect(installedBrowser(machine('linux', {}, '/usr/bin/chromium'))).toBeUndefined()
})

it('knows that Linux needs a display for a window', () => {
  expect(hasDisplay(machine('linux', {}))).toBe(false)
  expect(hasDisplay(machine('linux', { DISPLAY: ':0' }))).toBe(true)
  expect(hasDisplay(machine('linux', { WAYLAND_DISPLAY: 'wayland-0' }))).toBe(true)
  expect(hasDisplay(machine('win32', {}))).toBe(true)
})
