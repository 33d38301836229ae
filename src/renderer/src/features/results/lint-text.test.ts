import { expect, test } from 'vitest'
import { languages } from '../../../../shared/i18n/catalogue.ts'
import { createFormat } from '../../../../shared/i18n/format.ts'
import { createTranslator } from '../../../../shared/i18n/translator.ts'
import { lintText } from './lint-text.ts'

const [analysis = ''] = Object.values(
  import.meta.glob<string>('../../../../shared/analysis/lints.ts', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
)

/** Codes and the names of their parameters, read from where the doubts are raised. */
const raised = [...analysis.matchAll(/(?:warning|info)\(\s*'([a-z-]+)',\s*\{([^}]*)\}/g)].map(
  ([, code = '', params = '']) => ({
    code,
    params: Object.fromEntries(
      [...params.matchAll(/(\w+)(?=\s*[:,]|\s*$)/g)].map(([, name = '']) => [name, 7]),
    ),
  }),
)

test('the doubts are found in the analysis', () => {
  expect(raised.length).toBeGreaterThan(15)
})

test.each(languages)('every doubt has a sentence whose values are all given, in %s', (language) => {
  const translate = createTranslator(language)
  for (const { code, params } of raised) {
    const text = lintText({ code, severity: 'info', params }, translate, createFormat(language))
    expect(text, code).not.toBe(code)
    expect(text, code).not.toContain('…')
  }
})

test('figures follow the language, outcomes are words, and an unknown code stays readable', () => {
  const indonesian = [createTranslator('id'), createFormat('id')] as const
  const percent = {
    code: 'void-too-large',
    severity: 'warning',
    params: { guestName: 'vm-a', percent: 1.2345 },
  }
  expect(lintText({ ...percent, severity: 'warning' }, ...indonesian)).toContain('1,23 %')
  const incomplete = {
    code: 'run-incomplete',
    severity: 'warning',
    params: { outcome: 'cancelled' },
  } as const
  expect(lintText(incomplete, ...indonesian)).toContain('Dibatalkan')
  expect(lintText({ code: 'from-a-newer-version', severity: 'info', params: {} }, ...indonesian)).toBe(
    'from-a-newer-version',
  )
  expect(lintText({ code: 'severity', severity: 'info', params: {} }, ...indonesian)).toBe('severity')
})
