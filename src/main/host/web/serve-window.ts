/** The web entry's whole life: serve, show the window where one can be shown, end when it is closed. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { throwProblem } from '../../../shared/problems/problem.ts'
import type { Logger } from '../../contracts/logger.ts'
import type { Host } from '../handlers.ts'
import type { AppWindow } from './app-window.ts'
import { startWebServer } from './web-server.ts'

export interface ServeWindowOptions {
  readonly host: Host
  readonly port?: number
  readonly log: Logger
  /** Shows the address in a window; undefined where none can be shown. Absent to open no window at all. */
  readonly openWindow?: (address: string) => AppWindow | undefined
  /** Called with an address that works once: at the start where no window could be shown, and for each wish. */
  readonly onAddress: (address: string) => void
  readonly onWindow: (browser: string) => void
  /** Ends the entry. */
  readonly signal: AbortSignal
  /** Emits whenever somebody wants another address. */
  readonly wishes?: NodeJS.ReadableStream
  readonly rendererFolder?: string
}

/** Resolves when the window was closed or `signal` aborted. Closes the host. */
export async function serveWindow(options: ServeWindowOptions): Promise<void> {
  const { host, log, signal } = options
  try {
    const rendererFolder = options.rendererFolder ?? builtRendererFolder()
    const port = options.port === undefined ? {} : { port: options.port }
    const server = await startWebServer({ host, rendererFolder, log, ...port })
    try {
      const offerAddress = () => options.onAddress(server.createAddress())
      options.wishes?.on('data', offerAddress)
      await Promise.race([aborted(signal), windowClosed(options, server.createAddress(), offerAddress)])
      options.wishes?.off('data', offerAddress)
      // A terminal that is still listened to would keep the process alive.
      options.wishes?.pause()
    } finally {
      await server.close()
    }
  } finally {
    await host.close()
  }
}

/** The nearest build above this file, from sources and from the bundle alike. Throws `host.window-not-built`. */
export function builtRendererFolder(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'out', 'renderer')
    if (existsSync(join(candidate, 'index.html'))) return candidate
    if (dirname(folder) === folder) return throwProblem('host.window-not-built')
  }
}

async function windowClosed(
  options: ServeWindowOptions,
  address: string,
  offerAddress: () => void,
): Promise<void> {
  const window = options.openWindow?.(address)
  if (window === undefined) options.onAddress(address)
  else {
    options.onWindow(window.browser)
    const end = await window.closed
    if (end === 'closed') return
    if (end === 'failed') offerAddress()
  }
  await aborted(options.signal)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
