import assert from 'node:assert'
import { describe, expect, it } from 'vitest'
import { openFaultsOf, runStateOf } from '../../shared/domain/journal.ts'
import { ProblemError, problem } from '../../shared/problems/problem.ts'
import { EngineBench } from '../testing/engine-bench.ts'

describe('a run that meets a failure', () => {
  it('heals and ends as failed when an injection fails', async () => {
    const bench = new EngineBench()
    bench.lab.onCommand = (command) => {
      if (command === 'shut-down') throw new ProblemError(problem('run.failed', {}, 'no such button'))
    }
    expect(await bench.run()).toBe('failed')
    const types = bench.types.slice(bench.types.indexOf('problem-met'))
    expect(types.filter((type) => type !== 'lab-log')).toEqual([
      'problem-met',
      'fault-healing',
      'fault-healed',
      'phase-ended',
      'window-closed',
      'run-ended',
    ])
    const state = runStateOf(bench.file.entries)
    expect(state.problems).toEqual([{ code: 'run.failed', params: {}, detail: 'no such button' }])
    expect(state.faults.map(({ status }) => status)).toEqual(['healed', 'healed', 'planned'])
  })

  it('treats a broken assumption likewise', async () => {
    const bench = new EngineBench()
    bench.lab.onCommand = (command) => assert(command !== 'cut-power', 'cannot happen')
    expect(await bench.run()).toBe('failed')
    expect(runStateOf(bench.file.entries).problems[0]).toMatchObject({ code: 'run.failed' })
    expect(runStateOf(bench.file.entries).problems[0]?.detail).toContain('cannot happen')
    expect(openFaultsOf(runStateOf(bench.file.entries))).toEqual([])
  })

  it('says which node did not return, after trying twice', async () => {
    const bench = new EngineBench()
    const startVm = bench.lab.driver.startVm
    Object.assign(bench.lab.driver, { startVm: async () => {} })
    expect(await bench.run()).toBe('failed')
    const state = runStateOf(bench.file.entries)
    expect(state.problems.map(({ code, params }) => ({ code, params }))).toEqual([
      { code: 'run.heal-failed', params: { fault: 'first', node: 'pve1' } },
      { code: 'run.heal-failed', params: { fault: 'first', node: 'pve1' } },
    ])
    expect(openFaultsOf(state)).toHaveLength(1)
    expect(startVm).toBeDefined()
  })

  it('gives up on a hypervisor that never answers', async () => {
    const bench = new EngineBench()
    Object.assign(bench.lab.driver, { cutPower: () => new Promise(() => {}) })
    expect(await bench.run()).toBe('failed')
    expect(runStateOf(bench.file.entries).problems[0]?.detail).toBe('first: not injected within 600 s')
    expect(openFaultsOf(runStateOf(bench.file.entries))).toEqual([])
  })

  it('brings the lab back when the run file can no longer be written, and rejects with why', async () => {
    const whole = new EngineBench()
    await whole.run()
    const injected = whole.types.indexOf('fault-injected') + 1
    for (const fullFrom of [injected, injected + 2, whole.types.indexOf('fault-healing') + 1]) {
      const bench = new EngineBench()
      bench.file.fullFrom = fullFrom
      const error = await bench.run().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ problem: { code: 'run-file.write-failed' } })
      expect([...bench.lab.nodes.values()].every(({ online }) => online)).toBe(true)
      expect(bench.file.entries).toEqual(whole.file.entries.slice(0, fullFrom - 1))
    }
  })

  it('is not ended by a listener that throws', async () => {
    const bench = new EngineBench()
    const outcome = await bench.run((run) => {
      run.onEvent(() => {
        throw new Error('a window that was closed')
      })
    })
    expect(outcome).toBe('completed')
  })

  it('ends as failed when probes cannot start', async () => {
    const bench = new EngineBench()
    Object.assign(bench.lab.probes, {
      start: () => Promise.reject(new ProblemError(problem('probe.icmp-unavailable'))),
    })
    expect(await bench.run()).toBe('failed')
    expect(runStateOf(bench.file.entries).problems).toEqual([{ code: 'probe.icmp-unavailable', params: {} }])
  })
})
