/** The built main bundle and the built preload on a double of Electron's API: what its binary would be given. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import vm from 'node:vm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createElectronDouble, type ElectronDouble } from '../src/main/testing/electron-double.ts'
import { ipcChannels } from '../src/shared/host-api/carrier-names.ts'
import { createHostClient, type HostClient } from '../src/shared/host-api/client.ts'
import type { RunFrame } from '../src/shared/host-api/table.ts'
import type { HostBridge } from '../src/shared/host-api/wire.ts'
import { runCli } from './command-line.ts'
import { builtFolder } from './web-entry.ts'

const page = 'app://kuorum/'
let electron: ElectronDouble
let dataFolder: string
let host: HostClient

beforeAll(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'kuorum electron é '))
  process.env.KUORUM_DATA = dataFolder
  electron = createElectronDouble(dataFolder)
  provideElectron(electron)
  // The variable keeps the bundler away: this is the built file, loaded by Node.
  const bundle = pathToFileURL(join(builtFolder, 'main', 'index.js')).href
  await import(/* @vite-ignore */ bundle)
  await vi.waitFor(() => expect(electron.windows[0]?.webContents.mainFrame.url).toBe(page), {
    timeout: 60_000,
  })
  runPreload(electron)
  host = createHostClient(electron.exposed.kuorumHost as HostBridge)
})
afterAll(() => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 }))

describe('the built main bundle', () => {
  it('opens one isolated, sandboxed window without Node', () => {
    expect(electron.windows).toHaveLength(1)
    const { webPreferences } = electron.windows[0]?.options ?? {}
    expect(webPreferences).toMatchObject({ contextIsolation: true, sandbox: true, nodeIntegration: false })
    expect(existsSync(webPreferences?.preload ?? '')).toBe(true)
    expect(electron.windows[0]?.isShown).toBe(true)
    expect(electron.errorBoxes).toEqual([])
  })

  it('gives the window a preload of two functions, as CommonJS that needs electron alone', () => {
    expect(electron.windows[0]?.options.webPreferences?.preload).toMatch(/index\.cjs$/)
    expect(Object.keys(electron.exposed)).toEqual(['kuorumHost'])
    expect(Object.keys(electron.exposed.kuorumHost as object).sort()).toEqual(['call', 'subscribe'])
  })

  it('answers calls of the window and nobody else', async () => {
    expect(await host.call('app.info', null)).toMatchObject({ entry: 'electron', secrets: 'system' })
    const stranger = electron.eventFrom(electron.windows[0]?.webContents, {
      url: 'https://evil.example/',
      parent: null,
    })
    expect(await electron.invokeAs(stranger, ipcChannels.call, 'app.info', null)).toMatchObject({
      ok: false,
      problem: { code: 'host.forbidden' },
    })
  })

  it('keeps settings in the file of electron-store', async () => {
    await host.call('settings.change', { language: 'id' })
    expect(JSON.parse(readFileSync(join(dataFolder, 'settings.json'), 'utf8'))).toMatchObject({
      schema: 1,
      data: { language: 'id', theme: 'system' },
    })
    expect(await host.call('settings.get', null)).toMatchObject({ language: 'id' })
  })

  it('refuses to navigate, to open windows and to embed pages', () => {
    const contents = electron.windows[0]?.webContents
    expect(contents?.tries('will-navigate', 'https://evil.example/')).toBe(false)
    expect(contents?.tries('will-navigate', 'app://kuorum.evil.example/')).toBe(false)
    expect(contents?.tries('will-navigate', 'file:///etc/passwd')).toBe(false)
    expect(contents?.tries('will-redirect', 'https://evil.example/')).toBe(false)
    expect(contents?.tries('will-attach-webview', 'https://evil.example/')).toBe(false)
    expect(contents?.windowOpenHandler?.({ url: 'https://evil.example/' } as never)).toEqual({
      action: 'deny',
    })
    expect(contents?.tries('will-navigate', page)).toBe(true)
  })

  it('denies every permission', () => {
    const answers: boolean[] = []
    const answer = (granted: boolean) => answers.push(granted)
    electron.permissions.request?.(null as never, 'media', answer, null as never)
    expect(answers).toEqual([false])
    expect(electron.permissions.check?.(null, 'media', page, null as never)).toBe(false)
    expect(electron.permissions.device?.(null as never)).toBe(false)
  })

  it('serves the window under its own origin with a strict policy', async () => {
    expect(electron.schemes).toMatchObject([{ scheme: 'app', privileges: { standard: true, secure: true } }])
    expect(electron.schemes[0]?.privileges?.bypassCSP).not.toBe(true)
    const serve = electron.protocolHandlers.get('app')
    const answer = (url: string) => Promise.resolve(serve?.(new Request(url) as never)) as Promise<Response>
    const html = await answer(page)
    const policy = html.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toContain('unsafe')
    expect(await html.text()).toContain(`<meta name="style-nonce" content="${nonce}" />`)
    for (const url of [
      'app://kuorum/../package.json',
      'app://kuorum/%2e%2e%2fmain/index.js',
      'app://other/index.html',
    ])
      expect((await answer(url)).status).toBe(404)
  })

  it('quits in order in the middle of a run and leaves a file that can be resumed', async () => {
    const { run } = await host.call('runs.start', {
      recipe: 'P0',
      trial: 'second',
      group: 'treatment',
      plan: 'rehearsal',
      guests: 'together',
      seed: 3,
      speed: '60',
    })
    const frames: RunFrame[] = []
    host.subscribe(
      'runs.follow',
      { run, afterSeq: 0 },
      (frame) => frames.push(frame),
      () => {},
    )
    await vi.waitFor(() => expect(frames.at(-1)?.nowMs).toBeGreaterThan(0), { timeout: 60_000 })
    expect(electron.awake.size).toBe(1)

    electron.main.app.quit()
    // A second wish to quit, as an impatient person has it, must not cut the first one short.
    electron.main.app.quit()
    expect(await electron.ended).toBe(0)
    expect(electron.awake.size).toBe(0)

    const folder = join(dataFolder, 'runs')
    expect(readdirSync(folder)).toEqual([`${run}.kuorum`])
    const file = join(folder, `${run}.kuorum`)
    expect(runCli('verify', file, '--json').document).toMatchObject({ complete: false })
    expect(runCli('run', '--resume', file, '--json').document).toMatchObject({ outcome: 'completed' })
    const whole = join(dataFolder, 'whole.kuorum')
    const uninterrupted = runCli('run', 'P0', '--plan', 'rehearsal', '--seed', '3', '--json', '--out', whole)
    expect(runCli('verify', file, '--json').document).toMatchObject({
      complete: true,
      journalSha256: uninterrupted.document.journalSha256,
    })
  })
})

/** From here on `electron` means the double, for the bundle and for the packages it imports (electron-store). */
function provideElectron(double: ElectronDouble): void {
  Object.assign(globalThis, { electronDouble: double.main })
  const names = Object.keys(double.main).join(', ')
  const source = `export const { ${names} } = globalThis.electronDouble; export default globalThis.electronDouble`
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'electron'
        ? { url: 'electron-double:main', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === 'electron-double:main' ? { format: 'module', source, shortCircuit: true } : next(url, context),
  })
}

/** As a sandboxed preload runs: a script with a `require` that knows one name. */
function runPreload(double: ElectronDouble): void {
  const preload = double.windows[0]?.options.webPreferences?.preload ?? ''
  const require = (name: string) => {
    if (name !== 'electron') throw new Error(`module not found: ${name}`)
    return double.preload
  }
  vm.runInThisContext(`(function (require, exports, module) {${readFileSync(preload, 'utf8')}\n})`)(
    require,
    {},
    {},
  )
}
