/**
 * `npm test`: everything, in the order in which it fails fastest. `--without-browser` (npm run check) leaves the
 * tests of the built program out.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failedTests } from './failed-tests.ts'
import { projectFolder } from './source-file.ts'
import { fetchTestBrowser } from './test-browser.ts'

interface NodeFlags {
  readonly isOldNode: boolean
  readonly nodeOptions: readonly string[]
}

interface Stage {
  readonly name: string
  /** npm script. */
  readonly script: string
  /** Whether vitest runs it, which then also leaves a report of what failed. */
  readonly isVitest?: true
}

const stages: readonly Stage[] = [
  { name: 'types', script: 'check:types' },
  { name: 'lint', script: 'lint' },
  { name: 'unit, contract, property, architecture', script: 'test:unit', isVitest: true },
  { name: 'build', script: 'build' },
]
const endToEnd: Stage = { name: 'end to end', script: 'test:e2e', isVitest: true }
const withBrowser = !process.argv.includes('--without-browser')

// On a machine where the lockfile brings no Node, the programs of the tests need what this one was started with.
const { isOldNode, nodeOptions } = createRequire(import.meta.url)('./node-flags.cjs') as NodeFlags
if (isOldNode) process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, ...nodeOptions].join(' ').trim()

const reportFolder = mkdtempSync(join(tmpdir(), 'kuorum-test-'))
const results: string[] = []
let failures = 0
for (const stage of withBrowser ? [...stages, endToEnd] : stages) {
  if (stage === endToEnd) provideTestBrowser()
  console.log(`\n== ${stage.name}`)
  const startedMs = performance.now()
  const reportFile = join(reportFolder, `${stage.script.replace(':', '-')}.json`)
  const passed = runScript(stage.script, stage.isVitest ? reportTo(reportFile) : [])
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  results.push(`${passed ? 'passed' : 'FAILED'}  ${stage.name} (${seconds} s)`)
  // Told again at the end, where it is looked for: what ran after it has scrolled the report away.
  if (!passed && stage.isVitest) results.push(...failedTests(reportFile, projectFolder))
  if (!passed) failures++
  if (!passed && stage.script === 'build') break
}
rmSync(reportFolder, { recursive: true, force: true })
console.log(`\n${results.join('\n')}`)
process.exitCode = failures === 0 ? 0 : 1

/** A later test process finds it by the environment, and need not fetch anything. */
function provideTestBrowser(): void {
  const path = fetchTestBrowser(console.log)
  if (path !== undefined) process.env.KUORUM_TEST_BROWSER = path
  else results.push('NOT RUN  tests of the window: no Chrome, Edge or Chromium, and none could be fetched')
}

function reportTo(file: string): string[] {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
}

function runScript(script: string, args: readonly string[]): boolean {
  // npm's own program, as npm tells: `npm` on the path is a .cmd on Windows, which would need a shell.
  const npm = process.env.npm_execpath
  const run = ['run', '--silent', script, '--', ...args]
  const options = { cwd: projectFolder, stdio: 'inherit' } as const
  const ended =
    npm === undefined ? spawnSync('npm', run, options) : spawnSync(process.execPath, [npm, ...run], options)
  return ended.status === 0
}
