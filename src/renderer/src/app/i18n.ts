/** Starts i18next on the shared catalogues; both languages are in the bundle, so switching is immediate. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { catalogues, type Language } from '../../../shared/i18n/catalogue.ts'

export function startI18n(language: Language): void {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: catalogues,
    defaultNS: 'app',
    // React escapes.
    interpolation: { escapeValue: false },
    // Resources are at hand: nothing to wait for.
    initAsync: false,
  })
}

export function switchLanguage(language: Language): void {
  document.documentElement.lang = language
  if (i18next.language !== language) void i18next.changeLanguage(language)
}
