/** A first evening with the program, by keyboard alone: from the empty Home to figures beside the paper's. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GuestResult } from '../src/shared/domain/results.ts'
import { createFormat } from '../src/shared/i18n/format.ts'
import { createTranslator, type Translator } from '../src/shared/i18n/translator.ts'
import { browserPath, launchBrowser, openPage, type WatchedPage } from './browser.ts'
import { runCli } from './command-line.ts'
import { expectAccessible } from './expect-accessible.ts'
import { type RunningWebEntry, startWebEntry } from './web-entry.ts'

/** More Tab stops than any screen has. */
const mostStops = 150

const seed = 7

const isFocused = (element: Element) => element === document.activeElement

async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  // A radio button is drawn by its label and has no size of its own.
  await target.waitFor({ state: 'attached' })
  for (let stop = 0; stop < mostStops; stop += 1) {
    if (await target.evaluate(isFocused)) return
    await page.keyboard.press(key)
  }
  throw new Error(`the keyboard does not reach ${target}`)
}

/** Notes each step of the progress bar as it is drawn; the returned function hands them over. */
async function recordProgress(page: Page): Promise<() => Promise<readonly number[]>> {
  const steps = await page.evaluateHandle(() => {
    const seen: number[] = []
    const look = () => {
      const now = document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow') ?? null
      if (now !== null && seen.at(-1) !== Number(now)) seen.push(Number(now))
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
    return seen
  })
  return () => steps.jsonValue()
}

async function activate(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

describe.skipIf(browserPath === undefined).each([
  { language: 'en', locale: 'en-GB' },
  { language: 'id', locale: 'id-ID' },
] as const)('a newcomer reading $language', ({ language, locale }) => {
  const t = createTranslator(language)
  const other = createTranslator(language === 'en' ? 'id' : 'en')
  const format = createFormat(language)
  let entry: RunningWebEntry
  let browser: Browser
  let watched: WatchedPage
  let page: Page
  let run: string

  const headingOf = (name: string | RegExp) => page.getByRole('heading', { level: 1, name })
  const link = (name: string) => page.getByRole('link', { name, exact: true })
  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const tab = (name: string) => page.getByRole('tab', { name, exact: true })

  beforeAll(async () => {
    entry = await startWebEntry()
    browser = await launchBrowser()
    watched = await openPage(browser, entry.address, { locale, reducedMotion: 'reduce' })
    page = watched.page
  })
  afterAll(async () => {
    await browser?.close()
    await entry?.close()
  })

  // Each step goes on from where the one before it ended.
  let isLost = false
  beforeEach(({ skip }) => skip(isLost, 'the journey broke off before'))
  afterEach(({ task }) => {
    isLost ||= task.result?.state === 'fail'
  })

  it('is met in this language, with three ways to begin', async () => {
    await headingOf(t('home:title')).waitFor()
    await page.locator(`html[lang="${language}"]`).waitFor()
    for (const door of ['simulate', 'laptop', 'results'] as const)
      await page.getByRole('link', { name: t(`home:doors.${door}`) }).waitFor()
    await expectAccessible(page)
  })

  it('skips the navigation with the first stop', async () => {
    await page.keyboard.press('Tab')
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent))
      .toBe(t('app:skipToContent'))
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN')
  })

  it('reads what the paper published, and what a laptop could hold', async () => {
    await activate(page, link(t('app:nav.recipes')))
    await headingOf(t('recipes:title')).waitFor()
    await expectAccessible(page)
    await activate(page, link(t('recipes:openOf', { recipe: 'P0' })))
    await headingOf(/^P0: /).waitFor()
    await page.getByRole('cell', { name: format.fixed(98.266, 3) }).waitFor()
    await page.getByRole('table', { name: t('recipes:feasibility.caption') }).waitFor()
    await expectAccessible(page)
  })

  it('moves a failure on the time line by keys, and takes it back', async () => {
    await activate(page, page.getByRole('link', { name: t('recipes:plan'), exact: true }).first())
    await headingOf(t('plan:titleOf', { recipe: 'P0' })).waitFor()
    await expectAccessible(page)

    const blockNamed = (number: number, at: string) =>
      page
        .getByRole('button', { name: `${t('plan:faults.nameOf', { number })} ` })
        .and(page.locator(`[aria-label*=" ${at}: "]`))
    await tabTo(page, blockNamed(1, '2:00:00'))
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+ArrowRight')
    await blockNamed(2, '3:01:00').waitFor()
    await page.getByText(t('plan:faults.edited')).waitFor()
    await page.keyboard.press('Control+z')
    await blockNamed(2, '3:00:00').waitFor()
    await page.getByText(t('plan:faults.published')).waitFor()
  })

  it('is told under the field what is wrong, and again above all', async () => {
    await page.keyboard.press('Enter')
    const off = page.getByLabel(t('plan:form.off'))
    await tabTo(page, off)
    await page.keyboard.press('Control+a')
    await page.keyboard.type('11:00:00')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText(t('plan:issues.after-end')).waitFor()
    await expectAccessible(page)
    await activate(page, button(t('plan:start')))
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('plan-issues')
    await activate(page, button(t('plan:undo')))
    await page.getByText(t('plan:issues.after-end')).first().waitFor({ state: 'hidden' })
  })

  it('keeps what was typed when the language changes', async () => {
    const seedField = (words: Translator) => page.getByLabel(words('plan:choices.seed'), { exact: true })
    await tabTo(page, seedField(t), 'Shift+Tab')
    await page.keyboard.press('Control+a')
    await page.keyboard.type(`${seed}`)
    await page.keyboard.press('Control+l')
    await headingOf(other('plan:titleOf', { recipe: 'P0' })).waitFor()
    await page.locator(`html[lang="${other.language}"]`).waitFor()
    await expect.poll(() => seedField(other).inputValue()).toBe(`${seed}`)
    await expect.poll(() => seedField(other).evaluate(isFocused)).toBe(true)
    await page.keyboard.press('Control+l')
    await headingOf(t('plan:titleOf', { recipe: 'P0' })).waitFor()
    await page.locator(`html[lang="${language}"]`).waitFor()
  })

  it('runs the published schedule at maximum speed, watches it and sees it end', async () => {
    const speed = page.getByRole('combobox', { name: t('plan:choices.speed') })
    await expect.poll(() => speed.inputValue()).toBe(t('terms:speed.max'))
    const progress = await recordProgress(page)
    await tabTo(page, button(t('plan:start')), 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/live\//)
    run = decodeURIComponent(new URL(page.url()).hash.split('/').at(-1) ?? '')
    await link(t('live:ended.results'))
      .or(button(t('live:ended.results')))
      .first()
      .waitFor()
    const seen = await progress()
    expect(seen.length).toBeGreaterThan(3)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen.at(-1)).toBe(100)
    await expectAccessible(page)
  })

  it('finds its own figures beside the published ones', async () => {
    await activate(
      page,
      link(t('live:ended.results'))
        .or(button(t('live:ended.results')))
        .first(),
    )
    await headingOf(t('results:title')).waitFor()
    await tabTo(page, tab(t('results:tab.summary')))
    for (const part of ['faults', 'charts', 'raw', 'paper'] as const) {
      await expectAccessible(page)
      await page.keyboard.press('ArrowRight')
      await page.getByRole('tabpanel', { name: t(`results:tab.${part}`) }).waitFor()
    }
    const file = join(entry.dataFolder, 'runs', `${run}.kuorum`)
    const { guests } = runCli('review', file, '--json').document as { guests: readonly GuestResult[] }
    expect(guests.map(({ publishedPercent }) => publishedPercent)).toContain(98.266)
    for (const { guestName, publishedPercent, paperAvailabilityPercent: ours } of guests) {
      const cells = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: guestName }) })
      const shown = () => cells.getByRole('cell').allTextContents()
      await expect
        .poll(async () => (await shown()).slice(0, 2))
        .toEqual([format.fixed(publishedPercent ?? Number.NaN, 3), format.fixed(ours ?? Number.NaN, 3)])
    }
    await expectAccessible(page)
  })

  it('saves samples and faults as CSV', async () => {
    await tabTo(page, tab(t('results:tab.paper')))
    await page.keyboard.press('ArrowLeft')
    const save = async (what: 'samples-csv' | 'faults-csv') => {
      const download = page.waitForEvent('download')
      await activate(page, button(t(`results:raw.${what}`)))
      return readFileSync(await (await download).path(), 'utf8')
        .trimEnd()
        .split(/\r?\n/)
    }
    const [faultColumns, ...faults] = await save('faults-csv')
    expect(faultColumns).toMatch(/^fault,/)
    expect(new Set(faults.map((line) => line.split(',')[0])).size).toBe(8)

    const [columns, ...samples] = await save('samples-csv')
    expect(columns).toMatch(/^[a-z_]+(,[a-z_]+)+$/)
    expect(samples.every((line) => line.split(',').length === columns?.split(',').length)).toBe(true)
    // Four guests and the control address, each asked by ping, TCP and HTTP once a second for twelve hours.
    expect(samples.length).toBeGreaterThan(15 * 43_000)
    const file = join(entry.dataFolder, 'runs', `${run}.kuorum`)
    expect(runCli('verify', file, '--json').document.samples).toBe(samples.length)
  })

  it('finds the run again on Home, in the dark and in the other language', async () => {
    await page.keyboard.press('Control+6')
    await headingOf(t('settings:title')).waitFor()
    const themes = page.getByRole('radiogroup', { name: t('settings:theme.label') })
    await tabTo(page, themes.getByRole('radio', { name: t('settings:theme.system') }))
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor()
    await expectAccessible(page)

    await page.keyboard.press('Control+l')
    await headingOf(other('settings:title')).waitFor()
    await page.keyboard.press('Control+1')
    await headingOf(other('home:title')).waitFor()
    await page.getByRole('link', { name: other('home:recent.resultsOf', { run }) }).waitFor()
    await expectAccessible(page)
  })

  it('reaches the navigation of a narrow window only while it is open', async () => {
    await page.setViewportSize({ width: 400, height: 800 })
    const other = createTranslator(language === 'en' ? 'id' : 'en')
    const opener = button(other('app:nav.open'))
    await opener.waitFor()
    await link(other('app:nav.home')).waitFor({ state: 'hidden' })
    await activate(page, opener)
    await link(other('app:nav.home')).waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Shift+Tab')
    await tabTo(page, link(other('app:nav.settings')))
    await page.keyboard.press('Escape')
    await link(other('app:nav.home')).waitFor({ state: 'hidden' })
    await expect.poll(() => opener.evaluate(isFocused)).toBe(true)
  })

  it('met no error, no broken policy and no foreign address on the way', () => {
    expect(watched.complaints).toEqual([])
  })
})
