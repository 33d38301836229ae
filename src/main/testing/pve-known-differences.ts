/** Where the embedded lab knowingly answers otherwise than the recorded cluster; docs/model.md lists the reasons. */
export interface KnownDifference {
  readonly reason: string
  /** Matches `METHOD path (title): what differs`. */
  readonly pattern: RegExp
  /** The book in which alone it is allowed. */
  readonly book?: string
}

const noStart = "Debian's QEMU of the recording did not start the guest at first"
const noSnapshot =
  "Debian's QEMU of the recording could neither take snapshots of a running guest nor copy its disk"

export const knownDifferences: readonly KnownDifference[] = [
  { reason: noStart, pattern: /:qmstart:100:.*words/, book: '21-qemu' },
  { reason: noStart, pattern: /\/qemu\/100\/status\/current .*\.(pid|nics): here/, book: '21-qemu' },
  {
    reason: noSnapshot,
    pattern:
      /:(qmsnapshot|qmrollback|qmdelsnapshot|qmclone|qmstart:111):|\/qemu\/1(11|10\/snapshot) |qemu\/111\//,
    book: '23-qemu-lifecycle',
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
  {
    reason: 'the recorded nodes had no ZFS, which Proxmox VE brings along',
    pattern: /^GET \/nodes\/pve1\/disks\/zfs /,
    book: '22-node',
  },
]
