import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { silentLogger } from '../../base/logger.ts'
import { createScriptedHandlers } from '../../testing/scripted-handlers.ts'
import type { AppWindow } from './app-window.ts'
import { builtRendererFolder, type ServeWindowOptions, serveWindow } from './serve-window.ts'

let rendererFolder: string
beforeAll(() => {
  rendererFolder = mkdtempSync(join(tmpdir(), 'kuorum-window-'))
  writeFileSync(join(rendererFolder, 'index.html'), '<html></html>')
})
afterAll(() => rmSync(rendererFolder, { recursive: true, force: true }))

function serve(more: Partial<ServeWindowOptions> = {}) {
  const stop = new AbortController()
  const addresses: string[] = []
  const windows: string[] = []
  const closeHost = vi.fn(async () => {})
  const ended = serveWindow({
    host: { handlers: createScriptedHandlers().handlers, close: closeHost },
    log: silentLogger,
    rendererFolder,
    signal: stop.signal,
    onAddress: (address) => addresses.push(address),
    onWindow: (browser) => windows.push(browser),
    ...more,
  })
  return { stop, addresses, windows, closeHost, ended }
}

const windowThatEnds = (end: Awaited<AppWindow['closed']>) => () => ({
  browser: 'Edge',
  closed: Promise.resolve(end),
})

it('prints an address where no window can be shown, and serves until it is stopped', async () => {
  const { stop, addresses, closeHost, ended } = serve({ openWindow: () => undefined })
  await vi.waitFor(() => expect(addresses).toHaveLength(1))
  expect((await fetch(addresses[0] ?? '', { redirect: 'manual' })).status).toBe(303)
  expect(closeHost).not.toHaveBeenCalled()
  stop.abort()
  await ended
  expect(closeHost).toHaveBeenCalledOnce()
  await expect(fetch(addresses[0] ?? '')).rejects.toThrow()
})

it('gives another address whenever somebody asks for one, and each works once', async () => {
  const wishes = new PassThrough()
  const { stop, addresses, ended } = serve({ wishes })
  await vi.waitFor(() => expect(addresses).toHaveLength(1))
  wishes.write('\n')
  await vi.waitFor(() => expect(addresses).toHaveLength(2))
  const statuses = await Promise.all(
    addresses.map(async (address) => (await fetch(address, { redirect: 'manual' })).status),
  )
  expect(statuses).toEqual([303, 303])
  stop.abort()
  await ended
})

it('ends with the window it opened, and prints no address then', async () => {
  const { addresses, windows, closeHost, ended } = serve({ openWindow: windowThatEnds('closed') })
  await ended
  expect(windows).toEqual(['Edge'])
  expect(addresses).toEqual([])
  expect(closeHost).toHaveBeenCalledOnce()
})

it('goes on when a browser that already runs took the window over', async () => {
  const { stop, addresses, closeHost, ended } = serve({ openWindow: windowThatEnds('handed-over') })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(closeHost).not.toHaveBeenCalled()
  expect(addresses).toEqual([])
  stop.abort()
  await ended
})

it('prints an address after all when the browser does not start', async () => {
  const { stop, addresses, ended } = serve({ openWindow: windowThatEnds('failed') })
  await vi.waitFor(() => expect(addresses).toHaveLength(1))
  stop.abort()
  await ended
})

it('closes the host also when it cannot serve', async () => {
  const first = serve()
  await vi.waitFor(() => expect(first.addresses).toHaveLength(1))
  const port = Number(new URL(first.addresses[0] ?? '').port)
  const second = serve({ port })
  await expect(second.ended).rejects.toMatchObject({ problem: { code: 'host.port-unavailable' } })
  expect(second.closeHost).toHaveBeenCalledOnce()
  first.stop.abort()
  await first.ended
})

it('says that the window was not built', () => {
  expect(() => builtRendererFolder(tmpdir())).toThrow('host.window-not-built')
})
