import type { Catalogue, Translation } from '../catalogue.ts'

export const settings: Translation<Catalogue['settings']> = {
  title: 'Setelan',
}
