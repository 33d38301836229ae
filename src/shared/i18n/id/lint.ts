import type { Catalogue, Translation } from '../catalogue.ts'

export const lint: Translation<Catalogue['lint']> = {
  title: 'Catatan atas percobaan ini',
  none: 'Tidak ada yang meragukan angka ini.',
  notes: 'Catatan: {{count}}',
  severity: { info: 'Catatan', warning: 'Peringatan' },
  'run-incomplete': 'Uji tidak sampai akhir ({{outcome}}). Angka hanya mencakup bagian yang sempat diukur.',
  'problems-met': 'Masalah selama uji: {{count}}. Rinciannya ada di daftar peristiwa.',
  'control-lost':
    'Alamat kontrol tidak menjawab selama {{seconds}} d. Kehilangan pada saat itu mungkin berasal dari laptop sendiri.',
  'faults-skipped': 'Gangguan yang dilewati: {{count}} ({{faults}}). Tidak masuk hitungan mana pun.',
  'faults-open': 'Gangguan yang masih terbuka: {{count}} ({{faults}}). Lanjutkan uji untuk memulihkannya.',
  'fault-kinds-mixed':
    'Gangguan dari beberapa jenis bercampur, misalnya daya diputus dan shutdown teratur. Keduanya percobaan yang berbeda; jangan dirata-ratakan.',
  'crm-master-mixed':
    'Master CRM kena {{masters}} kali, node lain {{others}} kali. Kehilangan master memakan sekitar 50 d lebih lama.',
  'no-jitter':
    'Semua {{faults}} gangguan datang tepat pada detik rencana. Tiap kali mungkin bertemu fase putaran HA 10 d yang sama.',
  'schedule-drift': 'Gangguan yang terlambat dari rencana: {{count}}, paling lambat {{seconds}} d.',
  'faults-missed-guest':
    '{{guestName}}: {{missed}} dari {{faults}} gangguan mengenai node tempat ia tidak berada. Gangguan itu tidak merugikannya.',
  'void-too-large':
    '{{guestName}}: {{percent}} % jendela ukur tidak sah. Lebih dari 1 %, jadi ketersediaan tidak ditampilkan.',
  void: '{{guestName}}: {{seconds}} d tidak sah dan tidak dihitung.',
  'outages-censored':
    '{{guestName}}: downtime yang menyentuh rentang tidak sah: {{count}}. Ditandai dan tidak masuk rata-rata.',
  'outage-below-interval':
    '{{guestName}}: downtime lebih pendek dari satu interval probe ({{intervalMs}} ms): {{count}}. Yang sependek itu bisa saja tidak terlihat.',
  'outages-unexplained': '{{guestName}}: downtime tanpa gangguan yang menjelaskannya: {{count}}.',
  resolution: 'Satu probe tiap {{intervalMs}} ms memberi {{decimals}} desimal persen pada jendela ini.',
  'single-run':
    'Ini satu percobaan dengan {{faults}} gangguan. Belum dapat menunjukkan bahwa satu tamu lebih andal dari yang lain.',
  'no-control-group':
    'Tidak ada percobaan kontrol (tanpa HA) di sampingnya. Jalankan kelompok kontrol untuk melihat jasa HA.',
  'published-method':
    'Angka makalah menghitung satu detik per ping hilang. Bandingkan dengan rumus makalah, bukan dengan nilai berbobot waktu.',
  simulated:
    'Diukur pada lab bawaan (benih {{seed}}). Waktunya mengikuti HA manager; lama boot tamu adalah asumsi.',
}
