import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { expect, test } from 'vitest'
import { projectFolder, sourceFilesUnder } from '../tools/source-file.ts'
import { problems } from './shared/i18n/en/problems.ts'
import { exitCodeByProblem, type ProblemCode } from './shared/problems/codes.ts'

interface RaisedProblem {
  readonly code: string
  /** Names of the parameters given; null when they are not written out at this place. */
  readonly params: readonly string[] | null
  readonly path: string
}

/** Every `problem('code', {...})` and `throwProblem('code', {...})` of the host. */
function raisedIn(path: string): readonly RaisedProblem[] {
  const { program } = parseSync(path, readFileSync(join(projectFolder, path), 'utf8'))
  const raised: RaisedProblem[] = []
  new Visitor({
    CallExpression({ callee, arguments: [code, params] }) {
      if (callee.type !== 'Identifier' || !/^(problem|throwProblem)$/.test(callee.name)) return
      if (code?.type !== 'Literal' || typeof code.value !== 'string') return
      raised.push({ code: code.value, params: namesIn(params), path })
    },
  }).visit(program)
  return raised
}

type Argument = { readonly type: string } | undefined

function namesIn(argument: Argument): readonly string[] | null {
  if (argument === undefined) return []
  if (argument.type !== 'ObjectExpression') return null
  const { properties } = argument as unknown as {
    readonly properties: readonly { readonly key?: { readonly name?: string } }[]
  }
  const names = properties.map(({ key }) => key?.name)
  return names.every((name) => name !== undefined) ? names : null
}

function namesWanted(code: string): readonly string[] {
  const [area = '', name = ''] = code.split('.')
  const texts = (problems as Readonly<Record<string, Readonly<Record<string, object>>>>)[area]?.[name] ?? {}
  return [...JSON.stringify(texts).matchAll(/\{\{(\w+)\}\}/g)].map(([, placeholder]) => placeholder ?? '')
}

const raised = sourceFilesUnder('src/main')
  .filter((path) => !path.endsWith('.test.ts') && !path.startsWith('src/main/testing/'))
  .flatMap(raisedIn)

test('every problem carries what its sentences speak of', () => {
  expect(raised.length).toBeGreaterThan(40)
  const incomplete = raised.flatMap(({ code, params, path }) => {
    const missing = params === null ? [] : namesWanted(code).filter((name) => !params.includes(name))
    return missing.length === 0 ? [] : [`${path}: ${code} lacks ${[...new Set(missing)].join(', ')}`]
  })
  expect(incomplete).toEqual([])
})

test('no problem code is kept that nobody raises', () => {
  const codes = new Set(raised.map(({ code }) => code))
  // Raised in the window, or chosen by a condition the scan does not follow.
  const elsewhere = new Set<ProblemCode>(['host.disconnected'])
  const unused = Object.keys(exitCodeByProblem).filter(
    (code) => !codes.has(code) && !elsewhere.has(code as ProblemCode),
  )
  expect(unused).toEqual([])
})
