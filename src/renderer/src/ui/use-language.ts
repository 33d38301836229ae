/** The language the window speaks now, and the formats and data texts that follow it. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { LocalizedText } from '../../../shared/domain/recipe.ts'
import type { Language } from '../../../shared/i18n/catalogue.ts'
import { createFormat, type Format } from '../../../shared/i18n/format.ts'

export function useLanguage(): Language {
  return useTranslation().i18n.language === 'id' ? 'id' : 'en'
}

export function useFormat(): Format {
  const language = useLanguage()
  return useMemo(() => createFormat(language), [language])
}

/** Picks the language of text that recipes carry in both. */
export function useLocalized(): (text: LocalizedText) => string {
  const language = useLanguage()
  return (text) => text[language]
}
