import type { Catalogue, Translation } from '../catalogue.ts'

export const home: Translation<Catalogue['home']> = {
  title: 'Beranda',
}
