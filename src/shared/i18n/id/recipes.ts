import type { Catalogue, Translation } from '../catalogue.ts'

export const recipes: Translation<Catalogue['recipes']> = {
  title: 'Resep',
}
