/** A lab with storages of any kind for tests: built, driven and read in virtual time. */

import type { LabGuest, LabNode, LabStorage } from '../../shared/domain/lab.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { WorldParameters } from '../simulator/world/parameters.ts'
import { World } from '../simulator/world/world.ts'
import { labOf } from './lab-of.ts'

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
  const lab = labOf({
    nodes,
    node: { cephDiskGB: 0, ...node },
    guests: guests.map((guest) => ({
      ...(storages[0] === undefined ? {} : { storage: storages[0].name }),
      ...guest,
    })),
    ceph: { size: 3, minSize: shape.minSize ?? 2 },
    storages: [...storages],
  })
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
