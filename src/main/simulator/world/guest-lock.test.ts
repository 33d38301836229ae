import { describe, expect, it } from 'vitest'
import { openStorageLab } from '../../testing/storage-lab.ts'

/** A guest outside HA whose start hangs: its NAS lets nobody open a file in the first 90 s after its own start. */
async function whileStartHangs(
  act: (place: {
    world: ReturnType<typeof openStorageLab>['world']
    seconds: (amount: number) => Promise<void>
    start: () => { error?: string | undefined; endedAtMs?: number }
    move: () => { error?: string | undefined; endedAtMs?: number }
    nowMs: () => number
  }) => Promise<void>,
): Promise<void> {
  const storages = [{ kind: 'nfs', name: 'nas1', server: 'nas', writes: 'sync' } as const]
  const { world, clock, seconds } = openStorageLab({
    storages,
    guests: [{ id: 'ct:100' }],
    group: 'control',
  })
  const guest = world.guest('ct:100')
  const begin = (task: (ended: (error?: string) => void) => void) => {
    const outcome: { error?: string | undefined; endedAtMs?: number } = {}
    task((error) => Object.assign(outcome, { error, endedAtMs: clock.nowMs() }))
    return outcome
  }
  await clock.run(async () => {
    await seconds(300)
    const nas = world.storages.servers[0]
    nas?.cutPower()
    guest.kill()
    nas?.powerOn()
    while (nas?.serves === false) await seconds(1)
    const first = begin((ended) => world.agents.start(guest, world.node('pve1'), 'test', ended))
    await seconds(5)
    expect(guest.state).toBe('starting')
    await act({
      world,
      seconds,
      start: () => begin((ended) => world.agents.start(guest, world.node('pve1'), 'test', ended)),
      move: () =>
        begin((ended) => world.migrations.begin(guest, world.node('pve1'), 'pve2', { online: false, ended })),
      nowMs: () => clock.nowMs(),
    })
    expect(first).toMatchObject({ error: undefined, endedAtMs: expect.any(Number) })
  })
}

const gotTimeout = "can't lock file '/run/lock/lxc/pve-config-100.lock' - got timeout"

describe('while a start task of a guest hangs', () => {
  it('a second one waits for its lock, and fails after 10 s; the first goes on', () =>
    whileStartHangs(async ({ world, seconds, start, nowMs }) => {
      const beganMs = nowMs()
      const second = start()
      await seconds(60)
      expect(second).toEqual({ error: gotTimeout, endedAtMs: beganMs + 10_000 })
      expect(world.guest('ct:100').state).toBe('starting')
      await seconds(60)
      expect(world.guest('ct:100')).toMatchObject({ host: 'pve1', reach: 'serving' })
    }))

  it('it is not moved, so that it runs where its configuration lies', () =>
    whileStartHangs(async ({ world, seconds, move }) => {
      const early = move()
      await seconds(11)
      expect(early.error).toBe(gotTimeout)
      expect(world.configuredNode(world.guest('ct:100'), 'pve1')).toBe('pve1')
      await seconds(100)
      const later = move()
      await seconds(20)
      expect(later).toMatchObject({ error: undefined, endedAtMs: expect.any(Number) })
      expect(world.configuredNode(world.guest('ct:100'), 'pve1')).toBe('pve2')
    }))

  it('who waits is told that it runs, or starts it when the first start was given up', () =>
    whileStartHangs(async ({ world, seconds, start }) => {
      const guest = world.guest('ct:100')
      const tasks = [start(), start()]
      await seconds(1)
      guest.kill()
      await seconds(120)
      expect(guest).toMatchObject({ host: 'pve1', reach: 'serving' })
      expect(tasks.map(({ error }) => error)).toEqual([undefined, gotTimeout])
      await seconds(1)
    }))

  it('but ends in time, a second one finds it running', async () => {
    const { world, clock, seconds } = openStorageLab({ guests: [{}], group: 'control' })
    await clock.run(async () => {
      await seconds(300)
      const guest = world.guest('vm:100')
      guest.kill()
      const errors: (string | undefined)[] = []
      const start = () => world.agents.start(guest, world.node('pve1'), 'test', (error) => errors.push(error))
      start()
      start()
      await seconds(2)
      expect(errors).toEqual([undefined, 'VM 100 already running'])
      expect(guest.state).toBe('running')
    })
  })
})

describe('while a stopped guest is moved', () => {
  it('nothing starts or moves it on the node it leaves', async () => {
    const storages = [{ kind: 'dir', name: 'local' } as const]
    const { world, clock, seconds } = openStorageLab({ storages, guests: [{}], group: 'control' })
    await clock.run(async () => {
      await seconds(300)
      const guest = world.guest('vm:100')
      guest.kill()
      const errors: (string | undefined)[] = []
      const ended = (error?: string) => errors.push(error)
      const source = world.node('pve1')
      world.migrations.begin(guest, source, 'pve2', { online: false, ended })
      await seconds(5)
      world.agents.start(guest, source, 'test', ended)
      world.migrations.begin(guest, source, 'pve3', { online: false, ended })
      expect(errors).toEqual(['VM is locked (migrate)', 'VM is locked (migrate)'])
      await seconds(30)
      expect(errors.slice(2)).toEqual([undefined])
      world.agents.start(guest, world.node('pve2'), 'test', ended)
      await seconds(60)
      expect(guest).toMatchObject({ host: 'pve2', reach: 'serving' })
      expect(world.configuredNode(guest, 'pve1')).toBe('pve2')
    })
  })

  it('a node that dies takes its task along', async () => {
    const storages = [{ kind: 'dir', name: 'local' } as const]
    const { world, clock, seconds } = openStorageLab({ storages, guests: [{}], group: 'control' })
    await clock.run(async () => {
      await seconds(300)
      const guest = world.guest('vm:100')
      guest.kill()
      world.migrations.begin(guest, world.node('pve1'), 'pve2', { online: false, ended: () => {} })
      await seconds(5)
      world.node('pve1').cutPower()
      world.node('pve1').powerOn()
      await seconds(300)
      expect(guest).toMatchObject({ host: 'pve1', reach: 'serving' })
    })
  })
})
