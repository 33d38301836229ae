/** One way through the window that meets every screen in every state it can be in. */
import type { Browser } from 'playwright-core'
import {
  buttonOf,
  editLongFirstFault,
  faultName,
  goTo,
  type KuorumWindow,
  linkOf,
  openWindow,
  setSpeed,
  startRun,
  titled,
} from './kuorum-window.ts'

/** Called at each state; `name` says which, such as `plan-errors`. It must leave the screen as it was. */
export type Visit = (window: KuorumWindow, name: string) => Promise<void>

const options = { reducedMotion: 'reduce' } as const

/** Starts at the Home of a first start, kills the entry on the way, and ends on another entry with the same data. */
export async function visitEveryScreen(
  browser: Browser,
  language: KuorumWindow['language'],
  visit: Visit,
): Promise<void> {
  const window = await openWindow(browser, language, options)
  try {
    const at = (name: string) => visit(window, name)
    await at('home-first-start')
    await visitEmptyScreens(window, at)
    await visitPlan(window, at)
    const ended = await visitLiveRun(window, at)
    await visitResults(window, ended, at)
    await visitStoppedRun(window, at)
    await startRun(window, { plan: 'rehearsal', speed: '1' })
    await goTo(window, 'home')
    await window.page.getByRole('region', { name: window.say('home:running.title') }).waitFor()
    await at('home-running')
  } catch (error) {
    await window.close()
    throw error
  }
  await visitAfterPowerCut(browser, window, visit)
}

type At = (name: string) => Promise<void>

async function visitEmptyScreens(window: KuorumWindow, at: At): Promise<void> {
  const { page, say } = window
  await goTo(window, 'recipes')
  await titled(window, say('recipes:title'))
  await linkOf(window, say('recipes:openOf', { recipe: 'P0' })).waitFor()
  await at('recipes')
  await goTo(window, 'recipes/P0')
  await page.getByRole('table', { name: say('recipes:feasibility.caption') }).waitFor()
  await at('recipe')
  await goTo(window, 'recipes/none')
  await page.getByRole('heading', { name: say('recipes:unknownTitle') }).waitFor()
  await at('recipe-unknown')
  await goTo(window, 'live')
  await page.getByRole('heading', { name: say('app:noRun.liveTitle') }).waitFor()
  await at('live-none')
  await goTo(window, 'results')
  await page.getByRole('heading', { name: say('app:noRun.resultsTitle') }).waitFor()
  await at('results-none')
  await goTo(window, 'results/none')
  await page.getByText(`${say('states:fix')}:`).waitFor()
  await at('results-unknown')
  await goTo(window, 'settings')
  await page.getByRole('heading', { name: say('settings:about.title') }).waitFor()
  await at('settings')
  await page.keyboard.press('F1')
  await page.getByRole('dialog', { name: say('app:shortcuts.title') }).waitFor()
  await at('shortcuts')
  await page.keyboard.press('Escape')
}

async function visitPlan(window: KuorumWindow, at: At): Promise<void> {
  const { page, say } = window
  await goTo(window, 'plan/P0')
  await titled(window, say('plan:titleOf', { recipe: 'P0' }))
  await at('plan')
  const fault = faultName(window, 3)
  await buttonOf(window, say('plan:faults.editOf', { name: fault })).click()
  await page.getByRole('group', { name: say('plan:form.title', { name: fault }) }).waitFor()
  await at('plan-fault-form')
  await page.getByLabel(say('plan:form.at')).fill('11:59:00')
  await page.getByLabel(say('plan:form.off')).fill('?')
  await page.getByLabel(say('plan:form.jitter')).focus()
  await page.getByRole('alert').getByText(say('plan:issues.after-end')).waitFor()
  await page.getByText(say('plan:issues.not-a-time')).waitFor()
  await at('plan-errors')
  await page.getByRole('combobox', { name: say('plan:choices.speed'), exact: true }).click()
  await page.getByRole('option', { name: say('terms:speed.720'), exact: true }).waitFor()
  await at('plan-open-list')
  await page.keyboard.press('Escape')
}

/** A run of twelve hours from its first moment to its last. Returns its name. */
async function visitLiveRun(window: KuorumWindow, at: At): Promise<string> {
  const { page, say } = window
  const run = await startRun(window, {
    plan: 'schedule-12h',
    speed: '1',
    edit: () => editLongFirstFault(window),
  })
  await page.getByText(say('live:preparing.title')).waitFor()
  await at('live-preparing')

  await setSpeed(window, '60')
  await page.getByText(say('live:figure.faultsDone', { done: 1, planned: 8 })).waitFor()
  // Real time from here on: every visitor finds the same state.
  await setSpeed(window, '1')
  await at('live-running')
  await goTo(window, `results/${run}`)
  await linkOf(window, say('results:live.open')).waitFor()
  await page.getByRole('table', { name: say('results:summary.table') }).waitFor()
  await at('results-so-far')

  await goTo(window, `live/${run}`)
  await buttonOf(window, say('live:control.stop')).click()
  await page.getByRole('dialog', { name: say('live:stop.title') }).waitFor()
  await at('live-stop-dialog')
  await buttonOf(window, say('live:stop.keep')).click()

  await buttonOf(window, say('live:control.pause')).click()
  await page.getByText(say('live:pausing')).first().waitFor()
  await at('live-pausing')
  await setSpeed(window, '720')
  await page.getByText(say('live:paused.text')).waitFor()
  await setSpeed(window, '1')
  await at('live-paused')

  await buttonOf(window, say('live:control.proceed')).click()
  await setSpeed(window, 'max')
  await linkOf(window, say('live:ended.results')).waitFor()
  await at('live-ended')
  return run
}

const parts = ['faults', 'charts', 'raw', 'paper'] as const

async function visitResults(window: KuorumWindow, run: string, at: At): Promise<void> {
  const { page, say } = window
  await goTo(window, `results/${run}`)
  await page.getByRole('table', { name: say('results:summary.table') }).waitFor()
  await at('results-summary')
  for (const part of parts) {
    await page.getByRole('tab', { name: say(`results:tab.${part}`) }).click()
    await page
      .getByRole('tabpanel')
      .getByRole(part === 'charts' ? 'img' : 'table')
      .first()
      .waitFor()
    await at(`results-${part}`)
  }
  await page.getByRole('tab', { name: say('results:tab.charts') }).click()
  await page.getByText(say('charts:viewTable'), { exact: true }).last().click()
  await page.getByRole('tabpanel').getByRole('table').first().waitFor()
  await at('results-chart-table')
  await goTo(window, 'home')
  await linkOf(window, say('home:recent.resultsOf', { run })).waitFor()
  await at('home-ended')
  await goTo(window, 'results')
  await linkOf(window, say('home:recent.resultsOf', { run })).waitFor()
  await at('results-list')
}

/** A run stopped before anything was measured. */
async function visitStoppedRun(window: KuorumWindow, at: At): Promise<void> {
  const { page, say } = window
  const run = await startRun(window, { plan: 'rehearsal', speed: '1' })
  await page.getByText(say('live:preparing.title')).waitFor()
  await buttonOf(window, say('live:control.stop')).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: say('live:stop.confirm') })
    .click()
  await page.getByText(say('live:ended.cancelledTitle')).waitFor()
  await at('live-stopped')
  await goTo(window, `results/${run}`)
  await page.getByText(say('results:empty.title')).first().waitFor()
  await at('results-nothing-measured')
}

async function visitAfterPowerCut(browser: Browser, window: KuorumWindow, visit: Visit): Promise<void> {
  let after: KuorumWindow | undefined
  try {
    await linkOf(window, window.say('home:running.open')).click()
    await window.page.getByText(window.say('live:figure.faultsDone', { done: 0, planned: 1 })).waitFor()
    const run = decodeURIComponent(window.page.url().split('/').at(-1) ?? '')
    await window.entry.kill()
    await window.page.getByText(window.say('app:connection.lostTitle')).waitFor()
    await visit(window, 'live-connection-lost')

    after = await openWindow(browser, window.language, options, window.entry.dataFolder)
    await after.page.getByText(after.say('home:interrupted.title')).first().waitFor()
    await visit(after, 'home-interrupted')
    await goTo(after, `live/${run}`)
    await buttonOf(after, after.say('live:interrupted.resume')).waitFor()
    await visit(after, 'live-interrupted')
    await goTo(after, `results/${run}`)
    await after.page.getByText(after.say('results:interrupted.title')).waitFor()
    await visit(after, 'results-interrupted')
  } finally {
    await window.close()
    await after?.close()
  }
}
