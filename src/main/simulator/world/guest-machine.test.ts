import { describe, expect, it } from 'vitest'
import type { LabGuest } from '../../../shared/domain/lab.ts'
import { seededRandom } from '../../base/seeded-random.ts'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { EventScope } from './event-scope.ts'
import { GuestMachine } from './guest-machine.ts'
import { worldParameters } from './parameters.ts'
import type { GuestDisk } from './storage/guest-storage.ts'
import { RecordSet } from './storage/record-set.ts'

const residentMiB = 512
const parameters = worldParameters()

function diskOn(storage: { answers: boolean }): GuestDisk {
  return {
    storage: undefined,
    answers: () => storage.answers,
    opens: () => storage.answers,
    startRefusal: () => undefined,
    open: () => {},
    close: () => {},
    planMove: () => ({ copyMiB: 0 }),
    move: () => {},
    keep: () => {},
    content: RecordSet.empty,
  }
}

/** One guest on a node of its own, which nothing disturbs but the test. */
function bench(spec: Partial<LabGuest> = {}) {
  const clock = new VirtualClock()
  const storage = { answers: true }
  const reaches: { readonly atMs: number; readonly reach: string }[] = []
  const guest: GuestMachine = new GuestMachine(
    { id: 'vm:100', name: 'guest', ramMiB: 1024, cpus: 1, diskGB: 4, node: 'pve1', ...spec },
    {
      random: seededRandom(7),
      parameters,
      residentMiB: () => residentMiB,
      disk: diskOn(storage),
      writingChanged: () => {},
      isReachedFromLaptop: () => true,
      isReachedFromGuest: () => true,
      reachOf: () => 'serving',
      guest: () => guest,
      dependents: [],
      reachChanges: (_guest, reach) => reaches.push({ atMs: clock.nowMs(), reach }),
      processChanged: () => {},
    },
  )
  const host = { name: 'pve1', scope: new EventScope(clock), slowdown: () => 1 }
  const timedOut: number[] = []
  /** When what was asked for was done. */
  const done = new Map<string, number>()
  const note = (what: string) => () => done.set(what, clock.nowMs())
  const shutdown = (seconds: number) =>
    guest.shutdown(seconds, () => timedOut.push(clock.nowMs()), note('shutdown'))
  const start = () => guest.start(host, note('start'))
  const seconds = (amount: number) => clock.sleep(amount * 1000)
  return { clock, storage, guest, reaches, timedOut, done, note, shutdown, start, seconds }
}

describe('a guest', () => {
  it('comes up in the order task, kernel, services', async () => {
    const { clock, guest, reaches, start, seconds } = bench()
    await clock.run(async () => {
      expect(guest.state).toBe('stopped')
      start()
      expect(guest.state).toBe('starting')
      await seconds(1)
      expect(guest.state).toBe('running')
      expect(guest.reach).toBe('silent')
      await seconds(60)
    })
    expect(reaches.map(({ reach }) => reach)).toEqual(['kernel', 'serving'])
    const [kernel, serving] = reaches.map(({ atMs }) => atMs / 1000)
    expect(kernel).toBeGreaterThan(parameters.vmKernel[0])
    expect((serving ?? 0) - (kernel ?? 0)).toBeLessThanOrEqual(parameters.guestService[1])
  })

  it('shuts down in order, well before its time is over', async () => {
    const { clock, guest, reaches, timedOut, done, shutdown, start, seconds } = bench()
    await clock.run(async () => {
      start()
      await seconds(60)
      const beganMs = clock.nowMs()
      shutdown(180)
      expect(guest.state).toBe('stopping')
      await seconds(600)
      expect(((done.get('shutdown') ?? 0) - beganMs) / 1000).toBeLessThanOrEqual(parameters.vmShutdown[1])
    })
    expect(guest.state).toBe('stopped')
    expect(timedOut).toEqual([])
    expect(reaches.map(({ reach }) => reach)).toEqual(['kernel', 'serving', 'kernel', 'silent'])
  })

  it.each([60, 180])('that ignores the power button serves on until %i s are over', async (limit) => {
    const { clock, guest, reaches, timedOut, done, shutdown, start, seconds } = bench({
      ignoresPowerButton: true,
    })
    await clock.run(async () => {
      start()
      await seconds(60)
      const beganMs = clock.nowMs()
      shutdown(limit)
      await seconds(limit - 1)
      expect([guest.state, guest.reach]).toEqual(['stopping', 'serving'])
      await seconds(2)
      const tookSeconds = ((done.get('shutdown') ?? 0) - beganMs) / 1000
      expect(timedOut).toEqual([beganMs + limit * 1000])
      expect(tookSeconds).toBeGreaterThan(limit)
      expect(tookSeconds).toBeLessThanOrEqual(limit + parameters.guestTerminate[1])
    })
    expect(reaches.at(-1)?.reach).toBe('silent')
  })

  it('does not hear the power button before its system is up, a container does', async () => {
    const secondsTo = async (id: string) => {
      const { clock, done, shutdown, start, seconds } = bench({ id })
      return clock.run(async () => {
        start()
        await seconds(2)
        const beganMs = clock.nowMs()
        shutdown(60)
        await seconds(70)
        return ((done.get('shutdown') ?? 0) - beganMs) / 1000
      })
    }
    expect(await secondsTo('vm:100')).toBeGreaterThan(60)
    expect(await secondsTo('ct:100')).toBeLessThanOrEqual(parameters.ctShutdown[1])
  })

  it('keeps its process when it is reset, and boots anew', async () => {
    const { clock, guest, reaches, start, seconds } = bench()
    await clock.run(async () => {
      start()
      await seconds(60)
      const { processSinceMs } = guest
      guest.reset()
      expect(guest.reach).toBe('silent')
      await seconds(60)
      expect(guest.processSinceMs).toBe(processSinceMs)
    })
    expect(reaches.map(({ reach }) => reach)).toEqual(['kernel', 'serving', 'silent', 'kernel', 'serving'])
  })

  it('has a new process after a reboot, also when it had to be stopped hard', async () => {
    const { clock, guest, done, note, start, seconds } = bench({ ignoresPowerButton: true })
    await clock.run(async () => {
      start()
      await seconds(60)
      const sinceMs = guest.processSinceMs ?? 0
      guest.reboot(60, () => {}, note('reboot'))
      await seconds(30)
      expect([guest.state, done.has('reboot')]).toEqual(['rebooting', false])
      await seconds(32)
      expect(done.has('reboot')).toBe(true)
      expect(guest.state).toBe('running')
      expect(guest.processSinceMs).toBeGreaterThan(sinceMs + 60_000)
      await seconds(60)
      expect(guest.reach).toBe('serving')
    })
  })

  it('goes on where it was after it was suspended, without booting', async () => {
    const { clock, guest, reaches, done, note, start, seconds } = bench()
    await clock.run(async () => {
      start()
      await seconds(60)
      guest.suspend(note('suspend'))
      expect([guest.state, guest.host]).toEqual(['suspending', 'pve1'])
      await seconds(60)
      expect([guest.state, guest.host, done.has('suspend')]).toEqual(['suspended', undefined, true])
      const beganMs = clock.nowMs()
      start()
      await seconds(30)
      const servingAtMs = reaches.at(-1)?.atMs ?? 0
      const loadSeconds = residentMiB / parameters.guestStateRate
      expect((servingAtMs - beganMs) / 1000).toBeLessThan(parameters.vmStartTask[1] + loadSeconds + 0.3)
    })
    expect(reaches.map(({ reach }) => reach)).toEqual(['kernel', 'serving', 'silent', 'serving'])
  })

  it('stands still while it is paused, and does not hear the power button', async () => {
    const { clock, guest, done, shutdown, start, seconds } = bench()
    await clock.run(async () => {
      start()
      await seconds(1)
      guest.setPaused(true)
      await seconds(600)
      expect([guest.state, guest.reach]).toEqual(['paused', 'silent'])
      guest.setPaused(false)
      await seconds(60)
      expect(guest.reach).toBe('serving')
      guest.setPaused(true)
      const beganMs = clock.nowMs()
      shutdown(60)
      await seconds(70)
      expect((done.get('shutdown') ?? 0) - beganMs).toBeGreaterThanOrEqual(60_000)
    })
  })

  it('boots on when its disk answers again', async () => {
    const { clock, storage, guest, start, seconds } = bench()
    await clock.run(async () => {
      start()
      await seconds(1)
      storage.answers = false
      guest.refreshDisk()
      await seconds(600)
      expect(guest.reach).toBe('silent')
      storage.answers = true
      guest.refreshDisk()
      await seconds(60)
      expect(guest.reach).toBe('serving')
    })
  })
})
