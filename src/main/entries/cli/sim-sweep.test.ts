import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { SweepReport } from '../../host/sweep/sweep-report.ts'
import { runProgram } from './program.ts'

const folder = mkdtempSync(join(tmpdir(), 'kuorum-sweep-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function sweep(...argv: readonly string[]) {
  let out = ''
  let err = ''
  const exit = await runProgram(['sim', 'sweep', ...argv], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    signal: new AbortController().signal,
    workingFolder: folder,
    systemLanguage: 'en',
    version: '0.0.0-test',
  })
  return { exit, out, err }
}

describe('sim sweep', () => {
  it('writes parts that it can merge, and tells what a violation was and how to repeat it', async () => {
    const parts = ['1/2', '2/2'].map(async (shard, index) => {
      const { exit, out } = await sweep('--campaigns', '--seeds', '1..2', '--shard', shard, '--json')
      expect(exit).toBe(0)
      writeFileSync(join(folder, `${index}.json`), out)
      return JSON.parse(out) as SweepReport
    })
    const [first, second] = await Promise.all(parts)
    expect([first?.courses, second?.courses]).toEqual([1, 1])

    const merged = await sweep('--merge', '0.json', '1.json', '--json')
    expect(merged.exit).toBe(0)
    const report = JSON.parse(merged.out) as SweepReport
    expect(report.courses).toBe(2)

    const violation = {
      seed: 2,
      invariant: 'one-process-per-guest',
      atMs: 3_723_000,
      subject: 'vm:101',
      observed: 'started on pve2 while it runs on pve1',
      command: 'kuorum sim sweep --campaigns --seeds 2..2',
    }
    writeFileSync(join(folder, 'bad.json'), JSON.stringify({ ...report, violations: [violation] }))
    const printed = await sweep('--merge', 'bad.json')
    expect(printed.exit).toBe(3)
    expect(printed.out).toContain(
      'seed 2, 01:02:03: a guest runs on one node at most – vm:101: started on pve2 while it runs on pve1',
    )
    expect(printed.out).toContain('kuorum sim sweep --campaigns --seeds 2..2')
  }, 60_000)

  it('runs a recipe with many seeds and prints how the downtimes spread', async () => {
    const argv = ['--recipe', 'P0', '--trial', 'third', '--plan', 'rehearsal', '--seeds', '1..2']
    const { exit, out } = await sweep(...argv, '--json')
    expect(exit).toBe(0)
    const report = JSON.parse(out) as SweepReport
    expect(report.subject).toEqual({
      kind: 'recipe',
      recipe: 'P0',
      trial: 'third',
      group: 'treatment',
      plans: ['rehearsal'],
    })
    expect(report.downtimes.length).toBeGreaterThanOrEqual(2)
    writeFileSync(join(folder, 'recipe.json'), out)
    const printed = await sweep('--merge', 'recipe.json')
    expect(printed.out).toMatch(/Power cut +VM +\d+ +\d+\.\d.* 122..122/)
    expect(printed.out).toContain('Service answers')
  }, 60_000)

  it('names a recipe, plan or trial that is not there', async () => {
    const codes = await Promise.all(
      [
        ['--recipe', 'P9'],
        ['--recipe', 'P0', '--plan', 'nonsense'],
      ].map(async (argv) => JSON.parse((await sweep(...argv, '--seeds', '1..1', '--json')).out).problem.code),
    )
    expect(codes).toEqual(['recipe.unknown', 'plan.unknown'])
  })

  it.each([
    [['--campaigns', '--seeds', '9..1'], '--seeds'],
    [['--campaigns', '--seeds', '1-9'], '--seeds'],
    [['--campaigns', '--seeds', '1..9999999999'], '--seeds'],
    [['--campaigns'], '--seeds'],
    [['--campaigns', '--seeds', '1..9', '--shard', '0/3'], '--shard'],
    [['--campaigns', '--seeds', '1..9', '--shard', '4/3'], '--shard'],
    [['--campaigns', '--seeds', '1..9', '--threads', '0'], '--threads'],
  ])('names the wrong option in %j', async (argv, field) => {
    const { exit, out } = await sweep(...argv, '--json')
    expect(exit).toBe(4)
    expect(JSON.parse(out)).toMatchObject({
      problem: { code: 'input.invalid-field', params: { source: 'sim sweep', field } },
    })
  })

  it('says what is missing where nothing or everything is to be swept', async () => {
    expect(await sweep('--seeds', '1..2')).toMatchObject({ exit: 2 })
    expect(await sweep('--campaigns', '--recipe', 'P0', '--seeds', '1..2')).toMatchObject({ exit: 2 })
  })

  it('says which file of a merge is not there', async () => {
    const { exit, out } = await sweep('--merge', 'nowhere.json', '--json')
    expect(exit).toBe(4)
    expect(JSON.parse(out)).toMatchObject({ problem: { code: 'input.file-missing' } })
  })
})
