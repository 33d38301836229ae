/** Releases of Proxmox VE whose answers the front end can give. */
export const releases = ['8.4', '9.1', '9.2'] as const

export type Release = (typeof releases)[number]

/** True from `since` on; releases are compared by their numbers. */
export function isSince(release: Release, since: string): boolean {
  const [major = 0, minor = 0] = release.split('.').map(Number)
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number)
  // What is only in sources newer than the last release is offered by none.
  if (since.endsWith('-tip')) return false
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor)
}

interface ReleaseWords {
  /** Of pve-manager, as `GET /version` gives it. */
  readonly version: string
  readonly repoid: string
  readonly kernel: string
  /** Of QEMU, as guests remember who created them. */
  readonly qemu: string
  /** Of the HA manager: which of its rules the lab's own follows. */
  readonly haManager: string
}

/** 8.4 as recorded; of 9.x the versions are right in form, their repoids are made up. */
export const releaseWords: Readonly<Record<Release, ReleaseWords>> = {
  '8.4': {
    version: '8.4.21',
    repoid: '2606ac850d46da29',
    kernel: '6.8.12-15-pve',
    qemu: '9.2.0',
    haManager: '4.0.7',
  },
  '9.1': {
    version: '9.1.6',
    repoid: '9a1c6b84d7e02f35',
    kernel: '6.17.2-1-pve',
    qemu: '10.1.2',
    haManager: '5.1.0',
  },
  '9.2': {
    version: '9.2.11',
    repoid: '5e20d3c1b86f97a4',
    kernel: '6.17.4-1-pve',
    qemu: '10.2.1',
    haManager: '5.2.0',
  },
}
