import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** WCAG 2.2 level A and AA, and what axe's makers hold for good practice beyond. */
const ruleSets = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/**
 * Notes a failure with axe's own words when the page as it stands breaks an accessibility rule. The test goes on, so
 * that one run names every screen that needs work.
 */
export async function expectAccessible(page: Page, situation?: string): Promise<void> {
  // Evaluated by the debugger, which the page's script policy does not bind.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source)
  const options = JSON.stringify({ runOnly: ruleSets, resultTypes: ['violations'] })
  const violations = (await page.evaluate(
    `axe.run(document, ${options}).then(({ violations }) => violations)`,
  )) as axe.Result[]
  expect
    .soft(
      violations.map(({ id, help, nodes }) => ({
        id,
        help,
        where: nodes
          .slice(0, 3)
          .map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary ?? ''}`),
      })),
      situation ?? page.url(),
    )
    .toEqual([])
}
