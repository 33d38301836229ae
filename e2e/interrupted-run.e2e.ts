/** The host dies in the middle of a run: the window says so, and the next start takes the run up again. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTranslator } from '../src/shared/i18n/translator.ts'
import { browserPath, launchBrowser, openPage } from './browser.ts'
import { expectAccessible } from './expect-accessible.ts'
import { type RunningWebEntry, startWebEntry } from './web-entry.ts'

const t = createTranslator('en')

describe.skipIf(browserPath === undefined)('a run whose host dies', () => {
  let browser: Browser
  let entry: RunningWebEntry
  beforeAll(async () => {
    entry = await startWebEntry()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await entry?.close()
  })

  async function choose(page: Page, field: string, option: string): Promise<void> {
    await page.getByRole('combobox', { name: field }).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }

  it('is shown as it last was, with the loss told, while the host is away', async () => {
    const { page } = await openPage(browser, entry.address, { locale: 'en-GB', reducedMotion: 'reduce' })
    await page.getByRole('link', { name: t('app:nav.plan'), exact: true }).click()
    await choose(page, t('plan:choices.speed'), t('terms:speed.720'))
    await page.getByRole('button', { name: t('plan:start') }).click()
    await page.waitForURL(/#\/live\//)
    await page.getByRole('link', { name: t('app:nav.home'), exact: true }).click()
    await page.getByRole('progressbar').waitFor()
    await expectAccessible(page)
    // Far enough that there is something to lose.
    await page.waitForFunction(
      () => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 5,
    )

    await entry.kill()
    await page.getByRole('alert').getByText(t('app:connection.lostTitle')).waitFor()
    await page.getByRole('progressbar').waitFor()
    await expectAccessible(page)
  })

  it('is offered to be continued at the next start, and then runs to its end', async () => {
    entry = await startWebEntry(entry.dataFolder)
    const { page, complaints } = await openPage(browser, entry.address, {
      locale: 'en-GB',
      reducedMotion: 'reduce',
    })
    await page.getByText(t('home:interrupted.title')).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: t('home:continue') }).click()
    await page.waitForURL(/#\/live\//)
    await page.getByText(t('live:ended.title')).waitFor()
    await page.getByRole('link', { name: t('app:nav.home'), exact: true }).click()
    await page.getByText(t('terms:runOutcome.completed'), { exact: true }).waitFor()
    await page.getByText(t('home:interrupted.title')).waitFor({ state: 'hidden' })
    await page.getByText(t('home:recent.faultsOf', { injected: 8, planned: 8 })).waitFor()
    expect(complaints).toEqual([])
  })
})
