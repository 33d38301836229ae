/** Words and figures of charts in the language the window speaks now. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { createFormat, type Format } from '../../../shared/i18n/format.ts'
import { createTranslator, languageOf, type Translator } from '../../../shared/i18n/translator.ts'

export interface ChartText {
  readonly t: Translator
  readonly format: Format
}

export function useChartText(): ChartText {
  const { i18n } = useTranslation()
  const language = languageOf([i18n.language])
  return useMemo(() => ({ t: createTranslator(language), format: createFormat(language) }), [language])
}
