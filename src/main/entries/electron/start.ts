/** The Electron entry: one window on the same host that the other entries use. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Notification,
  powerSaveBlocker,
  protocol,
  safeStorage,
  session,
} from 'electron'
import { problemTextOf } from '../../../shared/i18n/problem-text.ts'
import { languageOf } from '../../../shared/i18n/translator.ts'
import { ProblemError } from '../../../shared/problems/problem.ts'
import { createLogger } from '../../base/logger.ts'
import { SystemClock } from '../../base/system-clock.ts'
import type { Logger } from '../../contracts/logger.ts'
import { createHost } from '../../host/create-host.ts'
import { dataFolderOf } from '../../host/data-folder.ts'
import { createDispatcher } from '../../host/dispatch.ts'
import type { Host, ShellAbilities } from '../../host/handlers.ts'
import { openStore } from '../../host/open-store.ts'
import { recipeFolder } from '../../host/resource-folders.ts'
import { builtRendererFolder } from '../../host/web/serve-window.ts'
import { appOrigin, declareAppProtocol, serveAppProtocol } from './app-protocol.ts'
import { serveIpc } from './ipc-carrier.ts'
import { denyPermissions, refuseNavigation, trustOnly, windowOptions } from './main-window.ts'
import { safeStorageSecrets } from './safe-storage-secrets.ts'
import { electronSettings } from './settings.ts'

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
  const dataFolder = app.getPath('userData')
  mkdirSync(dataFolder, { recursive: true })
  const clock = new SystemClock()
  const logPath = join(dataFolder, 'kuorum.log')
  const log = createLogger({ write: (line) => appendFileSync(logPath, line) }, () => clock.wallTime())
  const host = await createElectronHost(dataFolder, clock, log)

  let window: BrowserWindow | undefined
  denyPermissions(session.defaultSession)
  serveAppProtocol(protocol, builtRendererFolder())
  serveIpc(
    ipcMain,
    createDispatcher(host.handlers, log),
    trustOnly(() => window, pageOrigin),
    log,
  )
  quitInOrder(host, log)

  window = new BrowserWindow(windowOptions)
  const shown = window
  shown.once('ready-to-show', () => shown.show())
  app.on('second-instance', () => {
    if (shown.isMinimized()) shown.restore()
    shown.focus()
  })
  await shown.loadURL(developmentPage ?? `${appOrigin}/`)
}

async function createElectronHost(dataFolder: string, clock: SystemClock, log: Logger): Promise<Host> {
  return createHost({
    entry: 'electron',
    dataFolder,
    recipeFolder: recipeFolder(),
    store: await openStore(),
    settings: electronSettings(dataFolder, () => clock.wallTime()),
    secrets: safeStorageSecrets(join(dataFolder, 'secrets.json'), safeStorage),
    clock,
    log,
    shell: shellAbilities,
  })
}

const shellAbilities: ShellAbilities = {
  keepAwake() {
    const id = powerSaveBlocker.start('prevent-app-suspension')
    return () => powerSaveBlocker.stop(id)
  },
  notify(title, body) {
    if (Notification.isSupported()) new Notification({ title, body }).show()
  },
}

function startProblemText({ problem }: ProblemError): string {
  const text = problemTextOf(languageOf(app.getPreferredSystemLanguages()), problem)
  return `${text.what}\n${text.why}\n${text.fix}`
}

/** Quitting waits for the host, which stops a run where it is: its file can be resumed. */
function quitInOrder(host: Host, log: Logger): void {
  let isClosed = false
  app.on('window-all-closed', () => app.quit())
  app.on('before-quit', (event) => {
    if (isClosed) return
    event.preventDefault()
    host
      .close()
      .catch((error: unknown) => log.error('quit.close-failed', { message: String(error) }))
      .finally(() => {
        isClosed = true
        app.quit()
      })
  })
}
