/** What one may wish of a run that goes on, and what becomes of it. */
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { browserPath, launchBrowser } from './browser.ts'
import { runCli } from './command-line.ts'
import {
  buttonOf,
  editLongFirstFault,
  goTo,
  type KuorumWindow,
  linkOf,
  openWindow,
  setSpeed,
  startRun,
} from './kuorum-window.ts'

describe.skipIf(browserPath === undefined)('a run that goes on', () => {
  let browser: Browser
  let window: KuorumWindow
  let run: string
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  beforeEach(async () => {
    window = await openWindow(browser, 'en', { reducedMotion: 'reduce' })
    const edit = () => editLongFirstFault(window)
    run = await startRun(window, { plan: 'schedule-12h', speed: '60', edit })
    await window.page.getByText(window.say('live:figure.faultsDone', { done: 1, planned: 8 })).waitFor()
    return () => window.close()
  })

  const text = (words: string) => window.page.getByText(words, { exact: true })
  const events = () => window.page.getByRole('region', { name: window.say('live:log.title') })

  it('pauses after the open fault, continues, leaves a fault out, and is stopped with all it measured', async () => {
    const { page, say, entry } = window
    await buttonOf(window, say('live:control.pause')).click()
    await text(say('live:pausing')).first().waitFor()
    // Still open: a pause never keeps a node switched off.
    await setSpeed(window, '720')
    await page.getByText(say('live:paused.text')).waitFor()
    await events()
      .getByText(say('live:event.fault-healed', { fault: 1 }))
      .waitFor()
    await events().getByText(say('live:event.schedule-paused')).waitFor()

    await setSpeed(window, '60')
    await buttonOf(window, say('live:control.proceed')).click()
    await text(say('live:stage.running')).waitFor()
    await buttonOf(window, say('live:control.skipOf', { fault: 2 })).click()
    await buttonOf(window, say('live:control.skipOf', { fault: 3 })).waitFor()
    const reason = say('terms:skipReason.user')
    await events()
      .getByText(say('live:event.fault-skipped', { fault: 2, reason }))
      .waitFor()

    await buttonOf(window, say('live:control.stop')).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: say('live:stop.confirm') })
      .click()
    await text(say('live:ended.cancelledTitle')).waitFor()

    await linkOf(window, say('live:ended.results')).click()
    await page.getByRole('table', { name: say('results:summary.table') }).waitFor()
    await page.getByRole('tab', { name: say('results:tab.faults') }).click()
    const states = page.getByRole('cell', { name: /^skipped: / })
    await states.first().waitFor()
    await expect
      .poll(() => states.allTextContents())
      .toEqual(
        [reason, ...Array(6).fill(say('terms:skipReason.cancelled'))].map((why) =>
          say('results:faults.skipped', { reason: why }),
        ),
      )
    await goTo(window, 'home')
    await page
      .getByRole('row', { name: say('terms:runOutcome.cancelled') })
      .getByText(say('home:recent.changedPlan', { plan: '' }).trim())
      .waitFor()
    expect(window.complaints).toEqual([])

    const file = join(entry.dataFolder, 'runs', `${run}.kuorum`)
    expect(runCli('verify', file, '--json').document).toMatchObject({ complete: true })
    expect(runCli('review', file, '--json').document).toMatchObject({ outcome: 'cancelled' })
  })

  it('is found again after the page was loaded anew, as it stands by then', async () => {
    const { page, say } = window
    await setSpeed(window, '1')
    const injected = events().getByText(say('live:event.fault-injected', { fault: 1 }))
    await injected.waitFor()
    await page.reload()
    await page.getByText(say('live:figure.faultsDone', { done: 1, planned: 8 })).waitFor()
    await text(say('live:stage.running')).waitFor()
    await injected.waitFor()
    const speeds = page.getByRole('radiogroup', { name: say('live:control.speed') })
    const chosen = speeds.getByRole('radio', { checked: true })
    await expect.poll(() => chosen.getAttribute('value')).toBe('1')
    // It is no picture of the past: the fault is healed while one looks.
    await setSpeed(window, '720')
    await events()
      .getByText(say('live:event.fault-healed', { fault: 1 }))
      .waitFor()
    expect(window.complaints).toEqual([])
  })

  it('keeps another one from starting, and says so', async () => {
    const { page, say } = window
    await setSpeed(window, '1')
    await goTo(window, 'plan/P0/rehearsal')
    await buttonOf(window, say('plan:start')).click()
    await page.getByRole('alert').getByText(say('problems:run.already-running.what')).waitFor()
    expect(page.url()).toContain('#/plan/')
  })
})
