import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** WCAG 2.2 level A and AA, and what axe's makers hold for good practice beyond. */
const ruleSets = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Fails with axe's own words when the page as it stands breaks an accessibility rule. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await brokenRules(page)).toEqual([])
}

/** One line for each place of the page that breaks a rule: which rule, where, and what axe would change. */
export async function brokenRules(page: Page): Promise<readonly string[]> {
  // A colour on its way to the other theme is no colour anybody has to read.
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
  // Evaluated by the debugger, which the page's script policy does not bind.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source)
  const options = JSON.stringify({ runOnly: ruleSets, resultTypes: ['violations'] })
  const violations = (await page.evaluate(
    `axe.run(document, ${options}).then(({ violations }) => violations)`,
  )) as axe.Result[]
  return violations.flatMap(({ id, help, nodes }) =>
    nodes
      // Lists that drop down are drawn beside the landmarks, above everything; the field they belong to is in one.
      .filter(({ html }) => !(id === 'region' && / role="presentation" data-position=/.test(html)))
      .map(
        ({ html, failureSummary }) =>
          `${id}: ${help}\n  ${html.slice(0, 200)}\n  ${(failureSummary ?? '').replaceAll('\n', '\n  ')}`,
      ),
  )
}
