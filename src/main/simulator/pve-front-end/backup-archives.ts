/** Backups of guests as archives on a storage: their names, and which of them a rule keeps. */
import { freeVolumes, keepFreeVolumes, ownerOf } from './free-volumes.ts'
import type { Volume } from './guest-volumes.ts'
import type { ServedLab } from './served-lab.ts'
import type { Storage } from './storages.ts'

export const compressions = { '0': '', gzip: 'gz', '1': 'lzo', lzo: 'lzo', zstd: 'zst' } as const
export type Compression = keyof typeof compressions

/** `vzdump-qemu-100-2026_11_20-12_35_01.vma.zst` */
export function archiveName(
  kind: 'vm' | 'ct',
  vmid: string,
  seconds: number,
  compression: Compression,
): string {
  const [day = '', time = ''] = new Date(seconds * 1000).toISOString().slice(0, 19).split('T')
  const stamp = `${day.replaceAll('-', '_')}-${time.replaceAll(':', '_')}`
  const form = [kind === 'vm' ? 'vma' : 'tar', compressions[compression]].filter(Boolean).join('.')
  return `vzdump-${kind === 'vm' ? 'qemu' : 'lxc'}-${vmid}-${stamp}.${form}`
}

/** All that a node finds on a storage, newest first. */
export function archivesOn(lab: ServedLab, node: string, storage: Storage): readonly Volume[] {
  return freeVolumes(lab, ownerOf(storage, node))
    .filter((volume) => volume.content === 'backup' && volume.storage === storage.storage)
    .toSorted((one, other) => (other.ctime ?? 0) - (one.ctime ?? 0))
}

export function addVolume(lab: ServedLab, node: string, storage: Storage, volume: Volume): void {
  const owner = ownerOf(storage, node)
  const others = freeVolumes(lab, owner).filter(({ volid }) => volid !== volume.volid)
  keepFreeVolumes(lab, owner, [...others, volume])
}

export function removeVolume(lab: ServedLab, node: string, storage: Storage, volid: string): void {
  const owner = ownerOf(storage, node)
  keepFreeVolumes(
    lab,
    owner,
    freeVolumes(lab, owner).filter((volume) => volume.volid !== volid),
  )
}

const periods = {
  'keep-hourly': 13,
  'keep-daily': 10,
  'keep-weekly': 0,
  'keep-monthly': 7,
  'keep-yearly': 4,
} as const

/** `keep-last=3,keep-daily=7`; undefined where all are kept. */
export function keepRule(text: string | undefined): Readonly<Record<string, number>> | undefined {
  if (text === undefined) return undefined
  const given = Object.fromEntries(
    text.split(',').map((part) => {
      const [name = '', value = '0'] = part.split('=')
      return [name, Number(value)] as const
    }),
  )
  const { 'keep-all': all, ...rest } = given
  const isLimited = Object.values(rest).some((count) => count > 0)
  return all === 1 || !isLimited ? undefined : rest
}

/** Of one guest's backups, newest first: those that the rule lets go. */
export function prunable(
  archives: readonly Volume[],
  rule: Readonly<Record<string, number>> | undefined,
): ReadonlySet<Volume> {
  if (rule === undefined) return new Set()
  const candidates = archives.filter(({ isProtected }) => isProtected !== true)
  const kept = new Set(candidates.slice(0, rule['keep-last'] ?? 0))
  for (const [name, length] of Object.entries(periods))
    keepOfPeriods(candidates, kept, rule[name] ?? 0, name, length)
  return new Set(candidates.filter((archive) => !kept.has(archive)))
}

/** The newest of each of the last periods that has none yet. */
function keepOfPeriods(
  candidates: readonly Volume[],
  kept: Set<Volume>,
  count: number,
  name: string,
  length: number,
): void {
  const periodOf = ({ ctime = 0 }: Volume) =>
    name === 'keep-weekly'
      ? // Weeks begin on Monday; the first day of the count was a Thursday.
        String(Math.floor((ctime / 86_400 + 3) / 7))
      : new Date(ctime * 1000).toISOString().slice(0, length)
  const seen = new Set([...kept].map(periodOf))
  let left = count
  for (const archive of candidates) {
    const period = periodOf(archive)
    if (left === 0 || seen.has(period)) continue
    seen.add(period)
    kept.add(archive)
    left -= 1
  }
}
