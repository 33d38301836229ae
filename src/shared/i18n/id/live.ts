import type { Catalogue, Translation } from '../catalogue.ts'

export const live: Translation<Catalogue['live']> = {
  title: 'Berjalan',
}
