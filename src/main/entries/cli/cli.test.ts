import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exitCodes } from '../../../shared/problems/codes.ts'
import { runProgram } from './program.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuorum cli é-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function kuorum(...argv: string[]) {
  let out = ''
  let err = ''
  const exit = await runProgram(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    signal: new AbortController().signal,
    workingFolder: folder,
    systemLanguage: 'en',
    version: '0.0.0-test',
  })
  return { exit, out, err, json: <T>() => JSON.parse(out) as T }
}

interface RunDocument {
  readonly recipe: string
  readonly seed: number
  readonly simulatedSeconds: number
  readonly wallSeconds: number
  readonly journalSha256: string
  readonly outcome: string
  readonly results: readonly {
    readonly guest: string
    readonly faults: number
    readonly availabilityPercent: number
    readonly publishedPercent: number
    readonly outages: readonly {
      readonly fault: string
      readonly lowSeconds: number
      readonly highSeconds: number
    }[]
  }[]
}

describe('run P0', () => {
  test('injects the eight failures of the schedule and prints one document', async () => {
    const { exit, json } = await kuorum('run', 'P0', '--seed', '1', '--out', 'one.kuorum', '--json')
    expect(exit).toBe(exitCodes.ok)
    const document = json<RunDocument>()
    expect(document).toMatchObject({ recipe: 'P0', seed: 1, simulatedSeconds: 43_200, outcome: 'completed' })
    expect(document.results.map((result) => result.guest)).toEqual(['ct:101', 'ct:102', 'vm:103', 'vm:104'])
    for (const result of document.results) {
      expect(result.faults).toBe(8)
      expect(result.availabilityPercent).toBeGreaterThan(90)
      expect(result.availabilityPercent).toBeLessThan(100)
      for (const outage of result.outages) expect(outage.lowSeconds).toBeLessThanOrEqual(outage.highSeconds)
    }
    expect(document.results.map((result) => result.publishedPercent)).toEqual([
      96.951, 96.925, 97.581, 98.266,
    ])
  }, 60_000)

  test('gives the same digest for the same seed and another for another seed', async () => {
    const digest = async (seed: string, out: string) =>
      (
        await kuorum('run', 'P0', '--plan', 'rehearsal', '--seed', seed, '--out', out, '--json')
      ).json<RunDocument>().journalSha256
    const first = await digest('5', 'a.kuorum')
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(await digest('5', 'b.kuorum')).toBe(first)
    expect(await digest('6', 'c.kuorum')).not.toBe(first)
  }, 60_000)

  test('leaves the control group down until its node is back', async () => {
    const availability = async (group: string) => {
      const { json } = await kuorum(
        'run',
        'P0',
        '--group',
        group,
        '--guests',
        'separate',
        '--trial',
        'first',
        '--out',
        group,
        '--json',
      )
      return json<RunDocument>().results[0]?.availabilityPercent ?? Number.NaN
    }
    const [control, treatment] = [await availability('control'), await availability('treatment')]
    // Eight failures of ten minutes and the node's boot against some two to four minutes each.
    expect(control).toBeLessThan(treatment - 5)
  }, 60_000)

  test('writes a file that verify and review accept, and that is never overwritten', async () => {
    await kuorum('run', 'P0', '--plan', 'rehearsal', '--out', 'once.kuorum')
    const verified = await kuorum('verify', 'once.kuorum', '--json')
    expect(verified.exit).toBe(exitCodes.ok)
    expect(verified.json<{ complete: boolean }>().complete).toBe(true)
    const reviewed = await kuorum('review', 'once.kuorum', '--lang', 'id')
    expect(reviewed.exit).toBe(exitCodes.ok)
    expect(reviewed.out).toContain('Ketersediaan')
    const again = await kuorum('run', 'P0', '--plan', 'rehearsal', '--out', 'once.kuorum', '--json')
    expect(again.exit).toBe(exitCodes.badInput)
    expect(again.json<{ problem: { code: string } }>().problem.code).toBe('input.file-exists')
    expect(readdirSync(folder)).toEqual(['once.kuorum'])
  }, 60_000)

  test('exports samples with a head, one row a sample, and point decimals in either language', async () => {
    await kuorum('run', 'P0', '--plan', 'rehearsal', '--out', 'once.kuorum')
    const exported = await kuorum(
      'report',
      'once.kuorum',
      '--format',
      'csv',
      '--out',
      'samples.csv',
      '--lang',
      'id',
    )
    expect(exported.exit).toBe(exitCodes.ok)
    const lines = readFileSync(join(folder, 'samples.csv'), 'utf8').trimEnd().split(/\r?\n/)
    expect(lines.length).toBeGreaterThan(4 * 300)
  }, 60_000)
})

test('a rehearsal is not put beside figures published for twelve hours', async () => {
  const { json } = await kuorum('run', 'P0', '--plan', 'rehearsal', '--out', 'short.kuorum', '--json')
  expect(json<RunDocument>().results.map((result) => result.publishedPercent)).toEqual([
    null,
    null,
    null,
    null,
  ])
}, 60_000)

test('a plan copied out of a recipe is a plan file', async () => {
  const recipe = (await kuorum('recipe', 'show', 'P0', '--json')).json<{ plans: unknown[] }>()
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(recipe.plans[0]))
  const { exit, json } = await kuorum('plan', 'check', 'plan.json', '--json')
  expect(exit).toBe(exitCodes.ok)
  expect(json<{ windowSeconds: number }>().windowSeconds).toBe(43_200)
})

describe('bad input ends in a Problem with its exit code and leaves nothing behind', () => {
  const plan = (change: object) => ({
    version: 1,
    id: 'own',
    phases: [{ id: 'initial', durationSeconds: 60 }],
    faults: [],
    probes: [{ kind: 'icmp', intervalMs: 1000, deadlineMs: 900 }],
    gate: { probesOkSeconds: 10, timeoutSeconds: 60 },
    ...change,
  })
  const cases: readonly [string, () => string[], string, number][] = [
    ['an unknown recipe', () => ['run', 'P9', '--out', 'x.kuorum'], 'recipe.unknown', exitCodes.badInput],
    [
      'a plan with a negative duration',
      () => {
        writeFileSync(
          join(folder, 'plan.json'),
          JSON.stringify(plan({ phases: [{ id: 'initial', durationSeconds: -5 }] })),
        )
        return ['run', 'P0', '--plan', 'plan.json', '--out', 'x.kuorum']
      },
      'input.invalid-field',
      exitCodes.badInput,
    ],
    [
      'a plan that is no JSON',
      () => {
        writeFileSync(join(folder, 'plan.json'), 'phases: 3')
        return ['plan', 'check', 'plan.json']
      },
      'input.not-json',
      exitCodes.badInput,
    ],
    ['a missing lab file', () => ['lab', 'check', 'nothing.json'], 'input.file-missing', exitCodes.badInput],
    [
      'a run file that is none',
      () => {
        writeFileSync(join(folder, 'broken.kuorum'), 'SQLite format 3\0 but not really')
        return ['review', 'broken.kuorum']
      },
      'run-file.not-a-run',
      exitCodes.badInput,
    ],
    [
      'a seed that is no number',
      () => ['run', 'P0', '--seed', '-1', '--out', 'x.kuorum'],
      'input.invalid-field',
      exitCodes.badInput,
    ],
    ['an unknown option', () => ['run', 'P0', '--velocity', 'max'], 'cli.usage', exitCodes.usage],
    ['an unknown command', () => ['juggle'], 'cli.usage', exitCodes.usage],
    ['a command of a later version', () => ['doctor'], 'cli.not-built', exitCodes.usage],
    [
      'a nested command of a later version',
      () => ['hypervisor', 'plan', '--driver', 'qemu'],
      'cli.not-built',
      exitCodes.usage,
    ],
  ]
  test.each(cases)('%s', async (_, argv, code, exit) => {
    const words = argv()
    const before = readdirSync(folder)
    const result = await kuorum(...words, '--json')
    expect(result.json<{ problem: { code: string } }>().problem.code).toBe(code)
    expect(result.exit).toBe(exit)
    expect(result.err).not.toContain('    at ')
    expect(readdirSync(folder)).toEqual(before)
  })

  test('the message names the wrong field of a plan', async () => {
    writeFileSync(
      join(folder, 'plan.json'),
      JSON.stringify(plan({ phases: [{ id: 'initial', durationSeconds: -5 }] })),
    )
    const { err } = await kuorum('plan', 'check', 'plan.json')
    expect(err).toContain('phases.0.durationSeconds')
  })
})
