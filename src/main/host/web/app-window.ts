/** The window without Electron: an installed browser's app mode, with a profile of its own. */
import { spawn } from 'node:child_process'
import { machineTime } from '../../base/real-time.ts'
import { hasDisplay, installedBrowser, type Machine, thisMachine } from './installed-browser.ts'

export interface AppWindow {
  readonly browser: string
  /** Resolves when the window was closed; `failed` when the browser would not start. */
  readonly closed: Promise<'closed' | 'handed-over' | 'failed'>
}

/** A browser that ends sooner than this did not show a window itself. */
const startMs = 3_000

/** Undefined when there is no such browser or no screen to show it on. */
export function openAppWindow(
  address: string,
  profileFolder: string,
  machine: Machine = thisMachine,
): AppWindow | undefined {
  const browser = hasDisplay(machine) ? installedBrowser(machine) : undefined
  if (browser === undefined) return undefined
  const startedAtMs = machineTime.nowMs()
  const child = spawn(
    browser,
    [
      `--app=${address}`,
      `--user-data-dir=${profileFolder}`,
      '--no-first-run',
      '--no-default-browser-check',
      // Else Edge goes on running without a window, and nobody learns that the window was closed.
      '--disable-background-mode',
      '--window-size=1280,860',
    ],
    { stdio: 'ignore' },
  )
  const closed = new Promise<'closed' | 'handed-over' | 'failed'>((resolve) => {
    child.once('error', () => resolve('failed'))
    child.once('exit', (code) => {
      if (machineTime.nowMs() - startedAtMs > startMs) resolve('closed')
      // Zero at once: a browser that already runs with this profile shows the window.
      else resolve(code === 0 ? 'handed-over' : 'failed')
    })
  })
  return { browser, closed }
}
