import { describe, expect, it } from 'vitest'
import type { NodeState } from './cluster-data.ts'
import type { CrmEnvironment } from './environment.ts'
import { NodeStates, type PublishedMode } from './node-states.ts'

/** Node states over an environment that only knows the time, a log and whether locks can be had. */
function createLab(initial: Record<string, NodeState>) {
  const log: string[] = []
  const lab = { now: 0, lockIsFree: false, log, modes: new Map<string, PublishedMode>() }
  const env = {
    now: () => lab.now,
    log: (_: string, message: string) => log.push(message),
    acquireLock: () => lab.lockIsFree,
    notifyFencing: (stage: string) => log.push(stage),
  } as Partial<CrmEnvironment> as CrmEnvironment
  const states = new NodeStates(env, initial)
  const update = (membership: Record<string, boolean>, seconds = 10) => {
    lab.now += seconds
    states.update(membership, (node) => lab.modes.get(node) ?? 'active')
  }
  return { ...lab, lab, states, update }
}

describe('the state of a node', () => {
  it('follows its membership', () => {
    const { states, update } = createLab({})
    update({ n1: true, n2: false })
    expect(states.names()).toEqual(['n1'])
    update({ n1: false })
    expect(states.stateOf('n1')).toBe('unknown')
    update({ n1: true })
    expect(states.stateOf('n1')).toBe('online')
  })

  it('turns to maintenance in the round after the node was first seen', () => {
    const { states, update, lab } = createLab({})
    lab.modes.set('n1', 'maintenance')
    update({ n1: true })
    expect(states.stateOf('n1')).toBe('online')
    update({ n1: true })
    expect(states.stateOf('n1')).toBe('maintenance')
    update({ n1: false })
    expect(states.stateOf('n1')).toBe('maintenance')
  })

  it('is late after 60 seconds, counted anew by a master that never saw the node', () => {
    const { states, update, lab } = createLab({ n1: 'unknown' })
    update({ n1: false })
    expect(states.isOfflineDelayed('n1')).toBe(false)
    lab.now += 59
    expect(states.isOfflineDelayed('n1')).toBe(false)
    lab.now += 1
    expect(states.isOfflineDelayed('n1')).toBe(true)
  })

  it('is forgotten an hour after it left the cluster', () => {
    const { states, update, log } = createLab({ n1: 'unknown' })
    update({})
    expect(states.stateOf('n1')).toBe('gone')
    update({}, 3599)
    expect(states.names()).toEqual(['n1'])
    update({}, 1)
    expect(states.names()).toEqual([])
    expect(log.at(-1)).toBe("deleting gone node 'n1', not a cluster member anymore.")
  })

  it('leaves fence only with the lock of the node, and is announced once', () => {
    const { states, lab, log } = createLab({ n1: 'unknown' })
    expect(states.fence('n1')).toBe(false)
    expect(states.fence('n1')).toBe(false)
    expect(log).toEqual(["node 'n1': state changed from 'unknown' => 'fence'", 'FENCE'])
    lab.lockIsFree = true
    expect(states.fence('n1')).toBe(true)
    expect(states.stateOf('n1')).toBe('unknown')
    expect(log.at(-1)).toBe('SUCCEED')
  })
})
