/** The built web entry in a real browser: it opens, stays within its policy, and ends in order. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { browserPath, launchBrowser, openPage } from './browser.ts'
import { builtFolder, type RunningWebEntry, startWebEntry } from './web-entry.ts'

describe.skipIf(browserPath === undefined)('the web entry', () => {
  let entry: RunningWebEntry
  beforeAll(async () => {
    entry = await startWebEntry()
  })
  afterAll(() => entry?.close())

  it('opens without a complaint, again after a reload, and to nobody else', async () => {
    const browser = await launchBrowser()
    try {
      const { page, complaints } = await openPage(browser, entry.address)
      await page.getByRole('main').waitFor()
      expect(new URL(page.url()).search).toBe('')
      await page.reload()
      await page.getByRole('main').waitFor()
      expect(complaints).toEqual([])

      const stranger = await openPage(browser, entry.address)
      expect(await stranger.page.textContent('body')).toContain('used before')
    } finally {
      await browser.close()
    }
  })

  it('lets no script run that is not a file of ours', async () => {
    const other = await startWebEntry()
    const browser = await launchBrowser()
    try {
      const { page, complaints } = await openPage(browser, other.address)
      await page.getByRole('main').waitFor()
      await page.evaluate(() => {
        const script = document.createElement('script')
        script.textContent = 'document.title = "taken over"'
        document.body.append(script)
      })
      expect(await page.title()).not.toBe('taken over')
      expect(complaints.join('\n')).toContain('Content Security Policy')
    } finally {
      await browser.close()
      await other.close()
    }
  })

  it('ends in order when it is asked to', async () => {
    const other = await startWebEntry()
    expect(await other.close()).toBe(0)
  })
})

describe('a wrong word after npm start', () => {
  it.each([['--port', 'abc'], ['--port', '70000'], ['--nope'], ['extra']])(
    'is a Problem: %s %s',
    (...argv) => {
      const program = join(builtFolder, 'main/web.js')
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], { encoding: 'utf8' })
      expect(status).toBe(2)
      expect(stderr).toContain('(cli.usage)')
      expect(stdout + stderr).not.toMatch(/\n +at /)
    },
  )
})
