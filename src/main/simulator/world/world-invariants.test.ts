import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { labOf } from '../../testing/lab-of.ts'
import { watchedWorld } from '../invariants/invariant-monitor.ts'
import type { NetworkName } from './network.ts'
import type { World } from './world.ts'

/** Something a person, a cable or a plan does to a lab, some seconds after the one before. */
type Deed =
  | {
      readonly kind: 'cut' | 'button' | 'on' | 'kill-guest'
      readonly index: number
      readonly afterSeconds: number
    }
  | {
      readonly kind: 'unplug' | 'plug'
      readonly index: number
      readonly network: NetworkName
      readonly afterSeconds: number
    }

const afterSeconds = fc.oneof(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 400 }))
const index = fc.nat({ max: 4 })
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cut', 'button', 'on', 'on', 'kill-guest'), index, afterSeconds }),
  fc.record({
    kind: fc.constantFrom('unplug', 'plug'),
    index,
    network: fc.constantFrom<NetworkName>('cluster', 'management'),
    afterSeconds,
  }),
)

/** A virtual machine or a container on each node. */
function labWith(nodes: number): Lab {
  const guestOn = (_: unknown, index: number) => ({
    id: `${index % 2 === 0 ? 'vm' : 'ct'}:${100 + index}`,
    node: `pve${index + 1}`,
  })
  return labOf({ nodes, guests: Array.from({ length: nodes }, guestOn) })
}

function perform(world: World, { kind, ...rest }: Deed): void {
  const node = world.nodes[rest.index % world.nodes.length]
  const guest = world.guests[rest.index % world.guests.length]
  if (node === undefined || guest === undefined) return
  if (kind === 'cut') node.cutPower()
  if (kind === 'button') node.pressPowerButton()
  if (kind === 'on') node.powerOn()
  if (kind === 'kill-guest') guest.kill()
  if ('network' in rest) world.network.setLink(node.name, rest.network, kind === 'plug')
}

function run(nodeCount: number, seed: number, deeds: readonly Deed[], group: World['group']) {
  const scheduler = new DirectScheduler()
  const pass = (seconds: number) => scheduler.runUntil(scheduler.nowMs() + seconds * 1000)
  const { world, monitor } = watchedWorld({
    lab: labWith(nodeCount),
    group,
    scheduler,
    random: seededRandom(seed),
  })
  const tail: string[] = []
  world.onLog(({ node, source, message }) => {
    tail.push(`${scheduler.nowMs() / 1000} ${node} ${source} ${message}`)
  })
  world.switchOn()
  pass(120)
  for (const each of deeds) {
    pass(each.afterSeconds)
    perform(world, each)
    monitor.look()
  }
  pass(5)
  // Somebody tidies up, and waits until fencing, recovery of guests and of storage are over.
  for (const node of world.nodes) {
    for (const network of ['cluster', 'management'] as const) world.network.setLink(node.name, network, true)
  }
  // Shutdowns under way end within 200 s; then every node is on, and has time to come to rest.
  for (let minute = 0; minute < 5; minute++) {
    for (const node of world.nodes) node.powerOn()
    pass(60)
  }
  pass(800)
  return { world, violations: monitor.violations, tail: tail.slice(-150).join('\n') }
}

const anyRun = fc.tuple(
  fc.integer({ min: 3, max: 5 }),
  fc.nat({ max: 2 ** 31 }),
  fc.array(deed, { minLength: 1, maxLength: 12 }),
)

describe.each(['treatment', 'control'] as const)('a world to which anything may be done (%s)', (group) => {
  it('keeps its invariants and comes to rest with every guest serving', () => {
    fc.assert(
      fc.property(anyRun, ([nodeCount, seed, deeds]) => {
        // A guest outside HA that was killed stays down until its node starts again.
        const tame = deeds.filter(({ kind }) => group === 'treatment' || kind !== 'kill-guest')
        const { world, violations, tail } = run(nodeCount, seed, tame, group)
        expect(violations, tail).toEqual([])
        const reach = world.guests.map((guest) => `${guest.id} ${guest.reach}`)
        expect(reach, tail).toEqual(world.guests.map(({ id }) => `${id} serving`))
        expect(world.ceph.summary('pve1'), tail).toMatchObject({ health: 'HEALTH_OK', activeClean: 33 })
      }),
      { numRuns: 40 },
    )
  }, 60_000)
})
