import { describe, expect, it } from 'vitest'
import type { LrmStatus, ManagerStatus, ServiceConfig, ServiceState } from './cluster-data.ts'
import { emptyManagerStatus } from './cluster-data.ts'
import type { AgentOutcome, LrmEnvironment } from './environment.ts'
import { createLrm } from './lrm.ts'

/** An LRM of node n1 whose actions end when the test says so. */
function createLab(sids: readonly string[], maxWorkers = 4) {
  const running = new Set<string>()
  const underWay = new Map<string, { kind: string; done: (outcome: AgentOutcome) => void }>()
  const log: string[] = []
  const published: LrmStatus[] = []
  let status: ManagerStatus = emptyManagerStatus
  let now = 0
  let kind: 'reboot' | 'shutdown' | undefined
  let holdsLock = true

  const config = Object.fromEntries(
    sids.map((sid): [string, ServiceConfig] => [
      sid,
      { node: 'n1', state: 'started', failback: true, maxRestart: 1, maxRelocate: 1 },
    ]),
  )
  const begin = (sid: string, what: string, done: (outcome: AgentOutcome) => void) => {
    underWay.set(sid, { kind: what, done })
  }
  const env: LrmEnvironment = {
    node: 'n1',
    now: () => now,
    log: (level, message) => log.push(`${level} ${message}`),
    release: 9,
    isQuorate: () => true,
    refresh: () => true,
    readManagerStatus: () => status,
    readServiceConfig: () => config,
    readDatacenter: () => ({}),
    acquireLock: () => holdsLock,
    releaseLock: () => true,
    openWatchdog: () => 'w',
    feedWatchdog: () => {},
    closeWatchdog: () => log.push('watchdog closed'),
    writeLrmStatus: (value) => published.push(value),
    shutdownKind: () => kind,
    agents: {
      supports: (type) => type === 'vm',
      isRunning: (sid) => running.has(sid),
      start: (sid, done) => begin(sid, 'start', done),
      shutdown: (sid, _, done) => begin(sid, 'shutdown', done),
      migrate: (sid, _, __, done) => begin(sid, 'migrate', done),
    },
    maxWorkers,
  }
  const lrm = createLrm(env)
  return {
    lrm,
    log,
    underWay,
    lastPublished: () => published.at(-1),
    publishedCount: () => published.length,
    setStates(state: ServiceState, tracked = sids) {
      const serviceStatus = Object.fromEntries(
        tracked.map((sid) => [sid, { state, node: 'n1', uid: `u-${sid}` }]),
      )
      status = { ...emptyManagerStatus, nodeStatus: { n1: 'online' }, serviceStatus }
    },
    finish(sid: string, works = true) {
      const action = underWay.get(sid)
      underWay.delete(sid)
      if (works && action?.kind === 'start') running.add(sid)
      if (works && action?.kind === 'shutdown') running.delete(sid)
      action?.done(works ? 'finished' : 'failed')
    },
    crash: (sid: string) => underWay.get(sid)?.done({ crashed: 'agent broke' }),
    shutDown(how: 'reboot' | 'shutdown') {
      kind = how
      lrm.requestShutdown()
    },
    loseLock() {
      holdsLock = false
    },
    iterate() {
      now += 10
      return lrm.iterate()
    },
  }
}

describe('an LRM whose actions take their time', () => {
  it('publishes the result when the action ends, not before', () => {
    const lab = createLab(['vm:1'])
    lab.setStates('started')
    expect(lab.iterate()).toEqual({ next: 'iterate', inSeconds: 10 })
    expect(lab.lastPublished()?.results).toEqual(new Map())
    lab.finish('vm:1')
    expect(lab.lastPublished()?.results).toEqual(
      new Map([['u-vm:1', { sid: 'vm:1', action: 'started', exitCode: 0 }]]),
    )
    expect(lab.log.at(-1)).toBe('info service status vm:1 started')
  })

  it('does not begin the same action twice while it is under way', () => {
    const lab = createLab(['vm:1'])
    lab.setStates('started')
    lab.iterate()
    lab.iterate()
    expect(lab.log.filter((line) => line === 'info starting service vm:1')).toHaveLength(1)
  })

  it('has as many actions under way as it has workers, the next one as soon as one ends', () => {
    const lab = createLab(['vm:1', 'vm:2', 'vm:3'], 2)
    lab.setStates('started')
    lab.iterate()
    expect([...lab.underWay.keys()]).toEqual(['vm:1', 'vm:2'])
    lab.finish('vm:1')
    expect([...lab.underWay.keys()]).toEqual(['vm:2', 'vm:3'])
  })

  it('lets those go first that waited longest', () => {
    const lab = createLab(['vm:1', 'vm:2', 'vm:3'], 1)
    lab.setStates('started', ['vm:2', 'vm:3'])
    lab.iterate()
    lab.setStates('started')
    lab.iterate()
    lab.finish('vm:2')
    expect([...lab.underWay.keys()]).toEqual(['vm:3'])
    lab.finish('vm:3')
    expect([...lab.underWay.keys()]).toEqual(['vm:1'])
  })

  it('tries a failed start again in the next round, then reports the failure', () => {
    const lab = createLab(['vm:1'])
    lab.setStates('started')
    lab.iterate()
    lab.finish('vm:1', false)
    expect(lab.lastPublished()?.results).toEqual(new Map())
    lab.iterate()
    lab.finish('vm:1', false)
    expect(lab.lastPublished()?.results.get('u-vm:1')?.exitCode).toBe(1)
    expect(lab.log).toContain('err unable to start service vm:1 on local node after 1 retries')
  })

  it('reports an agent that broke', () => {
    const lab = createLab(['vm:1'])
    lab.setStates('started')
    lab.iterate()
    lab.crash('vm:1')
    expect(lab.lastPublished()?.results.get('u-vm:1')?.exitCode).toBe(-1)
    expect(lab.log.slice(-2)).toEqual([
      'err agent broke',
      'err resource agent vm:1 finished - failed to execute',
    ])
  })

  it('waits with its end until guests are stopped and frozen when the node reboots', () => {
    const lab = createLab(['vm:1'])
    lab.setStates('started')
    lab.iterate()
    lab.finish('vm:1')
    lab.iterate()
    lab.shutDown('reboot')
    expect(lab.lastPublished()?.mode).toBe('restart')
    expect(lab.iterate().next).toBe('iterate')
    expect(lab.underWay.get('vm:1')?.kind).toBe('shutdown')
    lab.setStates('freeze')
    expect(lab.iterate().next).toBe('iterate')
    lab.finish('vm:1')
    expect(lab.iterate().next).toBe('exit')
    expect(lab.log).toContain('watchdog closed')
  })

  it('does nothing and publishes nothing without its lock', () => {
    const lab = createLab(['vm:1'])
    lab.setStates('started')
    lab.iterate()
    lab.loseLock()
    const before = lab.publishedCount()
    expect(lab.iterate()).toEqual({ next: 'iterate', inSeconds: 5 })
    expect(lab.lrm.state).toBe('lost_agent_lock')
    lab.finish('vm:1', false)
    expect(lab.publishedCount()).toBe(before)
    expect(lab.log).not.toContain('watchdog closed')
  })
})
