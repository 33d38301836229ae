import type { Catalogue } from '../../../shared/i18n/catalogue.ts'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app'
    resources: Catalogue
  }
}
