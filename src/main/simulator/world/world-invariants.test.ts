import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import type { NetworkName } from './network.ts'
import { World } from './world.ts'

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

function labOf(nodeCount: number): Lab {
  const nodes = Array.from({ length: nodeCount }, (_, node) => `pve${node + 1}`)
  return {
    name: 'random',
    laptop: { ramMiB: 65_536, threads: 32 },
    nodes: nodes.map((name) => ({ name, ramMiB: 8192, cpus: 2, systemDiskGB: 50, cephDiskGB: 25 })),
    guests: nodes.map((node, guest) => ({
      id: guest % 2 === 0 ? `vm:10${guest}` : `ct:10${guest}`,
      name: `guest-${guest}`,
      ramMiB: 512,
      cpus: 1,
      diskGB: 4,
      node,
    })),
    ceph: { size: 3, minSize: 2 },
  }
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

/** What must hold at every moment, whatever was done. Returns what does not. */
function broken(world: World): string[] {
  const complaints: string[] = []
  for (const guest of world.guests)
    if (guest.host !== undefined && !world.node(guest.host).networkUp)
      complaints.push(`${guest.id} runs on ${guest.host}, which is off`)
  for (const node of world.nodes) {
    if (!node.networkUp || !world.ceph.diskAnswers(node.name)) continue
    const isServing = (osd: number) => {
      const { process, node: host } = world.ceph.osdMap.osds[osd] ?? { process: 'none', node: '' }
      return process === 'serving' && world.network.reaches(node.name, host, 'cluster')
    }
    for (const { acting } of world.ceph.data.groups)
      if (acting.filter(isServing).length < world.lab.ceph.minSize)
        complaints.push(`a write from ${node.name} is acknowledged with OSDs [${acting}]`)
  }
  return complaints
}

async function run(nodeCount: number, seed: number, deeds: readonly Deed[], group: World['group']) {
  const clock = new VirtualClock()
  const world = new World({ lab: labOf(nodeCount), group, scheduler: clock, random: seededRandom(seed) })
  const complaints = new Set<string>()
  const tail: string[] = []
  world.onLog(({ node, source, message }) => {
    clock.at(clock.nowMs(), lookOnce)
    tail.push(`${clock.nowMs() / 1000} ${node} ${source} ${message}`)
    if (message.startsWith('recover service') && !world.corosync.isQuorate(node))
      complaints.add(`${node} recovers without quorum: ${message}`)
    if (message.includes('already has a process')) complaints.add(message)
  })
  const lookOnce = () => {
    for (const complaint of broken(world)) complaints.add(complaint)
  }
  const look = () => {
    lookOnce()
    clock.at(clock.nowMs() + 10_000, look)
  }
  clock.at(0, look)
  world.switchOn()
  await clock.run(async () => {
    await clock.sleep(120_000)
    for (const each of deeds) {
      await clock.sleep(each.afterSeconds * 1000)
      perform(world, each)
    }
    await clock.sleep(5000)
    // Somebody tidies up, and waits until fencing, recovery of guests and of storage are over.
    for (const node of world.nodes) {
      for (const network of ['cluster', 'management'] as const)
        world.network.setLink(node.name, network, true)
    }
    // Shutdowns under way end within 200 s; then every node is on, and has time to come to rest.
    for (let minute = 0; minute < 5; minute++) {
      for (const node of world.nodes) node.powerOn()
      await clock.sleep(60_000)
    }
    await clock.sleep(800_000)
  })
  return { world, complaints: [...complaints], tail: tail.slice(-150).join('\n') }
}

describe('a world to which anything may be done', () => {
  const anyRun = fc.tuple(
    fc.integer({ min: 3, max: 5 }),
    fc.nat({ max: 2 ** 31 }),
    fc.array(deed, { minLength: 1, maxLength: 12 }),
  )

  it('never runs a guest twice, recovers without quorum or acknowledges a write below min_size', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async ([nodeCount, seed, deeds]) => {
        const { complaints } = await run(nodeCount, seed, deeds, 'treatment')
        expect(complaints).toEqual([])
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  it.each(['treatment', 'control'] as const)(
    'comes to rest with every guest serving (%s)',
    async (group) => {
      await fc.assert(
        fc.asyncProperty(anyRun, async ([nodeCount, seed, deeds]) => {
          // A guest outside HA that was killed stays down until its node starts again.
          const tame = deeds.filter(({ kind }) => group === 'treatment' || kind !== 'kill-guest')
          const { world, complaints, tail } = await run(nodeCount, seed, tame, group)
          expect(complaints).toEqual([])
          const reach = world.guests.map((guest) => `${guest.id} ${guest.reach}`)
          expect(reach, tail).toEqual(world.guests.map(({ id }) => `${id} serving`))
          expect(world.ceph.summary('pve1'), tail).toMatchObject({ health: 'HEALTH_OK', activeClean: 33 })
        }),
        { numRuns: 25 },
      )
    },
    60_000,
  )
})
