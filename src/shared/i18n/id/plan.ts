import type { Catalogue, Translation } from '../catalogue.ts'

export const plan: Translation<Catalogue['plan']> = {
  title: 'Rencana',
}
