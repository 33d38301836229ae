import type { Catalogue, Translation } from '../catalogue.ts'

export const charts: Translation<Catalogue['charts']> = {
  title: 'Grafik',
}
