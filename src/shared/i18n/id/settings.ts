import type { Catalogue, Translation } from '../catalogue.ts'

export const settings: Translation<Catalogue['settings']> = {
  title: 'Setelan',
  subtitle: 'Perubahan langsung berlaku.',
  loading: 'setelan',
  appearance: 'Bahasa dan tampilan',
  language: {
    label: 'Bahasa',
    system: 'Ikuti sistem',
    en: 'English',
    id: 'Bahasa Indonesia',
  },
  theme: {
    label: 'Tema',
    system: 'Ikuti sistem',
    light: 'Terang',
    dark: 'Gelap',
  },
  runs: 'Uji',
  folder: {
    label: 'Folder berkas uji',
    description: 'Sekarang dipakai: {{folder}}. Bila kosong, dipakai folder aplikasi.',
    save: 'Simpan folder',
    reset: 'Pakai folder aplikasi',
    saved: 'Folder tersimpan.',
    later: 'Uji baru disimpan di sana; berkas lama tetap di tempatnya.',
  },
  speed: {
    label: 'Kecepatan baku',
    description: 'Lab bawaan memiliki waktu sendiri. Angka hasil tidak bergantung pada kecepatan.',
  },
  about: {
    title: 'Tentang',
    version: 'Versi',
    entry: 'Cara dijalankan',
    entries: {
      electron: 'Jendela desktop (Electron)',
      web: 'Jendela peramban di komputer ini',
      cli: 'Baris perintah',
    },
    platform: 'Sistem',
    runtime: 'Runtime',
    runFolder: 'Berkas uji',
    secrets: 'Kata sandi dan kunci',
    secretStores: {
      system: 'di penyimpanan kunci milik sistem',
      'owner-only-file': 'di berkas yang hanya dapat Anda baca; cara ini tidak memiliki penyimpanan kunci',
    },
    licences: 'Lisensi',
    licenceText:
      'Kuorum adalah perangkat lunak bebas berlisensi MIT. Di dalamnya ada bagian sumber terbuka berikut:',
    part: 'Bagian',
    licence: 'Lisensi',
  },
}
