import { expect, test } from 'vitest'
import { exitCodeByProblem } from '../problems/codes.ts'
import { catalogues } from './catalogue.ts'

type Tree = { readonly [key: string]: string | Tree }

function leavesOf(tree: Tree, path = ''): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>()
  for (const [name, child] of Object.entries(tree)) {
    const key = path === '' ? name : `${path}.${name}`
    if (typeof child === 'string') leaves.set(key, child)
    else for (const [inner, text] of leavesOf(child, key)) leaves.set(inner, text)
  }
  return leaves
}

const placeholdersOf = (text: string): readonly string[] =>
  [...new Set(text.match(/\{\{[^}]*\}\}/g) ?? [])].sort()

const english = leavesOf(catalogues.en)
const indonesian = leavesOf(catalogues.id)
const needed = [...english.keys()].filter((key) => !key.endsWith('_one'))

test('Indonesian has exactly the keys of English, plural forms aside', () => {
  expect([...indonesian.keys()].sort()).toEqual(needed.sort())
})

test('both languages use the same placeholders in each sentence', () => {
  const different = needed.filter(
    (key) =>
      placeholdersOf(indonesian.get(key) ?? '').join() !== placeholdersOf(english.get(key) ?? '').join(),
  )
  expect(different).toEqual([])
})

test('no sentence is empty, padded or broken, and none shouts', () => {
  for (const [key, text] of [...english, ...indonesian]) {
    // Lines of the command line may be indented.
    expect(key.startsWith('cli.') ? text.trimStart() : text, key).toBe(text.trim())
    expect(text, key).not.toBe('')
    expect(text.replaceAll(/\{\{[A-Za-z][A-Za-z0-9]*\}\}/g, ''), key).not.toMatch(/[{}]|!/)
  }
})

test('every problem code says what happened, why, and what to do, in both languages', () => {
  for (const code of Object.keys(exitCodeByProblem)) {
    for (const part of ['what', 'why', 'fix']) {
      expect(english.get(`problems.${code}.${part}`), code).toBeDefined()
      expect(indonesian.get(`problems.${code}.${part}`), code).toBeDefined()
    }
  }
  const texts = [...english.keys()].filter((key) => key.startsWith('problems.'))
  expect(texts.length).toBe(Object.keys(exitCodeByProblem).length * 3)
})

test('Indonesian sentences avoid the words the glossary rules out', () => {
  const ruledOut = /\b(galat|peladen|simpul|handal|error|setting|download)\b/i
  const kept = [...indonesian].filter(([key, text]) => ruledOut.test(text) && !key.startsWith('cli.'))
  expect(kept).toEqual([])
})
