/** Before all tests: without a build of these very sources they would fail in a hundred unclear ways. */
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { browserPath } from './browser.ts'
import { builtFolder } from './web-entry.ts'

const projectFolder = join(import.meta.dirname, '..')
const needed = ['main/web.js', 'main/cli.js', 'preload/index.cjs', 'renderer/index.html']

export default function checkBuild(): void {
  const builtMs = Math.min(...needed.map((file) => changedMs(join(builtFolder, file))))
  if (newestSourceMs() > builtMs) build()
  if (browserPath === undefined)
    console.warn(
      'No Chrome, Edge or Chromium found: the tests of the window are NOT run (npm test gets one).',
    )
}

/** 0 for a file that is not there. */
function changedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function newestSourceMs(): number {
  const folder = join(projectFolder, 'src')
  const sources = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name),
  )
  return Math.max(...sources.map(({ parentPath, name }) => changedMs(join(parentPath, name))))
}

function build(): void {
  console.log('out/ is older than the sources: building')
  const bundler = createRequire(import.meta.url).resolve('electron-vite/package.json')
  const argv = [join(dirname(bundler), 'bin', 'electron-vite.js'), 'build', '--logLevel', 'warn']
  const { status } = spawnSync(process.execPath, argv, { cwd: projectFolder, stdio: 'inherit' })
  if (status !== 0) throw new Error('the build failed')
}
