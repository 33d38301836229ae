import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../base/virtual-clock.ts'
import { EventScope } from './event-scope.ts'

async function inScope(act: (scope: EventScope, seconds: (count: number) => Promise<void>) => Promise<void>) {
  const clock = new VirtualClock()
  const done: string[] = []
  const scope = new EventScope(clock)
  const plan = (name: string, seconds: number) =>
    scope.after(seconds * 1000, () => done.push(`${name} at ${clock.nowMs() / 1000}`))
  plan('soon', 2)
  plan('later', 20)
  const cancel = plan('cancelled', 3)
  await clock.run(async () => {
    await clock.sleep(1000)
    scope.standStill()
    await clock.sleep(9000)
    cancel()
    plan('new', 1)
    await act(scope, (count) => clock.sleep(count * 1000))
    await clock.sleep(60_000)
  })
  return done
}

describe('a scope that stood still', () => {
  it('does at once what has become due meanwhile, and the rest in time', async () => {
    const done = await inScope(async (scope) => scope.goOn('deadlines'))
    expect(done).toEqual(['soon at 10', 'new at 11', 'later at 20'])
  })

  it('takes as long for work as it still had to take', async () => {
    const done = await inScope(async (scope) => scope.goOn('work'))
    expect(done).toEqual(['soon at 11', 'new at 20', 'later at 29'])
  })

  it('does nothing of what it had planned when it ends, and plans anew', async () => {
    const done = await inScope(async (scope, seconds) => {
      scope.clear()
      await seconds(30)
      expect(scope.standsStill).toBe(false)
    })
    expect(done).toEqual([])
  })
})
