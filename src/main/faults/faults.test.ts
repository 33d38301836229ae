import { describe, expect, it } from 'vitest'
import { isCephFault, isGuestFault } from '../../shared/domain/fault-scope.ts'
import type { FaultTarget } from '../../shared/domain/journal.ts'
import { type FaultKind, faultKindSchema } from '../../shared/domain/plan.ts'
import { VirtualClock } from '../base/virtual-clock.ts'
import type { Fault, FaultContext } from '../contracts/fault.ts'
import { specOf } from '../testing/engine-bench.ts'
import { FakeLab } from '../testing/fake-lab.ts'
import { faultCatalogue } from './catalogue.ts'
import { nasPowerOff } from './nas-power-off.ts'
import { nodePowerOff } from './node-power-off.ts'
import { nodeShutdown } from './node-shutdown.ts'

const target: FaultTarget = { node: 'pve2', rule: 'fixed', guests: [], wasCrmMaster: false }

function createBench() {
  const clock = new VirtualClock()
  const { lab: description } = specOf({})
  const lab = new FakeLab({ lab: description, group: 'treatment', clock, resumption: 'replay' })
  const commands: string[] = []
  lab.onCommand = (command) => commands.push(command)
  const limit = new AbortController()
  const context: FaultContext = {
    fault: 'fault-1',
    lab: description,
    clock,
    driver: lab.driver,
    guestControl: lab.guestControl,
    daemonControl: lab.daemonControl,
    observe: lab.observer.observe,
    signal: limit.signal,
  }
  return { clock, lab, commands, limit, context, node: () => lab.nodes.get('pve2') }
}

const nodeFaults = [nodePowerOff, nodeShutdown]
const guestFaults = faultCatalogue.filter(({ kind }) => isGuestFault(kind))

describe.each(guestFaults.map((fault) => [fault.kind, fault] as const))('%s', (_, fault) => {
  function createGuestBench() {
    const bench = createBench()
    const [id = ''] = bench.lab.guests.keys()
    const hit: FaultTarget = { ...target, rule: 'hosting-guest', guests: [id] }
    const state = () => {
      const guest = bench.lab.guests.get(id)
      return guest?.running === true && guest.serviceUp ? 'well' : 'hit'
    }
    return { ...bench, hit, state }
  }

  it('is healed when the guest is well again, and may be healed twice', async () => {
    const { clock, context, hit, state, commands } = createGuestBench()
    await clock.run(async () => {
      await fault.inject(hit, context)
      await clock.sleep(60_000)
      expect(state()).toBe('hit')
      await fault.heal(hit, context)
      expect(state()).toBe('well')
      await fault.heal(hit, context)
      expect(state()).toBe('well')
    })
    expect(commands).toEqual([])
  })

  it('harms nothing when it is healed without having been injected', async () => {
    const { clock, context, hit, state } = createGuestBench()
    await clock.run(() => fault.heal(hit, context))
    expect(state()).toBe('well')
  })

  it('tries to heal until its time is over', async () => {
    const { clock, context, hit, lab, limit } = createGuestBench()
    const reason = new Error('time is over')
    const healing = clock.run(async () => {
      await fault.inject(hit, context)
      Object.assign(lab.guestControl, { start: async () => {}, startService: async () => {} })
      clock.at(900_000, () => limit.abort(reason))
      await fault.heal(hit, context)
    })
    await expect(healing).rejects.toBe(reason)
  })

  it('says so in a lab that gives no hold of guests', async () => {
    const { clock, context, hit } = createGuestBench()
    const { guestControl: _guestControl, ...without } = context
    const injecting = clock.run(() => fault.inject(hit, without))
    await expect(injecting).rejects.toMatchObject({ problem: { code: 'run.fault-not-possible' } })
  })
})

describe.each(nodeFaults.map((fault) => [fault.kind, fault] as const))('%s', (_, fault) => {
  it('is healed when the node is a member again, and may be healed twice', async () => {
    const { clock, context, node } = createBench()
    await clock.run(async () => {
      await fault.inject(target, context)
      await clock.sleep(120_000)
      expect(node()).toEqual({ power: 'off', online: false })
      await fault.heal(target, context)
      expect(node()).toEqual({ power: 'on', online: true })
      await fault.heal(target, context)
      expect(node()).toEqual({ power: 'on', online: true })
    })
  })

  it('harms nothing when it is healed without having been injected', async () => {
    const { clock, context, node, commands } = createBench()
    await clock.run(() => fault.heal(target, context))
    expect(node()).toEqual({ power: 'on', online: true })
    expect(commands).toEqual([])
  })

  it('waits for a member that answers', async () => {
    const { clock, context, lab, node } = createBench()
    await clock.run(async () => {
      for (const each of lab.nodes.values()) Object.assign(each, { power: 'off', online: false })
      await fault.heal(target, context)
      expect(node()).toEqual({ power: 'on', online: true })
    })
  })

  it('tries to heal until its time is over', async () => {
    const { clock, context, lab, limit } = createBench()
    const reason = new Error('time is over')
    const healing = clock.run(async () => {
      await lab.driver.cutPower('pve2', limit.signal)
      Object.assign(lab.driver, { startVm: async () => {} })
      clock.at(900_000, () => limit.abort(reason))
      await fault.heal(target, context)
    })
    await expect(healing).rejects.toBe(reason)
    expect(clock.nowMs()).toBe(900_000)
  })
})

describe('nodePowerOff', () => {
  it('is injected when the node is off', async () => {
    const { clock, context, node } = createBench()
    await clock.run(() => nodePowerOff.inject(target, context))
    expect(node()?.power).toBe('off')
  })

  it('switches a node on again that goes off by itself', async () => {
    const { clock, context, lab, node, commands } = createBench()
    await clock.run(async () => {
      await nodePowerOff.inject(target, context)
      clock.at(20_000, () => Object.assign(lab.nodes.get('pve2') ?? {}, { power: 'off' }))
      await nodePowerOff.heal(target, context)
    })
    expect(node()).toEqual({ power: 'on', online: true })
    expect(commands).toEqual(['cut-power', 'start', 'start'])
  })
})

describe('nodeShutdown', () => {
  it('is injected when the button is pressed, while the node still runs', async () => {
    const { clock, context, node } = createBench()
    await clock.run(() => nodeShutdown.inject(target, context))
    expect(node()?.power).toBe('on')
  })

  it('lets a node that is still shutting down go off before it is started', async () => {
    const { clock, context, node, commands } = createBench()
    await clock.run(async () => {
      await nodeShutdown.inject(target, context)
      await clock.sleep(5000)
      await nodeShutdown.heal(target, context)
    })
    expect(node()).toEqual({ power: 'on', online: true })
    expect(commands).toEqual(['shut-down', 'start'])
  })
})

/** Faults that leave the power of nodes alone, and how one sees them. */
const facetFaults: readonly (readonly [FaultKind, (bench: ReturnType<typeof createBench>) => boolean])[] = [
  ['node-frozen', ({ node }) => node()?.power === 'paused'],
  ['cluster-link-cut', ({ lab }) => lab.harms.get('pve2')?.pulled.has('cluster') === true],
  ['management-link-cut', ({ lab }) => lab.harms.get('pve2')?.pulled.has('management') === true],
  ['network-partition', ({ lab }) => lab.side.includes('pve2')],
  ['osd-killed', ({ lab }) => lab.harms.get('pve2')?.dead.has('osd') === true],
  ['monitor-killed', ({ lab }) => lab.harms.get('pve2')?.dead.has('monitor') === true],
]

describe.each(facetFaults)('%s', (kind, isHit) => {
  const fault = faultCatalogue.find((each) => each.kind === kind) as Fault

  it('is healed when nothing of it is left and the node is a member, and may be healed twice', async () => {
    const bench = createBench()
    const { clock, context, node } = bench
    await clock.run(async () => {
      await fault.inject(target, context)
      await clock.sleep(60_000)
      expect(isHit(bench)).toBe(true)
      for (let time = 0; time < 2; time++) {
        await fault.heal(target, context)
        expect(isHit(bench)).toBe(false)
        expect(node()).toEqual({ power: 'on', online: true })
      }
    })
  })

  it('harms nothing when it is healed without having been injected', async () => {
    const bench = createBench()
    await bench.clock.run(() => fault.heal(target, bench.context))
    expect(isHit(bench)).toBe(false)
    expect(bench.commands).toEqual([])
  })

  it('tries to heal until its time is over', async () => {
    const bench = createBench()
    const { clock, context, lab, limit } = bench
    const reason = new Error('time is over')
    const healing = clock.run(async () => {
      await fault.inject(target, context)
      // Whatever is done, the node does not come back.
      await lab.driver.cutPower('pve2', limit.signal)
      Object.assign(lab.driver, { startVm: async () => {} })
      clock.at(900_000, () => limit.abort(reason))
      await fault.heal(target, context)
    })
    await expect(healing).rejects.toBe(reason)
  })

  it('says so where the lab cannot do it', async () => {
    const { clock, context } = createBench()
    const { daemonControl: _daemonControl, ...rest } = context
    const { pausing: _pausing, links: _links, ...driver } = context.driver
    const injecting = clock.run(() => fault.inject(target, { ...rest, driver }))
    await expect(injecting).rejects.toMatchObject({
      problem: { code: 'run.fault-not-possible', params: { fault: 'fault-1', kind } },
    })
  })
})

describe('nasPowerOff', () => {
  it('is injected when the machine is off, healed when it is on, and needs no membership', async () => {
    const { clock, context, node } = createBench()
    await clock.run(async () => {
      await nasPowerOff.inject(target, context)
      expect(node()?.power).toBe('off')
      await nasPowerOff.heal(target, context)
      expect(node()).toMatchObject({ power: 'on', online: false })
      await nasPowerOff.heal(target, context)
    })
  })
})

it('every kind of the plan has a fault of its own', () => {
  expect(faultCatalogue.map(({ kind }) => kind).sort()).toEqual([...faultKindSchema.options].sort())
  expect(faultCatalogue.filter(({ kind }) => isCephFault(kind))).toHaveLength(2)
})
