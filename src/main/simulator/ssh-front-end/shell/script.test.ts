import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseScript } from './script.ts'
import { type Command, ScriptSyntaxError } from './syntax.ts'

/** Words of commands without variables in them, as a program would get them. */
function plainWords(command: Command | undefined): string[] {
  return (command?.kind === 'simple' ? command.words : []).map((word) =>
    word.map((part) => (part.kind === 'text' ? part.text : '?')).join(''),
  )
}

const firstWords = (text: string) => plainWords(parseScript(text)[0]?.pipeline[0])

describe('a command line', () => {
  it('is split at blanks outside quotes', () => {
    expect(firstWords(`ha-manager  add vm:100 --comment "a b"'c d'e\\ f`)).toEqual([
      'ha-manager',
      'add',
      'vm:100',
      '--comment',
      'a bc de f',
    ])
  })

  it('keeps a word of nothing between quotes', () => {
    expect(firstWords(`pvesm alloc shared 100 "" ''`)).toEqual(['pvesm', 'alloc', 'shared', '100', '', ''])
  })

  it('is a chain of pipelines', () => {
    const script = parseScript('a && b | c || d; e\nf')
    expect(script.map(({ when, pipeline }) => [when, pipeline.map((each) => plainWords(each)[0])])).toEqual([
      ['always', ['a']],
      ['after success', ['b', 'c']],
      ['after failure', ['d']],
      ['always', ['e']],
      ['always', ['f']],
    ])
  })

  it('knows assignments before the command alone', () => {
    const [step] = parseScript('LC_ALL=C X=a=b ceph Y=1')
    expect(step?.pipeline[0]).toMatchObject({ assignments: [{ name: 'LC_ALL' }, { name: 'X' }] })
    expect(plainWords(step?.pipeline[0])).toEqual(['ceph', 'Y=1'])
  })

  it('knows where streams go', () => {
    const [step] = parseScript('a </dev/null >x 2>>y 2>&1 &>z')
    const [command] = step?.pipeline ?? []
    expect(command?.kind === 'simple' && command.redirections).toMatchObject([
      { kind: 'in' },
      { kind: 'out', from: [1], isAppending: false },
      { kind: 'out', from: [2], isAppending: true },
      { kind: 'join', from: 2, to: 1 },
      { kind: 'out', from: [1, 2], isAppending: false },
    ])
  })

  it('leaves out what follows a number sign', () => {
    expect(firstWords('date # now')).toEqual(['date'])
    expect(parseScript('# nothing')).toEqual([])
  })

  it.each([
    ['a |', 'newline'],
    ['a &&', 'newline'],
    ['; a', ';'],
    ['a "b', 'newline'],
    ['a >', 'newline'],
    ['(a)', '('],
    ['for x in a; do b', 'newline'],
    ['while a; done', 'done'],
    ['if a; then b; done', 'done'],
    ['done', 'done'],
  ])('%s is refused at %s', (text, token) => {
    expect(() => parseScript(text)).toThrow(new ScriptSyntaxError(token))
  })

  it('gives back any words that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
        expect(firstWords(quoted)).toEqual(words)
      }),
    )
  })

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseScript(text)
        } catch (error) {
          expect(error).toBeInstanceOf(ScriptSyntaxError)
        }
      }),
    )
  })
})
