/** Every screen in every state: legible for everybody, in both themes, at any width, without needless movement. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserPath, launchBrowser } from './browser.ts'
import { visitEveryScreen } from './every-screen.ts'
import { brokenRules } from './expect-accessible.ts'

/** The narrowest width the program promises, and the one WCAG 1.4.10 asks for; then the small laptop it is made for. */
const viewports = [
  { width: 400, height: 800 },
  { width: 320, height: 640 },
  { width: 1366, height: 768 },
]

/** States in which the console complains of the lost connection, as it should. */
const unconnected = ['live-connection-lost']

describe.skipIf(browserPath === undefined)('every screen', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  it.concurrent.each(['en', 'id'] as const)(
    'fits each width, keeps WCAG 2.2 AA in both themes, holds still and complains of nothing in %s',
    async (language) => {
      // Collected, so that one run names everything that needs work.
      const findings: string[] = []
      await visitEveryScreen(browser, language, async ({ page, complaints }, name) => {
        const note = (what: string) => findings.push(`${name}: ${what}`)
        for (const viewport of viewports) {
          await page.setViewportSize(viewport)
          const excess = await excessWidth(page)
          if (excess > 0) note(`${excess} px too wide for ${viewport.width} px`)
        }
        for (const colorScheme of ['dark', 'light'] as const) {
          await page.emulateMedia({ colorScheme })
          await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
          for (const movement of await movements(page)) note(`moves: ${movement}`)
          for (const rule of await brokenRules(page)) note(`${colorScheme} theme: ${rule}`)
        }
        if ((await page.getAttribute('html', 'lang')) !== language) note('marked as another language')
        if (!unconnected.includes(name)) for (const complaint of complaints) note(complaint)
      })
      expect(findings).toEqual([])
    },
    300_000,
  )
})

/** How far the page reaches beyond the right edge, once it has found its place. Boxes that scroll may hold more. */
async function excessWidth(page: Page): Promise<number> {
  const excess = () => {
    const { scrollWidth, clientWidth } = document.documentElement
    const main = document.querySelector('main')
    // What `main` itself cuts off would be lost as well.
    return Math.max(scrollWidth - clientWidth, main === null ? 0 : main.scrollWidth - main.clientWidth)
  }
  // Charts and menus follow a new width within some frames.
  for (let frame = 0; frame < 60 && (await page.evaluate(excess)) > 0; frame++)
    await page.evaluate(() => new Promise(requestAnimationFrame))
  return page.evaluate(excess)
}

/** What moves although the reader asked for stillness. */
function movements(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState }) => playState === 'running')
      .map(({ effect }) => (effect instanceof KeyframeEffect ? (effect.target?.outerHTML ?? '') : ''))
      .map((html) => html.slice(0, 150)),
  )
}
