import { describe, expect, it } from 'vitest'
import type { LinkQuality } from '../../../../shared/domain/lab.ts'
import { DirectScheduler } from '../../../base/direct-scheduler.ts'
import { seededRandom } from '../../../base/seeded-random.ts'
import { labOf } from '../../../testing/lab-of.ts'
import { expectedRepetitionSeconds, silenceOfRepeatedMs, transmissionsWithin } from '../lossy-exchange.ts'
import { worldParameters } from '../parameters.ts'
import { World } from '../world.ts'
import { connectionMiBPerSecond } from './network-pace.ts'

const lab = labOf({
  guests: [
    { id: 'ct:100', node: 'pve1' },
    { id: 'ct:101', node: 'pve2' },
  ],
})

function labAtRest(quality: LinkQuality = {}) {
  const scheduler = new DirectScheduler()
  const world = new World({ lab, group: 'treatment', scheduler, random: seededRandom(1) })
  const log: string[] = []
  world.onLog(({ message }) => log.push(message))
  const pass = (seconds: number) => scheduler.runUntil(scheduler.nowMs() + seconds * 1000)
  world.switchOn()
  pass(300)
  world.network.setQuality('cluster', quality)
  return { world, pass, log }
}

/** Seconds until an OSD that was away for a long time has all its objects again. */
function recoverySeconds(quality: LinkQuality): number {
  const { world, pass } = labAtRest()
  world.ceph.osdMap.stopOsd(2, 'killed')
  pass(30)
  world.ceph.data.write(2, 2000, 4 * 1024 * 1024)
  world.network.setQuality('cluster', quality)
  world.ceph.settings.thresholds.osdRecoverySleep = 0
  world.ceph.osdMap.startOsd(2, 1)
  let seconds = 0
  while (!world.ceph.data.recovery.isRunning) pass(1)
  for (; world.ceph.data.recovery.isRunning; seconds++) pass(1)
  return seconds
}

describe('recovery', () => {
  it('takes as long as the bandwidth of the network needs', () => {
    const bytes = 2000 * 4 * 1024 * 1024
    const seconds = recoverySeconds({ bandwidthMbps: 100 })
    expect(seconds).toBeGreaterThan((bytes * 8) / 100e6)
    expect(seconds).toBeLessThan(((bytes * 8) / 100e6) * 1.1)
    expect(recoverySeconds({ bandwidthMbps: 10_000 })).toBe(recoverySeconds({}))
  })

  it('slows down with loss and with latency', () => {
    const lossy = recoverySeconds({ lossPercent: 1 })
    expect(lossy).toBeGreaterThan(2 * recoverySeconds({}))
    expect(recoverySeconds({ lossPercent: 1, latencyMs: 1 })).toBeGreaterThan(3 * lossy)
  })

  it('goes on at the new pace when the network changes under way', () => {
    const { world, pass } = labAtRest({ bandwidthMbps: 10 })
    world.ceph.osdMap.stopOsd(2, 'killed')
    pass(30)
    world.ceph.data.write(2, 2000, 4 * 1024 * 1024)
    world.ceph.settings.thresholds.osdRecoverySleep = 0
    world.ceph.osdMap.startOsd(2, 1)
    pass(120)
    expect(world.ceph.data.recovery.rate).toBeCloseTo(10e6 / 8 / world.ceph.data.objectBytes)
    world.network.setQuality('cluster', {})
    expect(world.ceph.data.recovery.rate).toBeGreaterThan(30)
    pass(90)
    expect(world.ceph.data.recovery.isRunning).toBe(false)
  })
})

describe('writes of guests', () => {
  const recordsIn = (quality: LinkQuality, seconds: number) => {
    const { world, pass } = labAtRest(quality)
    const before = world.storages.ledger.recordsOf('ct:100').acknowledged
    pass(seconds)
    return world.storages.ledger.recordsOf('ct:100').acknowledged - before
  }

  it('take longer by two exchanges in a network with latency', () => {
    const perfect = recordsIn({}, 600)
    expect(perfect).toBe(Math.round(600 * worldParameters().recordRate))
    // A third of the primaries is on the guest's own node.
    const delaySeconds = (2 / 3) * 0.02 + 0.02
    const expected = 600 / (1 / worldParameters().recordRate + delaySeconds)
    expect(Math.abs(recordsIn({ latencyMs: 10 }, 600) - expected)).toBeLessThan(2)
  })

  it('show as the load of clients, at the rate that the network allows', () => {
    const { world } = labAtRest()
    const written = () => world.ceph.report('pve1')?.groups.client?.writeOperations ?? 0
    const guests = world.guests.filter(({ isRunning }) => isRunning).length
    expect(guests).toBeGreaterThan(0)
    expect(written()).toBe(Math.round(guests * worldParameters().recordRate))
    world.network.setQuality('cluster', { latencyMs: 100 })
    expect(written()).toBeLessThan(guests * 5)
  })

  it('take longer by repetitions in a network with loss', () => {
    const lossy = [0, 1, 5, 20].map((lossPercent) => recordsIn({ lossPercent }, 100))
    expect(lossy).toEqual([...lossy].sort((a, b) => b - a))
    expect(new Set(lossy).size).toBe(4)
  })
})

describe('heartbeats', () => {
  const downIn = (lossPercent: number, seconds: number) => {
    const { world, pass, log } = labAtRest()
    world.network.setQuality('cluster', { lossPercent }, 'pve3')
    pass(seconds)
    return log.filter((line) => /osd\.2 failed/.test(line)).length
  }

  it('survive moderate loss, and are missed now and then where most packets get lost', () => {
    expect(downIn(20, 3600)).toBe(0)
    expect(downIn(60, 3600)).toBeGreaterThan(3)
  })

  it('are missed no longer when the loss ends', () => {
    const { world, pass, log } = labAtRest()
    world.network.setQuality('cluster', { lossPercent: 60 }, 'pve3')
    pass(1800)
    world.network.setQuality('cluster', {}, 'pve3')
    pass(120)
    const before = log.length
    pass(3600)
    expect(log.slice(before).filter((line) => line.includes('osd.2 failed'))).toEqual([])
    expect(world.ceph.osdMap.osds.every(({ up }) => up)).toBe(true)
  })
})

describe('leases of monitors', () => {
  const electionsIn = (lossPercent: number, seconds: number) => {
    const { world, pass, log } = labAtRest()
    world.network.setQuality('cluster', { lossPercent }, 'pve3')
    const before = log.length
    pass(seconds)
    const elections = log.slice(before).filter((line) => line.includes('is new leader')).length
    world.network.setQuality('cluster', {}, 'pve3')
    pass(60)
    return { elections, members: world.ceph.monitors.quorum.length }
  }

  it('survive moderate loss, and are late now and then where most packets get lost', () => {
    expect(electionsIn(10, 3600)).toEqual({ elections: 0, members: 3 })
    const { elections, members } = electionsIn(60, 3600)
    expect(members).toBe(3)
    // Every 3 s one there and its acknowledgement, six transmissions each; an election takes a few seconds more.
    const chance = 1 - (1 - 0.6 ** 6) ** 2
    expect(elections).toBeGreaterThan((3600 / (3 / chance)) * 0.4)
    expect(elections).toBeLessThan((3600 / (3 / chance)) * 1.2)
  })

  it('leave those in the quorum whose links lose nothing, and nobody changes a map meanwhile', () => {
    const { world, pass } = labAtRest()
    world.network.setQuality('cluster', { lossPercent: 60 }, 'pve3')
    const { monitors } = world.ceph
    for (let second = 0; monitors.canCommit && second < 3600; second++) pass(1)
    expect([monitors.canCommit, monitors.quorum]).toEqual([false, ['pve1', 'pve2', 'pve3']])
    for (let second = 0; !monitors.canCommit && second < 60; second++) pass(1)
    expect(monitors.quorum.slice(0, 2)).toEqual(['pve1', 'pve2'])
  })
})

describe('the forms behind it', () => {
  it('count the transmissions of Linux: after 0, 0.2, 0.6, 1.4, 3, 6.2, 12.6 and 25.4 s', () => {
    expect([0, 199, 200, 20_000, 25_400].map(transmissionsWithin)).toEqual([1, 1, 2, 7, 8])
    expect(silenceOfRepeatedMs(20_000)).toBe(25_400)
    expect(silenceOfRepeatedMs(100_000)).toBe(102_200)
    expect(silenceOfRepeatedMs(110_000)).toBe(204_600)
    expect(silenceOfRepeatedMs(300_000)).toBe(324_600)
  })

  it('add nothing on a perfect path, and for a rare loss about its chance times the first repetition', () => {
    const path = { latencyMs: 0, bandwidthMbps: Number.POSITIVE_INFINITY }
    expect(expectedRepetitionSeconds({ ...path, loss: 0 })).toBe(0)
    expect(expectedRepetitionSeconds({ ...path, loss: 0.001 })).toBeCloseTo(0.002 * 0.2, 5)
    expect(expectedRepetitionSeconds({ ...path, loss: 1 })).toBe(Number.POSITIVE_INFINITY)
  })

  it('let a connection carry its line, or what loss leaves of it: 1 % at 10 ms round trip is 1.7 MiB/s', () => {
    const parameters = { cephRoundTrip: 0 }
    expect(
      connectionMiBPerSecond({ latencyMs: 5, loss: 0.01, bandwidthMbps: 10_000 }, parameters),
    ).toBeCloseTo(1.69, 2)
    expect(connectionMiBPerSecond({ latencyMs: 5, loss: 0.01, bandwidthMbps: 8.388608 }, parameters)).toBe(1)
  })
})
