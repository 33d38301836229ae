import type { ResultLint } from '../../../../shared/domain/results.ts'
import { type Catalogue, catalogues } from '../../../../shared/i18n/catalogue.ts'
import type { Format } from '../../../../shared/i18n/format.ts'
import type { Translator } from '../../../../shared/i18n/translator.ts'

/** Keys of the area that are headings, not doubts. */
const headings = ['title', 'none', 'notes', 'severity'] as const
type LintCode = Exclude<keyof Catalogue['lint'], (typeof headings)[number]>

/** The sentence for a doubt; its bare code where this version does not know it (a file from a newer one). */
export function lintText({ code, params }: ResultLint, t: Translator, format: Format): string {
  if (!isLintCode(code)) return code
  const shown = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'number' ? format.number(value, 2) : wordOf(name, value, t),
  ])
  return t(`lint:${code}`, Object.fromEntries(shown))
}

function isLintCode(code: string): code is LintCode {
  return Object.hasOwn(catalogues.en.lint, code) && !headings.some((heading) => heading === code)
}

/** Outcomes are the only parameters that are words of ours. */
function wordOf(name: string, value: string, t: Translator): string {
  if (name !== 'outcome') return value
  if (value === 'cancelled' || value === 'failed' || value === 'completed')
    return t(`terms:runOutcome.${value}`)
  return value === 'interrupted' ? t('terms:runStatus.interrupted') : value
}
