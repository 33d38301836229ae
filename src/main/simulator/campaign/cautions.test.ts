import { describe, expect, it } from 'vitest'
import type { LabGuest } from '../../../shared/domain/lab.ts'
import { DirectScheduler } from '../../base/direct-scheduler.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { labOf } from '../../testing/lab-of.ts'
import { watchedWorld } from '../invariants/invariant-monitor.ts'
import { readManagerStatus } from '../world/shared-files.ts'
import type { Act } from './campaign.ts'
import { performAct } from './perform-act.ts'

function labAtRest(guest: Partial<LabGuest> = {}) {
  const scheduler = new DirectScheduler()
  const { world, monitor } = watchedWorld({
    lab: labOf({ node: { cephDiskGB: 0 }, guests: [{ id: 'ct:100', node: 'pve3', ...guest }] }),
    group: 'treatment',
    scheduler,
    random: seededRandom(1),
  })
  const pass = (seconds: number) => scheduler.runUntil(scheduler.nowMs() + seconds * 1000)
  const act = (...acts: readonly Act[]) => {
    for (const each of acts) {
      performAct(world, each)
      monitor.look()
    }
  }
  world.switchOn()
  pass(300)
  return { world, violations: monitor.violations, pass, act }
}

const expectOne: Act = { kind: 'expect-votes', node: 0, votes: 1 }
const cutTwo: readonly Act[] = [
  { kind: 'cut-power', node: 1 },
  { kind: 'cut-power', node: 2 },
]

describe('who lowers the expected votes', () => {
  it('does so where all others have no power, and the guest is started there; no rule is broken', () => {
    const { world, violations, pass, act } = labAtRest()
    act(...cutTwo)
    pass(60)
    expect(world.shared.isQuorate('pve1')).toBe(false)
    act(expectOne)
    pass(400)
    expect(world.guest('ct:100')).toMatchObject({ host: 'pve1', reach: 'serving' })
    act({ kind: 'power-on', node: 1 }, { kind: 'power-on', node: 2 })
    pass(300)
    expect(world.corosync.expectedVotes('pve1')).toBe(3)
    expect(violations).toEqual([])
  })

  it('is not heard by a member that stands still', () => {
    const { world, pass, act } = labAtRest()
    act({ kind: 'freeze', node: 2 })
    expect(world.corosync.membersSeenBy('pve1')).toContain('pve3')
    act(expectOne)
    expect(world.corosync.expectedVotes('pve1')).toBe(3)
    expect(world.corosync.setExpectedVotes('pve1', 1)).toBe(true)
    expect(world.corosync.expectedVotes('pve3')).toBe(3)
    pass(30)
    expect(world.shared.isQuorate('pve1')).toBe(true)
  })

  it('does not while another node has power, or could not find the others when it is switched on', () => {
    const { world, pass, act } = labAtRest()
    act({ kind: 'cut-power', node: 1 }, { kind: 'split', network: 'cluster', side: [0] })
    pass(30)
    act(expectOne)
    expect(world.corosync.expectedVotes('pve1')).toBe(3)
    act({ kind: 'cut-power', node: 2 })
    act(expectOne)
    expect(world.corosync.expectedVotes('pve1')).toBe(3)
    act({ kind: 'join', network: 'cluster' })
    pass(30)
    act(expectOne)
    expect(world.corosync.expectedVotes('pve1')).toBe(1)
  })

  it('does not where an old copy of the cluster file system lies, which the others would replace', () => {
    const { world, violations, pass, act } = labAtRest()
    act({ kind: 'cut-power', node: 0 })
    pass(600)
    act({ kind: 'cut-power', node: 1 }, { kind: 'cut-power', node: 2 }, { kind: 'power-on', node: 0 })
    pass(206)
    act(expectOne)
    expect(world.corosync.expectedVotes('pve1')).toBe(3)
    expect(world.corosync.setExpectedVotes('pve1', 1)).toBe(true)
    pass(200)
    expect(world.guest('ct:100').host).toBe('pve1')
    act({ kind: 'power-on', node: 2 })
    pass(400)
    expect(violations.map(({ invariant }) => invariant)).toContain('one-process-per-guest')
  })

  it('cuts nobody off until all votes count again', () => {
    const { world, pass, act } = labAtRest()
    act(expectOne)
    act({ kind: 'unplug', node: 1, network: 'cluster' }, { kind: 'freeze', node: 2 })
    expect(world.network.isLinkUp('pve2', 'cluster')).toBe(true)
    expect(world.node('pve3').isFrozen).toBe(false)
    act({ kind: 'expect-votes', node: 0, votes: 3 }, { kind: 'freeze', node: 2 })
    expect(world.node('pve3').isFrozen).toBe(true)
    pass(1)
  })

  it('breaks a rule when two rings get quorum that way', () => {
    const { world, violations, pass, act } = labAtRest()
    act({ kind: 'unplug', node: 0, network: 'cluster' })
    pass(30)
    expect(world.corosync.setExpectedVotes('pve1', 1)).toBe(true)
    pass(300)
    expect(violations.map(({ invariant }) => invariant)).toContain('quorum-before-action')
  })
})

describe('who arms HA', () => {
  const disarm: Act = { kind: 'ha-command', line: 'disarm-ha freeze' }
  const arm: Act = { kind: 'ha-command', line: 'arm-ha' }
  const isDisarmed = (world: ReturnType<typeof labAtRest>['world']) =>
    readManagerStatus(world.shared, 'pve1').disarm !== undefined

  it.each([
    [
      'is cut off',
      { kind: 'unplug', node: 2, network: 'cluster' },
      { kind: 'plug', node: 2, network: 'cluster' },
    ],
    [
      'has no LRM',
      { kind: 'stop-unit', node: 2, unit: 'pve-ha-lrm' },
      { kind: 'start-unit', node: 2, unit: 'pve-ha-lrm' },
    ],
    [
      'has no watchdog',
      { kind: 'stop-unit', node: 2, unit: 'watchdog-mux' },
      { kind: 'start-unit', node: 2, unit: 'watchdog-mux' },
    ],
  ] satisfies readonly (readonly [string, Act, Act])[])(
    'waits while a node with guests %s',
    (_, harm, mend) => {
      const { world, violations, pass, act } = labAtRest()
      act(disarm)
      pass(60)
      act(harm)
      pass(30)
      act(arm)
      pass(30)
      expect(isDisarmed(world)).toBe(true)
      act(mend)
      pass(60)
      act(arm)
      pass(60)
      expect(isDisarmed(world)).toBe(false)
      expect(world.guest('ct:100').reach).toBe('serving')
      expect(violations).toEqual([])
    },
  )
})

describe('nobody takes a node down or cuts it off while a guest runs unguarded', () => {
  it('because it was moved to a node whose LRM was killed while it was idle', () => {
    const { world, violations, pass, act } = labAtRest({ id: 'vm:100' })
    act({ kind: 'kill-unit', node: 0, unit: 'pve-ha-lrm' })
    act({ kind: 'ha-command', line: 'migrate vm:100 pve1' })
    while (world.migrations.live.arrivalOf('vm:100') === undefined) pass(0.1)
    act({ kind: 'unplug', node: 0, network: 'cluster' })
    expect(world.network.isLinkUp('pve1', 'cluster')).toBe(true)
    pass(60)
    expect(world.guest('vm:100').host).toBe('pve1')
    act({ kind: 'unplug', node: 0, network: 'cluster' })
    expect(world.network.isLinkUp('pve1', 'cluster')).toBe(true)
    act({ kind: 'start-unit', node: 0, unit: 'pve-ha-lrm' })
    pass(30)
    act({ kind: 'unplug', node: 0, network: 'cluster' })
    expect(world.network.isLinkUp('pve1', 'cluster')).toBe(false)
    pass(400)
    expect(violations).toEqual([])
  })

  it("because the watchdog's multiplexer was stopped and started before it could reset the node", () => {
    const { world, pass, act } = labAtRest()
    expect(world.ha.isGuarded('pve3')).toBe(true)
    act({ kind: 'stop-unit', node: 2, unit: 'watchdog-mux' })
    expect(world.ha.isGuarded('pve3')).toBe(true)
    pass(5)
    act({ kind: 'start-unit', node: 2, unit: 'watchdog-mux' })
    expect(world.ha.isGuarded('pve3')).toBe(false)
    act({ kind: 'unplug', node: 2, network: 'cluster' })
    expect(world.network.isLinkUp('pve3', 'cluster')).toBe(true)
  })

  it('but makes networks good again that lose packets', () => {
    const { world, pass, act } = labAtRest()
    act({ kind: 'stop-unit', node: 2, unit: 'watchdog-mux' })
    pass(5)
    act({ kind: 'start-unit', node: 2, unit: 'watchdog-mux' })
    expect(world.ha.isGuarded('pve3')).toBe(false)
    world.network.setQuality('cluster', { lossPercent: 1 }, 'pve1')
    expect(world.network.isAsBuilt('cluster')).toBe(false)
    act({ kind: 'degrade', node: 0, network: 'cluster', quality: {} })
    expect(world.network.isAsBuilt('cluster')).toBe(true)
  })

  it('because its LRM was restarted, which ends the freeze before it has its lock again', () => {
    const { world, violations, pass, act } = labAtRest()
    act({ kind: 'stop-unit', node: 2, unit: 'pve-ha-lrm' })
    pass(30)
    expect(world.ha.lrmState('pve3')).toBe(undefined)
    expect(readManagerStatus(world.shared, 'pve1').serviceStatus['ct:100']?.state).toBe('freeze')
    const cut: Act = { kind: 'unplug', node: 2, network: 'cluster' }
    act({ kind: 'start-unit', node: 2, unit: 'pve-ha-lrm' }, cut)
    expect(world.network.isLinkUp('pve3', 'cluster')).toBe(true)
    pass(30)
    act(cut)
    expect(world.network.isLinkUp('pve3', 'cluster')).toBe(false)
    pass(400)
    expect(world.guest('ct:100')).toMatchObject({ reach: 'serving' })
    expect(violations).toEqual([])
  })

  it('not even its cluster file system, which cuts its daemons off', () => {
    const { world, pass, act } = labAtRest()
    act({ kind: 'stop-unit', node: 2, unit: 'watchdog-mux' })
    pass(5)
    act({ kind: 'start-unit', node: 2, unit: 'watchdog-mux' })
    act({ kind: 'stop-unit', node: 2, unit: 'pve-cluster' })
    expect(world.shared.isRunning('pve3')).toBe(true)
  })

  it.each([
    ['LRM', 'pve-ha-lrm', 30],
    ['multiplexer', 'watchdog-mux', 5],
  ] as const)('is caught where the %s was restarted all the same', (_, unit, awaySeconds) => {
    const { world, violations, pass, act } = labAtRest()
    act({ kind: 'stop-unit', node: 2, unit })
    pass(awaySeconds)
    act({ kind: 'start-unit', node: 2, unit })
    world.network.setLink('pve3', 'cluster', false)
    pass(400)
    expect(violations.map(({ invariant }) => invariant)).toContain('one-process-per-guest')
  })
})

describe('who starts the multiplexer of the watchdog again', () => {
  const start: Act = { kind: 'start-unit', node: 2, unit: 'watchdog-mux' }
  const cutAndKill: readonly Act[] = [
    { kind: 'unplug', node: 2, network: 'cluster' },
    { kind: 'kill-unit', node: 2, unit: 'watchdog-mux' },
  ]

  it('does not where its node is cut off, which the reset would end', () => {
    const { world, violations, pass, act } = labAtRest()
    act(...cutAndKill)
    pass(5)
    act(start)
    pass(400)
    expect(world.guest('ct:100')).toMatchObject({ reach: 'serving' })
    expect(world.guest('ct:100').host).not.toBe('pve3')
    expect(violations).toEqual([])
  })

  it('would otherwise see the guest started a second time', () => {
    const { world, violations, pass, act } = labAtRest()
    act(...cutAndKill)
    pass(5)
    world.units.start(world.node('pve3'), 'watchdog-mux')
    pass(400)
    expect(violations.map(({ invariant }) => invariant)).toContain('one-process-per-guest')
  })
})

describe('who ends the cluster file system of a node', () => {
  const end: Act = { kind: 'stop-unit', node: 1, unit: 'pve-cluster' }

  it('takes no other node down until it runs again, because its vote would count without its copy', () => {
    const { world, act } = labAtRest()
    act(end, { kind: 'cut-power', node: 0 }, { kind: 'unplug', node: 2, network: 'cluster' })
    expect(world.shared.isRunning('pve2')).toBe(false)
    expect(world.node('pve1').power).toBe('on')
    expect(world.network.isLinkUp('pve3', 'cluster')).toBe(true)
    act({ kind: 'start-unit', node: 1, unit: 'pve-cluster' }, { kind: 'cut-power', node: 0 })
    expect(world.node('pve1').power).toBe('off')
  })

  it('does so only while every node is a member', () => {
    const { world, act } = labAtRest()
    act({ kind: 'cut-power', node: 0 }, end)
    expect(world.shared.isRunning('pve2')).toBe(true)
  })

  it('would otherwise see locks change hands too early', () => {
    const { world, violations, pass, act } = labAtRest()
    act({ kind: 'cut-power', node: 0 })
    pass(200)
    world.units.stop(world.node('pve2'), 'pve-cluster')
    // Only pve3 knows what is decided now.
    pass(600)
    world.node('pve3').cutPower()
    act({ kind: 'power-on', node: 0 })
    pass(200)
    act({ kind: 'power-on', node: 2 })
    pass(200)
    expect(violations.map(({ invariant }) => invariant)).toContain('one-holder-per-lock')
  })
})

it('nobody takes a node down between the end of a migration from it and the next round of the master', () => {
  const { world, violations, pass, act } = labAtRest({ id: 'vm:100' })
  const guest = world.guest('vm:100')
  act({ kind: 'ha-command', line: 'migrate vm:100 pve1' })
  while (guest.host === 'pve3') pass(0.1)
  act({ kind: 'cut-power', node: 2 })
  expect(world.node('pve3').power).toBe('on')
  pass(30)
  act({ kind: 'cut-power', node: 2 })
  expect(world.node('pve3').power).toBe('off')
  pass(300)
  expect(guest).toMatchObject({ host: 'pve1', reach: 'serving' })
  expect(violations).toEqual([])
})

it('nothing can be done while the laptop sleeps, nor to a guest whose node is frozen', () => {
  const { world, pass, act } = labAtRest()
  act({ kind: 'suspend', seconds: 20 })
  act({ kind: 'kill-guest', guest: 0 }, { kind: 'cut-power', node: 2 })
  expect(world.guest('ct:100').host).toBe('pve3')
  expect(world.node('pve3').power).toBe('on')
  pass(30)
  act({ kind: 'freeze', node: 2 }, { kind: 'kill-guest', guest: 0 })
  expect(world.guest('ct:100').host).toBe('pve3')
})
