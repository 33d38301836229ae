/** Before all tests: without a build they would fail in a hundred unclear ways. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { browserPath } from './browser.ts'
import { builtFolder } from './web-entry.ts'

export default function checkBuild(): void {
  for (const file of ['main/web.js', 'main/cli.js', 'preload/index.cjs', 'renderer/index.html'])
    if (!existsSync(join(builtFolder, file)))
      throw new Error(`out/${file} is missing: npm run build comes first`)
  if (browserPath === undefined)
    console.warn(
      'No Chrome, Edge or Chromium found: the tests of the window are NOT run (npm test gets one).',
    )
}
