/**
 * `npm test`: everything, in the order in which it fails fastest. `--without-browser` (npm run check) leaves the
 * tests of the built program out.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
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
}

const stages: readonly Stage[] = [
  { name: 'types', script: 'check:types' },
  { name: 'lint', script: 'lint' },
  { name: 'unit, contract, property, architecture', script: 'test:unit' },
  { name: 'build', script: 'build' },
]
const endToEnd: Stage = { name: 'end to end', script: 'test:e2e' }
const withBrowser = !process.argv.includes('--without-browser')

// On a machine where the lockfile brings no Node, the programs of the tests need what this one was started with.
const { isOldNode, nodeOptions } = createRequire(import.meta.url)('./node-flags.cjs') as NodeFlags
if (isOldNode) process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, ...nodeOptions].join(' ').trim()

const results: string[] = []
let failures = 0
for (const stage of withBrowser ? [...stages, endToEnd] : stages) {
  if (stage === endToEnd) provideTestBrowser()
  console.log(`\n== ${stage.name}`)
  const startedMs = performance.now()
  const passed = runScript(stage.script)
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  results.push(`${passed ? 'passed' : 'FAILED'}  ${stage.name} (${seconds} s)`)
  if (!passed) failures++
  if (!passed && stage.script === 'build') break
}
console.log(`\n${results.join('\n')}`)
process.exitCode = failures === 0 ? 0 : 1

/** A later test process finds it by the environment, and need not fetch anything. */
function provideTestBrowser(): void {
  const path = fetchTestBrowser(console.log)
  if (path !== undefined) process.env.KUORUM_TEST_BROWSER = path
  else results.push('NOT RUN  tests of the window: no Chrome, Edge or Chromium, and none could be fetched')
}

function runScript(script: string): boolean {
  // npm's own program, as npm tells: `npm` on the path is a .cmd on Windows, which would need a shell.
  const npm = process.env.npm_execpath
  const run = ['run', '--silent', script]
  const options = { cwd: projectFolder, stdio: 'inherit' } as const
  const ended =
    npm === undefined ? spawnSync('npm', run, options) : spawnSync(process.execPath, [npm, ...run], options)
  return ended.status === 0
}
