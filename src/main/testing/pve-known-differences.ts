/** Where the embedded lab knowingly answers otherwise than the recorded cluster; docs/model.md lists the reasons. */
export interface KnownDifference {
  readonly reason: string
  /** Matches `METHOD path (title): what differs`. */
  readonly pattern: RegExp
  /** The book in which alone it is allowed. */
  readonly book?: string
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    reason: 'guests of a lab are given by its recipe: they are neither created nor destroyed',
    pattern: /clusterjoin/,
    book: '11-cluster-join',
  },
  {
    reason: 'guests of a lab are given by its recipe: they are neither created nor destroyed',
    pattern: /^GET \/nodes\/pve1\/tasks\/.*words/,
    book: '23-qemu-lifecycle',
  },
  {
    reason: "Debian's QEMU of the recording did not start the guest",
    pattern: /^GET \/nodes\/pve1\/tasks\/.*words/,
    book: '21-qemu',
  },
  {
    reason: 'guests of a lab are given by its recipe: they are neither created nor destroyed',
    pattern: /^(POST|DELETE) \/nodes\/pve\d\/qemu(\/\d+)? .*(status 200|reason "OK") recorded/,
  },
  {
    reason: 'guests of a lab are given by its recipe: they are neither created nor destroyed',
    pattern: /^GET \/nodes\/pve1\/qemu\/110\/config .*(500 recorded|does not exist" recorded)/,
    book: '23-qemu-lifecycle',
  },
  {
    reason: "guests have the lab's own virtual hardware and no tags",
    pattern: /body\.data(\[\])?\.(tags|ide2|agent|kvm|serial0?|cores|ostype): /,
  },
  {
    reason: 'storages are given by the lab; no others can be added',
    pattern: /\/storage\/(shared|ofnode)|^GET \/storage .*priority: recorded/,
    book: '20-storage',
  },
  {
    reason: "Debian's QEMU of the recording did not start the guest",
    pattern: /^GET \/nodes\/pve1\/qemu\/100\/status\/current .*\.(pid|nics): here/,
    book: '21-qemu',
  },
  {
    reason: 'a list that is empty here and was not there, or the other way round, has no total',
    pattern: /^GET \/nodes\/pve1\/tasks .*body\.total: recorded/,
    book: '22-node',
  },
  {
    reason: 'the journal reader of the recording was a stand-in; the answer follows the documentation',
    pattern: /^GET \/nodes\/pve1\/journal /,
    book: '22-node',
  },
  {
    reason: 'the recording had neither the package sources of Proxmox VE nor a way to any',
    pattern: /^GET \/nodes\/pve1\/tasks\/.*aptupdate/,
    book: '22-node',
  },
  {
    reason: "the recording's QEMU was not that of Proxmox VE, and its list of machine versions was missing",
    pattern: /^GET \/nodes\/pve1\/capabilities\/qemu\/machines/,
    book: '22-node',
  },
]
