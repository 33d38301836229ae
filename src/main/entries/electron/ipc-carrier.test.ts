import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { bridgeName, ipcChannels } from '../../../shared/host-api/carrier-names.ts'
import type { HostBridge } from '../../../shared/host-api/wire.ts'
import { silentLogger } from '../../base/logger.ts'
import { createDispatcher } from '../../host/dispatch.ts'
import { describeCarrierContract } from '../../testing/carrier-contract.ts'
import { createElectronDouble, type ElectronDouble } from '../../testing/electron-double.ts'
import { createScriptedHandlers } from '../../testing/scripted-handlers.ts'
import { serveIpc } from './ipc-carrier.ts'
import { trustOnly } from './main-window.ts'

const page = 'app://kuorum'

/** A window that shows our page, its preload, and the carrier in the main process. */
async function openWindow(handlers = createScriptedHandlers().handlers, log = silentLogger) {
  const electron = createElectronDouble('unused')
  vi.doMock('electron', () => electron.preload)
  vi.resetModules()
  await import('../../../preload/index.ts')
  const window = new electron.main.BrowserWindow()
  serveIpc(
    electron.main.ipcMain as never,
    createDispatcher(handlers, log),
    trustOnly(window as never, page),
    log,
  )
  await window.loadURL(`${page}/`)
  return { electron, window, bridge: electron.exposed[bridgeName] as HostBridge }
}

afterAll(() => vi.doUnmock('electron'))

describeCarrierContract("Electron's IPC", async (handlers, log) => {
  const { bridge } = await openWindow(handlers, log)
  return { transport: bridge, close: async () => {} }
})

describe("the carrier over Electron's IPC", () => {
  let electron: ElectronDouble
  let window: ElectronDouble['windows'][number]
  let bridge: HostBridge
  const scripted = createScriptedHandlers()
  beforeEach(async () => {
    scripted.cancelled.length = 0
    ;({ electron, window, bridge } = await openWindow(scripted.handlers))
  })

  it('gives the page two functions and nothing else', () => {
    expect(Object.keys(electron.exposed)).toEqual([bridgeName])
    expect(Object.keys(bridge).sort()).toEqual(['call', 'subscribe'])
  })

  it.each<[string, (contents: unknown) => unknown]>([
    ['a frame inside the page', () => ({ url: `${page}/`, parent: { url: `${page}/` } })],
    ['a foreign page', () => ({ url: 'https://evil.example/', parent: null })],
    ['a page whose address only begins like ours', () => ({ url: `${page}.evil.example/`, parent: null })],
    ['a frame that is gone', () => null],
  ])('does not answer %s', async (_name, frame) => {
    const event = electron.eventFrom(window.webContents, frame(window))
    expect(await electron.invokeAs(event, ipcChannels.call, 'app.info', null)).toMatchObject({
      ok: false,
      problem: { code: 'host.forbidden' },
    })
    const send = vi.spyOn(window.webContents, 'send')
    electron.main.ipcMain.emit(ipcChannels.subscribe, event, 1, 'runs.follow', { run: 'three', afterSeq: 0 })
    await bridge.call('app.info', null)
    expect(send).not.toHaveBeenCalled()
  })

  it('does not answer another window', async () => {
    const other = new electron.main.BrowserWindow()
    await other.loadURL(`${page}/`)
    const event = electron.eventFrom(other.webContents)
    expect(await electron.invokeAs(event, ipcChannels.call, 'app.info', null)).toMatchObject({ ok: false })
  })

  it('ends the streams of a page that was reloaded', async () => {
    const items: unknown[] = []
    bridge.subscribe(
      'runs.follow',
      { run: 'endless', afterSeq: 0 },
      (item) => items.push(item),
      () => {},
    )
    await vi.waitFor(() => expect(items).toHaveLength(1))
    await window.loadURL(`${page}/`)
    await vi.waitFor(() => expect(scripted.cancelled).toEqual(['endless']))
  })

  it('survives a message that is no message of ours', async () => {
    for (const garbage of [undefined, null, {}, 'x', Number.NaN])
      electron.main.ipcMain.emit(ipcChannels.cancel, electron.eventFrom(), garbage)
    electron.main.ipcMain.emit(ipcChannels.subscribe, electron.eventFrom(), 'id', {}, null)
    expect(
      await electron.invokeAs(electron.eventFrom(), ipcChannels.call, { toString: 1 }, null),
    ).toMatchObject({
      ok: false,
      problem: { code: 'host.unknown-call' },
    })
  })
})
