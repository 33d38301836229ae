import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { failedTests } from './failed-tests.ts'
import { projectFolder } from './source-file.ts'

let folder: string

beforeAll(() => {
  // In the project, whose packages the tests in it import.
  mkdirSync(join(projectFolder, 'out'), { recursive: true })
  folder = mkdtempSync(join(projectFolder, 'out', 'failed-tests-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('tells each test that failed, a file that does not load, and nothing of what passed', () => {
  const passes = "it('holds', () => undefined)"
  const fails = "it('counts', () => { throw new Error('one is not two') })"
  writeFileSync(join(folder, 'sums.test.ts'), `import { it } from 'vitest'\n${passes}\n${fails}\n`)
  writeFileSync(join(folder, 'broken.test.ts'), "import './nowhere.ts'\n")
  const report = join(folder, 'report.json')
  const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs')
  const run = [vitest, 'run', '--root', folder, '--reporter=json', `--outputFile.json=${report}`]
  expect(spawnSync(process.execPath, run, { cwd: folder }).status).toBe(1)
  const told = failedTests(report, folder).join('\n')
  expect(told).toContain('sums.test.ts: counts')
  expect(told).toContain('one is not two')
  expect(told).toContain('broken.test.ts')
  expect(told).toContain('nowhere.ts')
  expect(told).not.toContain('holds')
})

it('says so when the run did not get to its end', () => {
  expect(failedTests(join(folder, 'none.json'), folder)).toEqual([
    '        and left no report: it did not get to its end',
  ])
})
