import assert from 'node:assert'
import { describe, expect, it } from 'vitest'
import type { Lab } from '../../shared/domain/lab.ts'
import type { Group } from '../../shared/domain/recipe.ts'
import { outcomeNameOf, type Sample, type Series } from '../../shared/domain/sample.ts'
import { ProblemError } from '../../shared/problems/problem.ts'
import { seededRandom } from '../base/seeded-random.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { LabSession } from '../contracts/lab-session.ts'
import { openEmbeddedLab } from './embedded-lab.ts'

const { signal } = new AbortController()

const lab: Lab = {
  name: 'three nodes',
  laptop: { ramMiB: 24_576, threads: 12 },
  nodes: ['pve1', 'pve2', 'pve3'].map((name) => ({
    name,
    ramMiB: 4096,
    cpus: 2,
    systemDiskGB: 50,
    cephDiskGB: 25,
  })),
  guests: [
    { id: 'ct:101', name: 'container-a', ramMiB: 2048, cpus: 1, diskGB: 4, node: 'pve1' },
    { id: 'vm:103', name: 'vm-a', ramMiB: 2048, cpus: 1, diskGB: 6, node: 'pve3' },
  ],
  ceph: { size: 3, minSize: 2 },
}

interface Opened {
  readonly session: LabSession
  readonly clock: VirtualClock
  readonly log: string[]
  seconds(count: number): Promise<void>
}

async function inLab<T>(
  options: { readonly group?: Group; readonly seed?: number; readonly lab?: Lab },
  act: (opened: Opened) => Promise<T>,
): Promise<T> {
  const clock = new VirtualClock()
  const session = openEmbeddedLab({
    lab: options.lab ?? lab,
    group: options.group ?? 'treatment',
    clock,
    random: seededRandom(options.seed ?? 1),
  })
  const log: string[] = []
  session.onLog((line) => log.push(`${clock.nowMs()} ${JSON.stringify(line)}`))
  return clock.run(() => act({ session, clock, log, seconds: (count) => clock.sleep(count * 1000) }))
}

/** A second each, all guests and the control, every kind, until the returned function is awaited. */
async function probe({ session, clock }: Opened, subjects: readonly string[]) {
  const series: Series[] = subjects.flatMap((subject) =>
    (['icmp', 'tcp', 'http'] as const).map((kind) => ({
      index: 0,
      kind,
      subject,
      address: session.addressOf(subject, kind),
      intervalMs: 1000,
      deadlineMs: 900,
      originMs: clock.nowMs() + 100,
    })),
  )
  const samples = new Map<string, Sample[]>(series.map(({ subject, kind }) => [`${subject} ${kind}`, []]))
  const running = await session.probes.start(series, ({ subject, kind }, sample) =>
    samples.get(`${subject} ${kind}`)?.push(sample),
  )
  return async () => {
    await running.stop(clock.nowMs())
    return samples
  }
}

/** Names of outcomes in order, equal neighbours counted. */
function courseOf(samples: readonly Sample[] | undefined): { readonly outcome: string; count: number }[] {
  const course: { outcome: string; count: number }[] = []
  for (const sample of samples ?? []) {
    const outcome = outcomeNameOf(sample.outcome) ?? 'unknown'
    const last = course.at(-1)
    if (last?.outcome === outcome) last.count += 1
    else course.push({ outcome, count: 1 })
  }
  return course
}

async function isReady({ session }: Opened): Promise<boolean> {
  const seen = await session.observer.observe(signal)
  const { ceph } = seen
  return (
    seen.quorate &&
    seen.haArmed &&
    seen.nodes.every((node) => node.online) &&
    seen.guests.every((guest) => guest.running) &&
    ceph.health === 'HEALTH_OK' &&
    ceph.activeClean === ceph.placementGroups
  )
}

describe('an embedded lab', () => {
  it.each(['treatment', 'control'] as const)(
    'is ready within ten minutes of being opened (%s)',
    async (group) => {
      await inLab({ group }, async (opened) => {
        await opened.seconds(600)
        expect(await isReady(opened)).toBe(true)
      })
    },
  )

  it('is ready in time with the smallest nodes of the published lab too', async () => {
    const small = {
      ...lab,
      nodes: lab.nodes.map((node) => ({ ...node, ramMiB: 1024, cpus: 1 })),
      guests: lab.guests.slice(0, 1),
    }
    await inLab({ lab: small }, async (opened) => {
      await opened.seconds(600)
      expect(await isReady(opened)).toBe(true)
      expect(opened.log.some((line) => line.includes('memory in demand'))).toBe(true)
    })
  })

  it('writes the same log to the byte with the same seed, and another one with another', async () => {
    const logOf = (seed: number) =>
      inLab({ seed }, async ({ session, seconds, log }) => {
        await seconds(400)
        await session.driver.cutPower('pve3', signal)
        await seconds(400)
        await session.driver.startVm('pve3', signal)
        await seconds(300)
        return log.join('\n')
      })
    const [first, again, other] = [await logOf(7), await logOf(7), await logOf(8)]
    expect(first.split('\n').length).toBeGreaterThan(100)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })

  it('moves an HA guest to another node, and the probes see it', async () => {
    await inLab({}, async (opened) => {
      const { session, seconds } = opened
      await seconds(600)
      const stop = await probe(opened, ['ct:101', 'vm:103', 'control'])
      await seconds(60)
      await session.driver.cutPower('pve3', signal)
      await seconds(540)
      const samples = await stop()
      const { guests } = await session.observer.observe(signal)
      expect(guests.find((guest) => guest.id === 'vm:103')?.node).not.toBe('pve3')

      const icmp = courseOf(samples.get('vm:103 icmp'))
      expect(icmp.map(({ outcome }) => outcome)).toEqual(['ok', 'bad:timeout', 'ok'])
      const http = courseOf(samples.get('vm:103 http'))
      expect(http.map(({ outcome }) => outcome)).toEqual(['ok', 'bad:timeout', 'bad:refused', 'ok'])
      // Fencing alone takes 118 to 141 s; boot of the guest comes on top.
      expect(icmp[1]?.count).toBeGreaterThan(130)
      expect(icmp[1]?.count).toBeLessThan(200)

      // The other guest answers echo and connects all along, but its disk is silent for the heartbeat grace.
      for (const series of ['ct:101 icmp', 'ct:101 tcp', 'control icmp', 'control tcp', 'control http'])
        expect(courseOf(samples.get(series)).map(({ outcome }) => outcome)).toEqual(['ok'])
      const stalled = courseOf(samples.get('ct:101 http')).find(({ outcome }) => outcome === 'bad:timeout')
      expect(stalled?.count).toBeGreaterThan(20)
      expect(stalled?.count).toBeLessThan(28)
      for (const each of samples.values())
        expect(each.map(({ tick }) => tick)).toEqual(Array.from({ length: 601 }, (_, tick) => tick))
    })
  })

  it('leaves a guest outside HA down until its node is back', async () => {
    await inLab({ group: 'control' }, async (opened) => {
      const { session, seconds } = opened
      await seconds(600)
      const stop = await probe(opened, ['vm:103'])
      await seconds(10)
      await session.driver.cutPower('pve3', signal)
      await seconds(600)
      expect((await session.observer.observe(signal)).guests).toContainEqual({
        id: 'vm:103',
        node: 'pve3',
        running: false,
      })
      await session.driver.startVm('pve3', signal)
      await seconds(200)
      const samples = await stop()
      const course = courseOf(samples.get('vm:103 icmp'))
      expect(course.map(({ outcome }) => outcome)).toEqual(['ok', 'bad:timeout', 'ok'])
      expect(course[1]?.count).toBeGreaterThan(640)
      expect(await isReady(opened)).toBe(true)
    })
  })

  it('answers a request that waited for the disk when the disk answers in time', async () => {
    await inLab({}, async (opened) => {
      const { session, clock, seconds } = opened
      await seconds(600)
      const series: Series = {
        index: 0,
        kind: 'http',
        subject: 'ct:101',
        address: session.addressOf('ct:101', 'http'),
        intervalMs: 100,
        deadlineMs: 900,
        originMs: clock.nowMs(),
      }
      const samples: Sample[] = []
      const running = await session.probes.start([series], (_series, sample) => samples.push(sample))
      await seconds(10)
      await session.driver.cutPower('pve3', signal)
      await seconds(60)
      await running.stop(clock.nowMs())
      expect(samples.map(({ tick }) => tick)).toEqual(
        Array.from({ length: samples.length }, (_, tick) => tick),
      )
      const slow = samples.filter(({ rttUs }) => rttUs > 100_000)
      expect(slow.length).toBeGreaterThanOrEqual(7)
      expect(slow.length).toBeLessThanOrEqual(9)
      for (const sample of slow) expect(sample.rttUs).toBeLessThan(906_000)
    })
  })

  it('is not answered by anybody while all nodes are off', async () => {
    await inLab({}, async ({ session }) => {
      const failure = await session.observer.observe(signal).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(ProblemError)
      expect((failure as ProblemError).problem.code).toBe('lab.no-answer')
    })
  })

  it('refuses commands for nodes and addresses of guests that it does not have', async () => {
    await inLab({}, async ({ session }) => {
      await expect(session.driver.cutPower('elsewhere', signal)).rejects.toThrow('plan.node-unknown')
      expect(() => session.addressOf('vm:999', 'icmp')).toThrow('plan.guest-unknown')
      expect(session.addressOf('ct:101', 'http')).toBe('http://192.0.2.20/')
      expect(session.addressOf('control', 'tcp')).toBe('192.0.2.1:80')
    })
  })

  it('lists its node VMs and switches them idempotently', async () => {
    await inLab({}, async ({ session, seconds }) => {
      await seconds(300)
      await session.driver.startVm('pve1', signal)
      await session.driver.cutPower('pve2', signal)
      await session.driver.cutPower('pve2', signal)
      expect(await session.driver.listVms(signal)).toEqual([
        { name: 'pve1', power: 'on' },
        { name: 'pve2', power: 'off' },
        { name: 'pve3', power: 'on' },
      ])
      await session.driver.shutDownVm('pve3', signal)
      expect(await session.driver.inspectVm('pve3', signal)).toEqual({ name: 'pve3', power: 'on' })
      await seconds(240)
      expect(await session.driver.inspectVm('pve3', signal)).toEqual({ name: 'pve3', power: 'off' })
    })
  })

  it('loses probes and answers slowly where its networks do, and the control series does not', async () => {
    const quality = { management: { latencyMs: 30, lossPercent: 10 } } as const
    await inLab({ lab: { ...lab, networks: { quality } } }, async (opened) => {
      await opened.seconds(600)
      const end = await probe(opened, ['ct:101', 'control'])
      await opened.seconds(1000)
      const samples = await end()
      const [icmp, control] = [samples.get('ct:101 icmp') ?? [], samples.get('control icmp') ?? []]
      const answered = icmp.filter(({ outcome }) => outcome === 0)
      // Both packets of an echo must arrive: 0.9 squared.
      expect(answered.length / icmp.length).toBeGreaterThan(0.76)
      expect(answered.length / icmp.length).toBeLessThan(0.86)
      for (const { rttUs } of answered) expect(rttUs).toBeGreaterThan(60_000)
      expect(control.every(({ outcome, rttUs }) => outcome === 0 && rttUs < 60_000)).toBe(true)
      const beforeMs = opened.clock.nowMs()
      await opened.session.observer.observe(signal)
      expect(opened.clock.nowMs() - beforeMs).toBeGreaterThan(180)
    })
  })
})

describe('the facets of an embedded lab', () => {
  const withNas: Lab = {
    ...lab,
    storages: [{ kind: 'nfs', name: 'share', server: 'nas1', writes: 'sync' }],
  }

  it('pause and resume nodes, as often as one likes, and nothing else', async () => {
    await inLab({ lab: withNas }, async ({ session, seconds }) => {
      const { driver } = session
      await seconds(300)
      const powerOf = async (name: string) => (await driver.inspectVm(name, signal)).power
      for (let time = 0; time < 2; time++) await driver.pausing?.pause('pve1', signal)
      expect(await powerOf('pve1')).toBe('paused')
      expect(await powerOf('pve2')).toBe('on')
      for (let time = 0; time < 2; time++) await driver.pausing?.resume('pve1', signal)
      expect(await powerOf('pve1')).toBe('on')
      await driver.cutPower('pve2', signal)
      await driver.pausing?.pause('pve2', signal)
      expect(await powerOf('pve2')).toBe('off')
      for (const name of ['nas1', 'elsewhere'])
        await expect(driver.pausing?.pause(name, signal)).rejects.toThrow('plan.node-unknown')
    })
  })

  it('pull and plug single links, and split a network without forgetting what was pulled', async () => {
    await inLab({}, async ({ session, seconds }) => {
      const { links } = session.driver
      assert(links !== undefined)
      await seconds(300)
      const onlineOf = async () => {
        const { nodes } = await session.observer.observe(signal)
        return nodes.filter(({ online }) => online).map(({ name }) => name)
      }
      await links.setLink('pve1', 'cluster', false, signal)
      await links.setLink('pve1', 'cluster', false, signal)
      expect(await links.isLinkUp('pve1', 'cluster', signal)).toBe(false)
      expect(await links.isLinkUp('pve1', 'management', signal)).toBe(true)
      await seconds(20)
      expect(await onlineOf()).toEqual(['pve2', 'pve3'])
      await links.partition('cluster', ['pve2'], signal)
      await links.join('cluster', signal)
      expect(await links.isLinkUp('pve1', 'cluster', signal)).toBe(false)
      await links.setLink('pve1', 'cluster', true, signal)
      await links.partition('cluster', ['pve3'], signal)
      expect(await links.isLinkUp('pve3', 'cluster', signal)).toBe(true)
      await seconds(30)
      expect(await onlineOf()).toEqual(['pve1', 'pve2'])
      await links.join('cluster', signal)
      await expect(links.setLink('elsewhere', 'cluster', true, signal)).rejects.toThrow('plan.node-unknown')
      await expect(links.partition('cluster', ['elsewhere'], signal)).rejects.toThrow('plan.node-unknown')
    })
  })

  it("kill Ceph's daemons, which stay dead until they are started", async () => {
    await inLab({}, async ({ session, seconds }) => {
      const { daemonControl } = session
      assert(daemonControl !== undefined)
      await seconds(300)
      const ceph = async () => (await session.observer.observe(signal)).ceph
      for (const daemon of ['osd', 'monitor'] as const) {
        for (let time = 0; time < 2; time++) await daemonControl.kill('pve2', daemon, signal)
        await seconds(60)
        expect(await daemonControl.isRunning('pve2', daemon, signal)).toBe(false)
        expect(await daemonControl.isRunning('pve1', daemon, signal)).toBe(true)
        expect((await ceph()).osdsUp).toBe(daemon === 'osd' ? 2 : 3)
        for (let time = 0; time < 2; time++) await daemonControl.start('pve2', daemon, signal)
        await seconds(60)
        expect(await daemonControl.isRunning('pve2', daemon, signal)).toBe(true)
      }
      await seconds(120)
      expect(await ceph()).toMatchObject({ health: 'HEALTH_OK', osdsUp: 3 })
      await session.driver.cutPower('pve2', signal)
      await daemonControl.start('pve2', 'osd', signal)
      expect(await daemonControl.isRunning('pve2', 'osd', signal)).toBe(false)
      await expect(daemonControl.kill('elsewhere', 'osd', signal)).rejects.toThrow('plan.node-unknown')
    })
  })
})
