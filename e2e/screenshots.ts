/**
 * `npm run screenshots -- FOLDER`: a picture of every screen in every state, language and theme, named
 * `live-running.id.dark.png`. `npm run screenshots -- --readme`: the README's picture.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { visitEveryScreen } from './every-screen.ts'
import { openWindow, setSpeed, startRun } from './kuorum-window.ts'

const readmePicture = join(import.meta.dirname, '../docs/images/live-run.png')
const laptop = { width: 1366, height: 768 }

const [wish = ''] = process.argv.slice(2)
if (wish === '') throw new Error('say which folder takes the pictures, or --readme')
const browser = await launchBrowser()
try {
  if (wish === '--readme') await takeReadmePicture(browser)
  else for (const language of ['en', 'id'] as const) await takeEveryScreen(browser, language, wish)
} finally {
  await browser.close()
}

async function takeEveryScreen(browser: Browser, language: 'en' | 'id', folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await visitEveryScreen(browser, language, async ({ page }, name) => {
    await page.setViewportSize(laptop)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
      const path = join(folder, `${name}.${language}.${colorScheme}.png`)
      await page.screenshot({ path, fullPage: true })
    }
    console.log(name)
  })
}

/** The published schedule while its sixth fault is open, on a window high enough to hold the availability of all. */
async function takeReadmePicture(browser: Browser): Promise<void> {
  const viewport = { width: 1366, height: 1310 }
  const window = await openWindow(browser, 'en', { viewport, reducedMotion: 'reduce' })
  const { page, say } = window
  const injected = (done: number) =>
    page.getByText(say('live:figure.faultsDone', { done, planned: 8 })).waitFor({ timeout: 120_000 })
  try {
    await startRun(window, { plan: 'schedule-12h', speed: '720' })
    await injected(5)
    // Slowly from here on, so that the moment after the next fault is not missed.
    await setSpeed(window, '60')
    await injected(6)
    await setSpeed(window, '1')
    await page.getByRole('heading', { level: 1 }).click()
    await page.screenshot({ path: readmePicture })
  } finally {
    await window.close()
  }
}
