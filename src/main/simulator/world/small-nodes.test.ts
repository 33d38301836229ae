import { describe, expect, it } from 'vitest'
import type { Lab, LabNode } from '../../../shared/domain/lab.ts'
import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import type { LabLogLine } from '../../contracts/lab-session.ts'
import { labOf } from '../../testing/lab-of.ts'
import { MachineLoad } from './machine-load.ts'
import { worldParameters } from './parameters.ts'
import { World } from './world.ts'

interface Shape {
  readonly node: Partial<LabNode>
  readonly guestMiB?: number
  readonly nestedVirtualization?: boolean
}

function smallLab({ node, guestMiB = 256, nestedVirtualization }: Shape): Lab {
  return labOf({
    laptop: { ramMiB: 24_576, threads: 12, nestedVirtualization },
    node: { ramMiB: 4096, ...node },
    guests: [{ ramMiB: guestMiB }],
  })
}

function liveThrough(shape: Shape, seconds: number, seed = 1) {
  const scheduler = new DirectScheduler()
  const world = new World({ lab: smallLab(shape), group: 'treatment', scheduler, random: seededRandom(seed) })
  const log: (LabLogLine & { readonly seconds: number })[] = []
  world.onLog((line) => log.push({ ...line, seconds: scheduler.nowMs() / 1000 }))
  world.switchOn()
  scheduler.runUntil(seconds * 1000)
  const count = (text: string) => log.filter(({ message }) => message.includes(text)).length
  return { world, log, count }
}

const stall = 'Corosync main process was not scheduled'

describe('nodes of the sizes that were published', () => {
  it.each([4096, 7168])('of %i MiB hold Ceph and a tiny guest without anything being killed', (ramMiB) => {
    const { world, count } = liveThrough({ node: { ramMiB } }, 4 * 3600)
    expect(world.guests[0]?.reach).toBe('serving')
    expect(world.ceph.summary('pve1')).toMatchObject({ health: 'HEALTH_OK', osdsUp: 3 })
    expect(count('Out of memory') + count(stall) + count('memory in demand')).toBe(0)
  })

  it('of 1 GiB live from their swap: they say so, stand still now and then, and go on', () => {
    const { world, count } = liveThrough({ node: { ramMiB: 1024, cpus: 1 }, guestMiB: 2048 }, 12 * 3600)
    expect(count('memory in demand')).toBeGreaterThan(0)
    expect(count('Out of memory')).toBe(0)
    expect(count(stall)).toBeGreaterThan(3)
    expect(world.corosync.membersSeenBy('pve1')).toHaveLength(3)
    expect(world.guests[0]?.reach).toBe('serving')
  })

  it('of 1 GiB without swap lose manager and OSD to their kernel, which systemd starts three times more', () => {
    const { world, log } = liveThrough({ node: { ramMiB: 1024, swapMiB: 0 } }, 1200)
    const killed = log.filter(({ node, message }) => node === 'pve2' && message.startsWith('Out of memory'))
    expect(killed[0]?.message).toBe('Out of memory: Killed process (ceph-mgr)')
    for (const daemon of ['ceph-mgr', 'ceph-osd'])
      expect(killed.filter(({ message }) => message.includes(daemon))).toHaveLength(4)
    expect(world.ceph.summary('pve1')).toMatchObject({ osdsUp: 0 })
    expect(world.guests[0]?.reach).toBe('silent')
  })

  it('of 2 GiB without swap keep the OSD and lose the manager, as under the recorded limit of 512 MiB', () => {
    // 2048 MiB less 1229 of Proxmox VE and the guest's 307 leave 512.
    const { world, count } = liveThrough({ node: { ramMiB: 2048, swapMiB: 0 }, guestMiB: 614 }, 1200)
    expect(world.guests[0]?.host).toBeDefined()
    expect(count('Killed process (ceph-mgr)')).toBeGreaterThan(0)
    expect(count('Killed process (ceph-osd)')).toBe(0)
    expect(world.ceph.summary('pve1').osdsUp).toBe(3)
  })

  it('answer questions more slowly the more they swap', () => {
    const delay = (ramMiB: number) => {
      const { world } = liveThrough({ node: { ramMiB } }, 300)
      const [node] = world.nodes
      return node === undefined ? Number.NaN : world.load.apiDelayMs(node.spec, seededRandom(1))
    }
    expect(delay(4096)).toBe(0)
    expect(delay(1024)).toBeGreaterThan(300)
  })
})

describe('a laptop without nested virtualization', () => {
  it('emulates virtual machines ten times more slowly, containers at full speed', () => {
    const slowdown = (nestedVirtualization: boolean | undefined, kind: 'vm' | 'ct') => {
      const lab = smallLab({
        node: {},
        ...(nestedVirtualization === undefined ? {} : { nestedVirtualization }),
      })
      const load = new MachineLoad(lab, worldParameters(), {
        cephOn: () => ({ monitor: true, manager: true, osds: 1 }),
        isOn: () => true,
        hostOf: () => undefined,
        arrivalOf: () => undefined,
      })
      return load.guestSlowdown(lab.nodes[0] as LabNode, kind)
    }
    expect(slowdown(undefined, 'vm')).toBe(1)
    expect(slowdown(true, 'vm')).toBe(1)
    expect(slowdown(false, 'vm')).toBe(10)
    expect(slowdown(false, 'ct')).toBe(1)
  })
})
