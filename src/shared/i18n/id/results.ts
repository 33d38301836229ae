import type { Catalogue, Translation } from '../catalogue.ts'

export const results: Translation<Catalogue['results']> = {
  title: 'Hasil',
}
