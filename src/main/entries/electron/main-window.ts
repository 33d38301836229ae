/** The window: sandboxed, on our own pages only. */
import { join } from 'node:path'
import type { App, BrowserWindow, BrowserWindowConstructorOptions, Session } from 'electron'
import type { IsTrusted } from './ipc-carrier.ts'

/** Folder of the bundle that runs: `out/main`. */
const bundleFolder = import.meta.dirname

export const windowOptions: BrowserWindowConstructorOptions = {
  width: 1280,
  height: 860,
  minWidth: 720,
  minHeight: 520,
  show: false,
  autoHideMenuBar: true,
  webPreferences: {
    preload: join(bundleFolder, '../preload/index.cjs'),
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    spellcheck: false,
  },
}

/** No page asks for the camera, notifications or devices; whatever asks is not ours. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
}

/** For every page that ever exists: it stays where it is, opens nothing and embeds nothing. */
export function refuseNavigation(app: App, pageOrigin: string): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => {
      if (!isPageOf(event.url, pageOrigin)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

/** Only the top frame of the window itself, and only while it shows our page. */
export function trustOnly(window: BrowserWindow, pageOrigin: string): IsTrusted {
  return (event) => {
    const frame = event.senderFrame
    return (
      event.sender === window.webContents &&
      frame !== null &&
      frame.parent === null &&
      isPageOf(frame.url, pageOrigin)
    )
  }
}

function isPageOf(address: string, pageOrigin: string): boolean {
  return address === pageOrigin || address.startsWith(`${pageOrigin}/`)
}
