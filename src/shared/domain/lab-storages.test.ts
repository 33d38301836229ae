import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { labSchema, storageOfGuest } from './lab.ts'

const guest = { id: 'vm:100', name: 'web', ramMiB: 512, cpus: 1, diskGB: 4, node: 'pve1' }
const base = {
  name: 'mixed',
  laptop: { ramMiB: 16_384, threads: 8 },
  nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({
    name,
    ramMiB: 4096,
    cpus: 2,
    systemDiskGB: 32,
    cephDiskGB: 25,
  })),
  guests: [guest],
  ceph: { size: 3, minSize: 2 },
}

function faultsOf(changes: object): string[] {
  const parsed = labSchema.safeParse({ ...base, ...changes })
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe("a lab's storages", () => {
  it('are the Ceph pool, or outside the lab, where a lab names none', () => {
    const lab = labSchema.parse(base)
    expect(storageOfGuest(lab, guest)).toEqual({ kind: 'rbd', name: 'rbd1' })
    const nodes = base.nodes.map((node) => ({ ...node, cephDiskGB: 0 }))
    expect(storageOfGuest({ ...lab, nodes }, guest)).toBeUndefined()
  })

  it('may be of every kind, with synchronous writes and a sync each quarter of an hour by default', () => {
    const lab = labSchema.parse({
      ...base,
      storages: [
        { kind: 'rbd', name: 'rbd1' },
        { kind: 'dir', name: 'local' },
        { kind: 'zfspool', name: 'tank' },
        { kind: 'nfs', name: 'nas1', server: 'nas' },
        { kind: 'drbd', name: 'r0', nodes: ['pve1', 'pve2'] },
      ],
      guests: [{ ...guest, storage: 'tank', replication: [{ target: 'pve2' }] }],
    })
    expect(lab.storages?.[3]).toMatchObject({ writes: 'sync' })
    expect(lab.storages?.[4]).toMatchObject({ protocol: 'C' })
    expect(lab.guests[0]?.replication).toEqual([{ target: 'pve2', everyMinutes: 15 }])
    expect(storageOfGuest(lab, lab.guests[0] ?? guest)).toEqual({ kind: 'zfspool', name: 'tank' })
  })

  it.each([
    [{ guests: [{ ...guest, storage: 'tank' }] }, 'guests.0.storage: unknown storage'],
    [
      { guests: [{ ...guest, replication: [{ target: 'pve2' }] }] },
      'guests.0.replication: only disks in a ZFS pool',
    ],
    [
      { storages: [{ kind: 'nfs', name: 'nas1', server: 'pve2' }] },
      'storages.0.server: is a node of the cluster',
    ],
    [{ storages: [{ kind: 'drbd', name: 'r0', nodes: ['pve1', 'pve1'] }] }, 'storages.0.nodes.1: duplicate'],
    [
      { storages: [{ kind: 'drbd', name: 'r0', nodes: ['pve1', 'pve7'] }] },
      'storages.0.nodes.1: unknown node',
    ],
    [
      {
        storages: [
          { kind: 'dir', name: 'local' },
          { kind: 'zfspool', name: 'local' },
        ],
      },
      'storages.1.name: duplicate',
    ],
    [
      {
        storages: [{ kind: 'zfspool', name: 'tank' }],
        guests: [{ ...guest, storage: 'tank', replication: [{ target: 'pve1' }] }],
      },
      'guests.0.replication.0.target: duplicate',
    ],
  ])('are refused with the field that is wrong: %#', (changes, fault) => {
    expect(faultsOf(changes)).toEqual([expect.stringContaining(fault)])
  })

  it.each(['en', 'id'])('are understood as the guide (%s) shows them', (language) => {
    const guide = readFileSync(new URL(`../../../docs/guide/${language}.md`, import.meta.url), 'utf8')
    const example = /```json\n([^`]*"storages"[^`]*)```/.exec(guide.replaceAll('\r\n', '\n'))?.[1] ?? ''
    const lab = labSchema.parse(JSON.parse(example))
    expect(lab.guests.map((guest) => storageOfGuest(lab, guest)?.kind)).toEqual([
      'zfspool',
      'nfs',
      'drbd',
      'rbd',
    ])
  })
})
