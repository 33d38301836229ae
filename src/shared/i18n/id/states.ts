import type { Catalogue, Translation } from '../catalogue.ts'

export const states: Translation<Catalogue['states']> = {
  loading: 'Memuat',
  loadingWhat: 'Memuat: {{what}}',
  stale: 'Data {{age}} lalu',
  retry: 'Coba lagi',
  why: 'Penyebab',
  fix: 'Yang perlu dilakukan',
  detail: 'Rincian teknis',
  copy: 'Salin untuk bertanya',
  copied: 'Tersalin',
  code: 'Kode',
  errorRegion: 'Masalah',
  dismiss: 'Tutup',
  sortedAscending: 'urut naik',
  sortedDescending: 'urut turun',
  sortBy: 'Urutkan menurut {{column}}',
  noRows: 'Tidak ada baris',
}
