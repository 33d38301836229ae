/** The window of a web entry of its own, spoken to in the words of one language. */
import type { Browser, BrowserContextOptions, Locator } from 'playwright-core'
import type { Speed } from '../src/shared/host-api/table.ts'
import type { Language } from '../src/shared/i18n/catalogue.ts'
import { createTranslator, type Translator } from '../src/shared/i18n/translator.ts'
import { openPage, type WatchedPage } from './browser.ts'
import { type RunningWebEntry, startWebEntry } from './web-entry.ts'

export interface KuorumWindow extends WatchedPage {
  readonly entry: RunningWebEntry
  readonly language: Language
  readonly say: Translator
  /** Ends page and entry. */
  close(): Promise<void>
}

const localeOf = { en: 'en-GB', id: 'id-ID' } as const

export async function openWindow(
  browser: Browser,
  language: Language,
  options: BrowserContextOptions = {},
  dataFolder?: string,
): Promise<KuorumWindow> {
  const entry = await startWebEntry(dataFolder)
  const watched = await openPage(browser, entry.address, { locale: localeOf[language], ...options })
  const say = createTranslator(language)
  const window: KuorumWindow = {
    ...watched,
    entry,
    language,
    say,
    async close() {
      await watched.close()
      await entry.close()
    },
  }
  await titled(window, say('home:title'))
  return window
}

/** The main heading, which names the screen; waits for it. */
export async function titled({ page }: KuorumWindow, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
}

/** Goes to a place such as `results/RUN` as a link would. */
export async function goTo({ page }: KuorumWindow, place: string): Promise<void> {
  await page.evaluate((fragment) => {
    window.location.hash = fragment
  }, `#/${place}`)
}

export function buttonOf({ page }: KuorumWindow, name: string): Locator {
  return page.getByRole('button', { name, exact: true })
}

export function linkOf({ page }: KuorumWindow, name: string): Locator {
  return page.getByRole('link', { name, exact: true })
}

/** Opens a drop-down list by its label and takes an entry. */
export async function choose({ page }: KuorumWindow, label: string, entry: string): Promise<void> {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: entry, exact: true }).click()
}

export interface RunWishes {
  /** Id of one of P0's schedules. */
  readonly plan: 'schedule-12h' | 'rehearsal'
  readonly speed: Speed
  /** Changes the plan before the start. */
  readonly edit?: () => Promise<void>
}

/** Starts a run of P0 from the plan's screen, and ends on the screen of the live run. Returns the run's name. */
export async function startRun(window: KuorumWindow, { plan, speed, edit }: RunWishes): Promise<string> {
  const { page, say } = window
  await goTo(window, `plan/P0/${plan}`)
  await titled(window, say('plan:titleOf', { recipe: 'P0' }))
  await choose(window, say('plan:choices.speed'), say(`terms:speed.${speed}`))
  await edit?.()
  await buttonOf(window, say('plan:start')).click()
  await page.waitForURL(/#\/live\/./)
  return decodeURIComponent(page.url().split('/').at(-1) ?? '')
}

/**
 * For `RunWishes.edit`: the first fault of the schedule comes after a minute and is healed twenty minutes later. So it
 * is there soon, and stays long enough at 60 times the real speed to be caught there.
 */
export async function editLongFirstFault(window: KuorumWindow): Promise<void> {
  const { page, say } = window
  await buttonOf(window, say('plan:faults.editOf', { name: faultName(window, 1) })).click()
  for (const [field, time] of [
    ['at', '0:01:00'],
    ['off', '0:20:00'],
  ] as const) {
    const input = page.getByLabel(say(`plan:form.${field}`))
    await input.fill(time)
    await input.press('Enter')
  }
  await buttonOf(window, say('plan:form.close')).click()
}

export function faultName({ say }: KuorumWindow, number: number): string {
  return say('plan:faults.nameOf', { number })
}

/** Chooses the speed of the run on the screen; by key, for which a screen in motion is as good as a still one. */
export async function setSpeed({ page, say }: KuorumWindow, speed: Speed): Promise<void> {
  const choice = page
    .getByRole('radiogroup', { name: say('live:control.speed') })
    .getByRole('radio', { name: say(`live:control.${speed}`), exact: true })
  await choice.press(' ')
  await choice.and(page.locator(':checked')).waitFor({ state: 'attached' })
}
