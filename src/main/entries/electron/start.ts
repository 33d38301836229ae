/** The Electron entry: one window on the same host that the other entries use. */
import { app, BrowserWindow, dialog, ipcMain, Menu, protocol, session } from 'electron'
import { problemTextOf } from '../../../shared/i18n/problem-text.ts'
import { createTranslator, languageOf } from '../../../shared/i18n/translator.ts'
import { ProblemError } from '../../../shared/problems/problem.ts'
import { dataFolderOf } from '../../host/data-folder.ts'
import { createDispatcher } from '../../host/dispatch.ts'
import { builtRendererFolder } from '../../host/web/serve-window.ts'
import { appOrigin, declareAppProtocol, serveAppProtocol } from './app-protocol.ts'
import { openElectronHost } from './electron-host.ts'
import { serveIpc } from './ipc-carrier.ts'
import { denyPermissions, refuseNavigation, trustOnly, windowOptions } from './main-window.ts'
import { quitInOrder } from './quit-in-order.ts'
import { showTray } from './tray.ts'

/** Set by electron-vite's development server. */
const developmentPage = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL
const pageOrigin = developmentPage === undefined ? appOrigin : new URL(developmentPage).origin

export function startElectronEntry(): void {
  // A second start shows the first one's window: two processes must not drive runs in one folder.
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  app.setPath('userData', dataFolderOf(process.env))
  declareAppProtocol(protocol)
  refuseNavigation(app, pageOrigin)
  app
    .whenReady()
    .then(openWindow)
    .catch((error: unknown) => {
      // Nothing can be shown in a window that could not be made.
      dialog.showErrorBox('Kuorum', error instanceof ProblemError ? startProblemText(error) : String(error))
      app.exit(1)
    })
}

async function openWindow(): Promise<void> {
  const { host, log } = await openElectronHost(app.getPath('userData'))
  quitInOrder(app, host, log)
  denyPermissions(session.defaultSession)
  serveAppProtocol(protocol, builtRendererFolder())
  // The window has its own commands; Electron's menu would offer pages of the internet. macOS cannot do without.
  if (process.platform !== 'darwin') Menu.setApplicationMenu(null)

  const window = new BrowserWindow(windowOptions)
  serveIpc(ipcMain, createDispatcher(host.handlers, log), trustOnly(window, pageOrigin), log)
  const show = () => {
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }
  window.once('ready-to-show', show)
  app.on('second-instance', show)
  showTray(createTranslator(systemLanguage()), show, () => app.quit())
  await window.loadURL(developmentPage ?? `${appOrigin}/`)
}

function systemLanguage() {
  return languageOf(app.getPreferredSystemLanguages())
}

function startProblemText({ problem }: ProblemError): string {
  const text = problemTextOf(systemLanguage(), problem)
  return `${text.what}\n${text.why}\n${text.fix}`
}
