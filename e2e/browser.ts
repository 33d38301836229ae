/** A real browser for the tests of the window: an installed one, or the one `npm test` got. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { testBrowserPath } from '../tools/test-browser.ts'

/** Undefined where there is none; such tests are skipped with `describe.skipIf(browserPath === undefined)`. */
export const browserPath = testBrowserPath()

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function launchBrowser(): Promise<Browser> {
  // Chromium's own sandbox refuses to start for root, as in containers; the pages are all ours.
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    ...(browserPath === undefined ? {} : { executablePath: browserPath }),
    args: isRoot ? [...flags, '--no-sandbox'] : flags,
  })
}

export interface WatchedPage {
  readonly page: Page
  /** Console errors, uncaught exceptions, failed or foreign requests; a good page has none. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** A page of its own session, watched from its first request on. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options })
  const page = await context.newPage()
  // Far more than anything takes: how fast the window is, the bench tells.
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  const { origin } = new URL(address)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`console ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url))
      complaints.push(`foreign request: ${url}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  // Chromium reports most of these on its console as well; the event names all of them.
  await page.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error('policy violated: ' + violatedDirective + ' by ' + blockedURI))`,
  })
  await page.goto(address)
  return { page, complaints, close: () => context.close() }
}
