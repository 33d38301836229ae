import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DirectScheduler } from '../../../base/direct-scheduler.ts'
import { seededRandom } from '../../../base/seeded-random.ts'
import { labOf } from '../../../testing/lab-of.ts'
import { watchedWorld } from '../../invariants/invariant-monitor.ts'
import type { World } from '../world.ts'

const nodes = ['pve1', 'pve2', 'pve3', 'pve4']

const lab = labOf({ nodes: nodes.length, guests: nodes.map((node) => ({ node })) })

/** What an administrator or a cable does, some seconds after the one before. */
interface Deed {
  readonly kind:
    | 'monitor'
    | 'no monitor'
    | 'manager'
    | 'no manager'
    | 'osd'
    | 'no osd'
    | 'pool'
    | 'no pool'
    | 'size'
    | 'cut'
    | 'on'
  readonly index: number
  readonly afterSeconds: number
}

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom(
    'monitor',
    'no monitor',
    'manager',
    'no manager',
    'osd',
    'no osd',
    'pool',
    'no pool',
    'size',
    'cut',
    'on',
  ),
  index: fc.nat({ max: 3 }),
  afterSeconds: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 300 })),
})

function perform(world: World, { kind, index }: Deed): void {
  const { ceph } = world
  const node = world.nodes[index]
  if (node === undefined) return
  if (kind === 'cut') node.cutPower()
  if (kind === 'on') node.powerOn()
  if (!node.networkUp || !ceph.monitors.canCommit) return
  const { name } = node
  const { monitors, managers, osdMap } = ceph
  if (kind === 'monitor' && !monitors.has(name)) ceph.createMonitor(name, 1)
  // One that was just created may not have joined yet.
  if (kind === 'no monitor' && monitors.names.length > 2) monitors.remove(name)
  if (kind === 'manager' && !managers.has(name)) managers.create(name)
  if (kind === 'no manager') managers.remove(name)
  if (kind === 'osd' && osdMap.osdsOn(name).length < 2) osdMap.startOsd(osdMap.create(name, 20).id, 1)
  if (kind === 'no osd') removeWhatMayGo(world, name)
  if (kind === 'pool')
    ceph.pools.create({
      name: `pool-${ceph.osdMap.epoch}`,
      size: 3,
      minSize: 2,
      pgNum: 8,
      application: 'rgw',
      autoscale: 'on',
      quotaBytes: 0,
    })
  const added = ceph.settings.pools.find(({ application }) => application === 'rgw')
  if (kind === 'no pool' && added !== undefined) ceph.pools.remove(added.id)
  if (kind === 'size' && added !== undefined)
    ceph.pools.change({ ...added, size: 2 + (index % 2), minSize: 1 + (index % 2) })
  world.daemonsChanged()
}

/** As an administrator does who waits until nothing is left on it, and keeps enough hosts for all copies. */
function removeWhatMayGo({ ceph, scheduler }: World, name: string): void {
  const { osdMap, data } = ceph
  const [osd] = osdMap.osdsOn(name)
  const hosts = new Set(osdMap.existing.filter((each) => each.up && each.in).map(({ node }) => node))
  hosts.delete(name)
  if (osd === undefined || hosts.size < 3) return
  osdMap.setReweight(osd.id, 0)
  const isLeft = () =>
    data.groups.every(({ copies, placed }) => !placed.includes(osd.id) && !copies.has(osd.id))
  const look = () => {
    if (osd.stage === 'absent' || osd.in) return
    if (!isLeft() || !ceph.monitors.canCommit) {
      scheduler.at(scheduler.nowMs() + 10_000, look)
      return
    }
    osdMap.stopOsd(osd.id, 'orderly')
    scheduler.at(scheduler.nowMs() + 5000, () => {
      if (!osd.up && !osd.in && osd.stage !== 'absent' && isLeft()) osdMap.remove(osd.id)
    })
  }
  look()
}

function run(seed: number, deeds: readonly Deed[]) {
  const scheduler = new DirectScheduler()
  const pass = (seconds: number) => scheduler.runUntil(scheduler.nowMs() + seconds * 1000)
  const { world, monitor } = watchedWorld({
    lab,
    group: 'treatment',
    scheduler,
    random: seededRandom(seed),
  })
  world.switchOn()
  pass(150)
  for (const each of deeds) {
    pass(each.afterSeconds)
    perform(world, each)
    monitor.look()
  }
  for (const node of world.nodes) node.powerOn()
  pass(400)
  const { ceph } = world
  if (!nodes.some((name) => ceph.managers.has(name))) ceph.managers.create('pve1')
  // Whatever was taken out comes in again, so that there is room for all copies.
  for (const { id, stage } of ceph.osdMap.osds) if (stage === 'member') ceph.osdMap.setReweight(id, 1)
  for (const { id, process, stage } of ceph.osdMap.osds)
    if (stage !== 'absent' && process === 'none') ceph.osdMap.startOsd(id, 1)
  pass(3000)
  return { world, violations: monitor.violations }
}

describe('a Ceph cluster whose daemons and pools come and go', () => {
  it('keeps its invariants and comes to rest healthy, serving every guest', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 31 }),
        fc.array(deed, { minLength: 1, maxLength: 15 }),
        (seed, deeds) => {
          const { world, violations } = run(seed, deeds)
          expect(violations).toEqual([])
          const { ceph } = world
          expect(ceph.health.checks.map(({ summary }) => summary)).toEqual([])
          expect(ceph.summary('pve1')).toMatchObject({ health: 'HEALTH_OK' })
          expect(ceph.summary('pve1').activeClean).toBe(ceph.data.groups.length)
          expect(world.guests.map(({ reach }) => reach)).toEqual(nodes.map(() => 'serving'))
          expect([...ceph.monitors.quorum]).toEqual([...ceph.monitors.names])
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)
})
