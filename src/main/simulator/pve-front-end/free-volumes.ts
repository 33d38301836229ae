/** Volumes that no guest uses: a client has made them, or has a guest's disk left over. */
import type { Volume } from './guest-volumes.ts'
import { volumesOfGuests } from './guest-volumes.ts'
import type { ServedLab } from './served-lab.ts'
import type { Storage } from './storages.ts'

const file = 'free volumes'

/** Those of a local storage are their node's, those of a shared one everybody's. */
export const ownerOf = ({ isShared }: Storage, node: string): string => (isShared ? '' : node)

export function freeVolumes(lab: ServedLab, owner: string): readonly Volume[] {
  return lab.files.read<readonly Volume[]>(owner, file, [])
}

export function keepFreeVolumes(lab: ServedLab, owner: string, volumes: readonly Volume[]): void {
  lab.files.write(owner, file, volumes)
}

/** What a node finds on a storage: a local one has what is at home on that node. */
export function volumesAt(lab: ServedLab, node: string, storage: Storage): readonly Volume[] {
  const inUse = volumesOfGuests(lab, node).filter(
    (volume) => volume.storage === storage.storage && (storage.isShared || volume.home === node),
  )
  const used = new Set(inUse.map(({ volid }) => volid))
  const free = freeVolumes(lab, ownerOf(storage, node)).filter(
    (volume) => volume.storage === storage.storage && !used.has(volume.volid),
  )
  return [...inUse, ...free]
}
