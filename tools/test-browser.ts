/** The browser for tests, and how a machine without one gets it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { installedBrowser } from '../src/main/host/web/installed-browser.ts'

/** Path of a browser that is there: named by KUORUM_TEST_BROWSER, installed, or fetched earlier. */
export function testBrowserPath(): string | undefined {
  const fetched = chromium.executablePath()
  return process.env.KUORUM_TEST_BROWSER || installedBrowser() || (existsSync(fetched) ? fetched : undefined)
}

/** Gets a browser where there is none: Debian's package for root, else playwright's download. */
export function fetchTestBrowser(say: (line: string) => void): string | undefined {
  if (testBrowserPath() === undefined && isRootOnDebian()) {
    say('No Chrome, Edge or Chromium here: installing the chromium package')
    const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
    spawnSync('apt-get', ['update'], { ...quiet, timeout: 120_000 })
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
      ...quiet,
      timeout: 300_000,
    })
  }
  if (testBrowserPath() === undefined) {
    say("No Chrome, Edge or Chromium here: fetching playwright's")
    const cli = join(
      dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')),
      'cli.js',
    )
    spawnSync(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
      stdio: 'ignore',
      timeout: 300_000,
    })
  }
  return testBrowserPath()
}

/** Ubuntu's package of that name only points to a snap, which containers cannot run. */
function isRootOnDebian(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
}
