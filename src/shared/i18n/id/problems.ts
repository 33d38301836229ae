import type { Catalogue, Translation } from '../catalogue.ts'

export const problems: Translation<Catalogue['problems']> = {
  cli: {
    usage: {
      what: 'Baris perintah tidak dipahami: {{text}}',
      why: 'Ada perintah, opsi, atau nilai yang kurang, tidak dikenal, atau salah tulis.',
      fix: 'Jalankan perintah dengan --help, lalu bandingkan.',
    },
    'not-built': {
      what: 'Perintah "{{command}}" belum ada pada versi ini.',
      why: 'Namanya disediakan untuk versi berikutnya agar skrip dapat mengandalkannya.',
      fix: 'Jalankan "kuorum --help" untuk melihat kemampuan versi ini.',
    },
    cancelled: {
      what: 'Dibatalkan.',
      why: 'Program diminta berhenti, misalnya dengan Ctrl+C.',
      fix: 'Uji yang dihentikan menyimpan yang sudah diukur; lihat dengan review. Mulai uji baru untuk hasil utuh.',
    },
  },
  input: {
    'file-missing': {
      what: 'Berkas {{path}} tidak ada.',
      why: 'Namanya mungkin salah tulis, atau berkasnya dipindahkan atau dihapus.',
      fix: 'Periksa nama dan foldernya, lalu coba lagi.',
    },
    'file-unreadable': {
      what: 'Berkas {{path}} tidak dapat dibaca.',
      why: 'Aksesnya mungkin ditolak, dipakai program lain, atau ukurannya terlalu besar.',
      fix: 'Periksa izin dan ukurannya, tutup program lain yang memakainya, lalu coba lagi.',
    },
    'not-json': {
      what: 'Berkas {{path}} bukan JSON yang sah.',
      why: 'Mungkin ada koma, kurung, atau tanda kutip yang kurang atau berlebih.',
      fix: 'Buka berkas dengan penyunting yang memeriksa JSON, lalu perbaiki bagian yang ditandai.',
    },
    'invalid-field': {
      what: 'Isian "{{field}}" pada {{source}} tidak sah.',
      why: 'Nilainya kosong, jenisnya berbeda, atau di luar rentang.',
      fix: 'Perbaiki isian ini. Rincian teknis menyebut nilai yang diharapkan.',
    },
    'file-exists': {
      what: 'Berkas {{path}} sudah ada.',
      why: 'Berkas yang ada tidak pernah ditimpa karena mungkin berisi hasil.',
      fix: 'Pilih nama lain, atau pindahkan berkas lama lebih dahulu.',
    },
  },
  recipe: {
    unknown: {
      what: 'Resep "{{recipe}}" tidak ada.',
      why: 'Namanya mungkin salah tulis, atau resep itu ada pada versi lain.',
      fix: 'Pilih salah satu: {{known}}.',
    },
    'trial-unknown': {
      what: 'Resep ini tidak memiliki percobaan "{{trial}}".',
      why: 'Setiap resep memiliki percobaannya sendiri.',
      fix: 'Pilih salah satu: {{known}}.',
    },
  },
  plan: {
    unknown: {
      what: 'Resep ini tidak memiliki rencana "{{plan}}".',
      why: 'Namanya mungkin salah tulis, atau rencana itu milik resep lain.',
      fix: 'Pilih salah satu: {{known}}.',
    },
    'guest-unknown': {
      what: 'Rencana menyebut tamu {{guest}} yang tidak ada di lab ini.',
      why: 'Tamu pada percobaan ini berbeda, atau hanya satu tamu yang dijalankan.',
      fix: 'Pilih tamu dari percobaan ini pada isian "{{field}}".',
    },
    'nothing-to-hit': {
      what: 'Lab ini tidak punya apa pun yang dapat dikenai gangguan jenis "{{kind}}".',
      why: 'Lab ini tidak menyebut NAS atau disk Ceph yang dibutuhkan gangguan itu (field {{field}}).',
      fix: 'Pilih jenis gangguan lain, atau lab yang punya yang dibutuhkan.',
    },
    'node-unknown': {
      what: 'Rencana menyebut node {{node}} yang tidak ada di lab ini.',
      why: 'Rencana itu dibuat untuk lab dengan nama node yang lain.',
      fix: 'Pilih node dari lab ini pada isian "{{field}}".',
    },
  },
  scenario: {
    invalid: {
      what: 'Skenario {{path}} tidak dapat diputar ulang.',
      why: 'Isian "{{field}}" kurang atau bernilai tak terduga.',
      fix: 'Perbaiki skenario itu, lalu coba lagi.',
    },
  },
  sweep: {
    'other-subject': {
      what: '{{path}} tidak dapat digabung dengan {{first}}.',
      why: 'Keduanya menyapu hal yang berbeda, atau dengan versi Kuorum yang berbeda.',
      fix: 'Gabungkan bagian dari satu sapuan: opsi dan versi sama, benih atau pecahan lain.',
    },
    'seed-twice': {
      what: 'Benih {{seed}} pada {{path}} juga ada pada bagian sebelumnya.',
      why: 'Benih yang dihitung dua kali akan memalsukan angka.',
      fix: 'Tinggalkan salah satu berkas, atau beri tiap bagian benih atau pecahan sendiri.',
    },
  },
  'run-file': {
    'not-a-run': {
      what: '{{path}} bukan berkas uji.',
      why: 'Berkas itu dibuat program lain, atau tidak lengkap sejak awal.',
      fix: 'Pilih berkas yang berakhiran .kuorum.',
    },
    damaged: {
      what: 'Berkas uji {{path}} rusak.',
      why: 'Isinya berubah karena disk, penyalinan, atau pengiriman. Berkas dibiarkan apa adanya.',
      fix: 'Pakai salinan lain dari berkas itu, atau ulangi uji.',
    },
    'chain-broken': {
      what: 'Jurnal {{path}} diubah setelah uji.',
      why: 'Entri {{seq}} tidak cocok dengan rantai hash: ada entri yang diubah, ditambah, atau dihapus.',
      fix: 'Jangan pakai berkas ini sebagai bukti. Mintalah berkas aslinya.',
    },
    newer: {
      what: 'Berkas uji {{path}} ditulis oleh versi yang lebih baru.',
      why: 'Berkas itu memakai format {{version}} yang belum dikenal versi ini.',
      fix: 'Perbarui Kuorum untuk membukanya. Berkas tidak diubah.',
    },
    'too-large': {
      what: 'Berkas uji {{path}} terlalu besar untuk dibuka.',
      why: 'Uji itu berhari-hari, atau isi berkas tidak seperti yang tampak.',
      fix: 'Periksa dari mana berkas itu berasal.',
    },
    'in-use': {
      what: 'Berkas uji {{path}} sedang ditulis proses lain.',
      why: 'Uji itu masih berjalan di jendela atau terminal lain.',
      fix: 'Tunggu uji itu selesai, atau hentikan lebih dahulu di sana.',
    },
    'write-failed': {
      what: 'Berkas uji {{path}} gagal ditulis.',
      why: 'Disk mungkin penuh, atau akses ke folder hilang.',
      fix: 'Kosongkan ruang atau pilih folder lain, lalu lanjutkan uji.',
    },
    'already-complete': {
      what: 'Uji {{path}} sudah lengkap.',
      why: 'Hanya uji yang terputus yang dapat dilanjutkan.',
      fix: 'Buka hasilnya, atau mulai uji baru.',
    },
    diverged: {
      what: 'Uji {{path}} tidak dapat dilanjutkan secara persis.',
      why: 'Bagian yang diulang menghasilkan jurnal lain pada entri {{seq}}; berkas berasal dari versi lain.',
      fix: 'Simpan berkas itu apa adanya, lalu mulai uji baru.',
    },
  },
  store: {
    unavailable: {
      what: 'Penyimpanan berkas uji tidak berfungsi di sini.',
      why: 'Bagian SQLite dari Node.js ini tidak ada atau gagal dimulai.',
      fix: 'Pakai Node.js yang dibawa proyek ini, lalu coba lagi.',
    },
  },
  run: {
    unknown: {
      what: 'Uji "{{run}}" tidak ada.',
      why: 'Berkasnya dipindahkan, diganti nama, atau dihapus.',
      fix: 'Pilih uji dari daftar.',
    },
    'already-running': {
      what: 'Uji lain sedang berjalan.',
      why: 'Komputer ini dipakai satu uji saja agar uji tidak saling mengganggu.',
      fix: 'Tunggu sampai selesai, atau hentikan lewat layar Berjalan.',
    },
    'not-running': {
      what: 'Uji "{{run}}" tidak sedang berjalan.',
      why: 'Sementara itu uji selesai atau terputus.',
      fix: 'Buka hasilnya, atau lanjutkan bila terputus.',
    },
    'no-steady-state': {
      what: 'Lab tidak mantap dalam {{seconds}} dtk, jadi uji tidak dimulai.',
      why: 'Ada node, tamu, Ceph, atau probe yang belum siap. Pengukuran dari keadaan ini menyesatkan.',
      fix: 'Periksa syarat yang tercantum, perbaiki lab, lalu mulai lagi.',
    },
    'no-window': {
      what: 'Tidak ada yang diukur dalam uji ini.',
      why: 'Uji berakhir sebelum lab mantap, jadi waktu ukur tidak pernah dimulai.',
      fix: 'Baca jurnal untuk alasannya, lalu jalankan uji lagi.',
    },
    'fault-not-possible': {
      what: 'Gangguan "{{fault}}" ({{kind}}) tidak dapat dilakukan di lab ini.',
      why: 'Tempat lab ini berjalan tidak punya cara untuk melakukannya.',
      fix: 'Pilih jenis gangguan lain di rencana, atau jalankan rencana di lab bawaan.',
    },
    'heal-failed': {
      what: 'Gangguan "{{fault}}" tidak dapat dipulihkan.',
      why: 'Node {{node}} tidak kembali dalam waktu yang diharapkan.',
      fix: 'Nyalakan node itu secara manual, lalu lanjutkan uji.',
    },
    failed: {
      what: 'Uji berhenti karena kesalahan.',
      why: 'Lab menjawab dengan cara yang tak terduga.',
      fix: 'Lihat rincian teknis, lalu lanjutkan uji atau mulai yang baru.',
    },
  },
  probe: {
    'bad-target': {
      what: '"{{target}}" bukan alamat yang dapat diperiksa.',
      why: 'Host, port, atau skemanya kurang atau tidak sah.',
      fix: 'Tulis misalnya 192.0.2.10, 192.0.2.10:80, atau http://192.0.2.10/.',
    },
    'icmp-unavailable': {
      what: 'Ping tidak dapat dipakai di komputer ini.',
      why: 'Perintah ping tidak ada, atau tidak diizinkan berjalan.',
      fix: 'Pasang atau izinkan ping, atau pakai TCP atau HTTP.',
    },
    'address-unresolved': {
      what: 'Nama {{target}} tidak memiliki alamat.',
      why: 'Namanya salah tulis, atau server nama tidak menjawab.',
      fix: 'Periksa namanya, atau pakai alamat IP.',
    },
  },
  host: {
    'unknown-call': {
      what: 'Host tidak mengenal permintaan "{{call}}".',
      why: 'Versi jendela dan versi host berbeda.',
      fix: 'Muat ulang jendela, atau jalankan ulang Kuorum.',
    },
    malformed: {
      what: 'Host menolak permintaan "{{call}}" karena "{{field}}".',
      why: 'Nilainya kosong, jenisnya berbeda, atau di luar rentang.',
      fix: 'Perbaiki nilai itu. Bila bukan Anda yang mengisinya, jalankan ulang Kuorum.',
    },
    forbidden: {
      what: 'Host menolak sambungan.',
      why: 'Alamat tidak memuat token sekali pakai, atau situs lain mencoba menyambung.',
      fix: 'Buka alamat lengkap yang dicetak Kuorum saat dimulai.',
    },
    disconnected: {
      what: 'Host tidak menjawab.',
      why: 'Kuorum ditutup, atau sambungannya terputus.',
      fix: 'Jalankan Kuorum lagi. Jendela menyambung sendiri; uji dapat dilanjutkan.',
    },
    'port-unavailable': {
      what: 'Port {{port}} tidak dapat dipakai.',
      why: 'Program lain, atau Kuorum lain, memakainya.',
      fix: 'Tutup program itu, atau pilih port lain dengan --port.',
    },
    'window-not-built': {
      what: 'Jendela aplikasi belum dibangun.',
      why: 'Dalam checkout, berkasnya dibuat oleh proses build.',
      fix: 'Jalankan "npm run build", lalu mulai lagi.',
    },
    internal: {
      what: 'Kuorum mengalami kesalahan tak terduga.',
      why: 'Ini cacat pada program. Rinciannya ada di log.',
      fix: 'Coba lagi. Bila terulang, kirim log kepada pengembang.',
    },
  },
  lab: {
    'no-answer': {
      what: 'Tidak ada node lab yang menjawab.',
      why: 'Semua node mati atau sedang menyala, atau jaringan manajemen terputus.',
      fix: 'Tunggu sampai node selesai menyala, lalu coba lagi.',
    },
  },
  settings: {
    newer: {
      what: 'Setelan di {{path}} ditulis oleh versi yang lebih baru.',
      why: 'Setelan itu memakai format {{version}} yang belum dikenal versi ini.',
      fix: 'Perbarui Kuorum. Sementara itu nilai baku dipakai dan tidak ada yang ditimpa.',
    },
  },
}
