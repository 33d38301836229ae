/** How soon the built window can be used, and what its first screen weighs. Needs `npm run build`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { browserPath, launchBrowser } from '../e2e/browser.ts'
import { builtFolder, startWebEntry } from '../e2e/web-entry.ts'
import { median } from '../src/shared/analysis/statistics.ts'
import type { BenchRow } from './bench-row.ts'

const starts = 5

/** Runs in the page: resolves once the main heading is there and the page has time to answer a key. */
const interactive = `new Promise((resolve) => {
  const look = () =>
    document.querySelector('h1') === null ? requestAnimationFrame(look) : requestIdleCallback(() => resolve())
  look()
})`

export async function benchWindow(): Promise<readonly BenchRow[]> {
  if (browserPath === undefined || !existsSync(join(builtFolder, 'main', 'web.js'))) {
    console.log('  not measured: needs npm run build, and an installed Chrome, Edge or Chromium')
    return []
  }
  const browser = await launchBrowser()
  try {
    const rounds: WindowStart[] = []
    for (let start = 0; start < starts; start++) rounds.push(await measureStart(browser))
    const middle = (figure: keyof WindowStart) => median(rounds.map((round) => round[figure])) ?? Number.NaN
    return [
      {
        name: 'web entry: start of the process to an interactive window',
        value: middle('seconds'),
        unit: 's',
        bound: '<= 1.5',
      },
      {
        name: 'web entry: opening the address to an interactive window',
        value: middle('loadSeconds'),
        unit: 's',
        bound: '<= 1.5',
      },
      {
        name: 'first screen, compressed (gzip)',
        value: middle('gzipBytes') / 1000,
        unit: 'kB',
        bound: '<= 450',
      },
    ]
  } finally {
    await browser.close()
  }
}

interface WindowStart {
  readonly seconds: number
  readonly loadSeconds: number
  /** Everything the page fetched until it could be used. */
  readonly gzipBytes: number
}

/** The browser runs already; its own start is not the program's. */
async function measureStart(browser: Browser): Promise<WindowStart> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const bodies: Promise<Buffer>[] = []
  page.on('response', (response) => {
    if (response.ok()) bodies.push(response.body())
  })
  const startedMs = performance.now()
  const entry = await startWebEntry()
  try {
    const openedMs = performance.now()
    await page.goto(entry.address, { waitUntil: 'commit' })
    await page.evaluate(interactive)
    const usableMs = performance.now()
    const gzipBytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0)
    return {
      seconds: (usableMs - startedMs) / 1000,
      loadSeconds: (usableMs - openedMs) / 1000,
      gzipBytes,
    }
  } finally {
    await context.close()
    await entry.close()
  }
}
