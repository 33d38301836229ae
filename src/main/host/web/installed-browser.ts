/** Browsers of the Chromium family on this computer: they can show a page as an app window of its own. */
import { existsSync } from 'node:fs'
import { posix, win32 } from 'node:path'

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly exists: (path: string) => boolean
}

export const thisMachine: Machine = {
  platform: process.platform,
  environment: process.env,
  exists: existsSync,
}

/** Edge first: it is on every Windows 10 and 11. */
const windowsPrograms = [
  'Microsoft\\Edge\\Application\\msedge.exe',
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
]
const macPrograms = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const unixCommands = [
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'chromium',
  'chromium-browser',
]

/** Path of the first one found. */
export function installedBrowser(machine: Machine = thisMachine): string | undefined {
  return candidates(machine).find(machine.exists)
}

function candidates({ platform, environment }: Machine): readonly string[] {
  if (platform === 'darwin') return macPrograms
  if (platform !== 'win32') {
    const folders = (environment.PATH ?? '').split(':').filter((folder) => folder !== '')
    return unixCommands.flatMap((command) => folders.map((folder) => posix.join(folder, command)))
  }
  const roots = [environment['ProgramFiles(x86)'], environment.ProgramFiles, environment.LOCALAPPDATA].filter(
    (root) => root !== undefined,
  )
  return windowsPrograms.flatMap((program) => roots.map((root) => win32.join(root, program)))
}

/** Unix needs a display server to open a window on; Windows and macOS always have one. */
export function hasDisplay({ platform, environment }: Machine = thisMachine): boolean {
  if (platform === 'win32' || platform === 'darwin') return true
  return Boolean(environment.DISPLAY || environment.WAYLAND_DISPLAY)
}
