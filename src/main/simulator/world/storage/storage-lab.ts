/** A lab with storages of any kind for tests: built, driven and read in virtual time. */
import type { Lab, LabGuest, LabNode, LabStorage } from '../../../../shared/domain/lab.ts'
import { seededRandom } from '../../../base/seeded-random.ts'
import { VirtualClock } from '../../../base/virtual-clock.ts'
import type { WorldParameters } from '../parameters.ts'
import { World } from '../world.ts'

export interface StorageLabShape {
  readonly nodes?: number
  readonly node?: Partial<LabNode>
  readonly storages?: readonly LabStorage[]
  readonly guests?: readonly Partial<LabGuest>[]
  readonly minSize?: number
  readonly group?: World['group']
  readonly seed?: number
  readonly parameters?: Partial<WorldParameters>
}

export function openStorageLab(shape: StorageLabShape) {
  const { nodes = 3, node = {}, storages = [], guests = [{}] } = shape
  const lab: Lab = {
    name: 'storage',
    laptop: { ramMiB: 65_536, threads: 32 },
    nodes: Array.from({ length: nodes }, (_, index) => ({
      name: `pve${index + 1}`,
      ramMiB: 8192,
      cpus: 2,
      systemDiskGB: 50,
      cephDiskGB: 0,
      ...node,
    })),
    guests: guests.map((guest, index) => ({
      id: `vm:10${index}`,
      name: `guest-${index}`,
      ramMiB: 512,
      cpus: 1,
      diskGB: 4,
      node: 'pve1',
      ...(storages[0] === undefined ? {} : { storage: storages[0].name }),
      ...guest,
    })),
    ceph: { size: 3, minSize: shape.minSize ?? 2 },
    storages: [...storages],
  }
  const clock = new VirtualClock()
  const { group = 'treatment', seed = 1, parameters = {} } = shape
  const world = new World({ lab, group, scheduler: clock, random: seededRandom(seed), parameters })
  const log: { readonly seconds: number; readonly node: string; readonly message: string }[] = []
  world.onLog(({ node: from, message }) => log.push({ seconds: clock.nowMs() / 1000, node: from, message }))
  world.switchOn()
  const seconds = (amount: number) => clock.sleep(amount * 1000)
  /** Waits until that guest serves, at most `limit` seconds. */
  const untilServing = async (id: string, limit = 600) => {
    for (let waited = 0; waited < limit && world.guest(id).reach !== 'serving'; waited += 1) await seconds(1)
  }
  return { lab, world, clock, log, seconds, untilServing, messages: () => log.map(({ message }) => message) }
}
