import type { Catalogue, Translation } from '../catalogue.ts'

export const lint: Translation<Catalogue['lint']> = {
  title: 'Catatan atas percobaan ini',
}
