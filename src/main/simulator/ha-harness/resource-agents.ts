/** The guests of a scenario: flags that start and stop at once, and a kind that fails on order. */
import type { NodeName, ServiceId } from '../ha/cluster-data.ts'
import type { AgentOutcome, LogLevel, ResourceAgents } from '../ha/environment.ts'
import { type Hardware, logDaemon, type Machine, serviceOf } from './hardware.ts'

const types: ReadonlySet<string> = new Set(['vm', 'ct', 'fa'])

export function createResourceAgents(hardware: Hardware, machine: Machine): ResourceAgents {
  const log = (level: LogLevel, message: string) => logDaemon(hardware, machine, 'lrm', level, message)

  /** A guest lock refuses every operation, with a word. */
  const isLocked = (sid: ServiceId, operation: string): boolean => {
    const lock = hardware.guestLocks.get(sid)
    if (lock === undefined) return false
    log('err', `service '${sid}' locked (${lock}), unable to ${operation}!`)
    return true
  }

  const stop = (sid: ServiceId): AgentOutcome => {
    if (failureOf(sid)?.cannotStop === true || isLocked(sid, 'shutdown')) return 'failed'
    machine.running.delete(sid)
    return 'finished'
  }

  const start = (sid: ServiceId): AgentOutcome => {
    if (failsNow(hardware, machine, sid, 'start') || isLocked(sid, 'start')) return 'failed'
    machine.running.add(sid)
    return 'finished'
  }

  const move = (sid: ServiceId, target: NodeName, wantsOnline: boolean): AgentOutcome => {
    const isRunning = machine.running.has(sid)
    const mustStop = sid.startsWith('ct:') && wantsOnline && isRunning
    if (mustStop) log('warn', 'unable to live migrate running container, fallback to relocate')
    const online = wantsOnline && !mustStop
    const operation = online ? 'migrate' : 'relocate'
    log('info', `service ${sid} - start ${operation} to node '${target}'`)
    if (isLocked(sid, operation)) return 'failed'
    if (!online && isRunning) {
      log('info', `stopping service ${sid} (relocate)`)
      // A guest that will not stop goes all the same: without its configuration it does not run here.
      stop(sid)
      log('info', `service status ${sid} stopped`)
    }
    hardware.services.set(sid, { ...serviceOf(hardware, sid), node: target })
    log('info', `service ${sid} - end ${operation} to node '${target}'`)
    // The target's LRM starts it anew, also after a live migration: scenarios have no shared memory.
    machine.running.delete(sid)
    return 'finished'
  }

  return {
    supports: (type) => types.has(type),
    isRunning: (sid) => machine.running.has(sid),
    start: (sid, done) => done(start(sid)),
    shutdown: (sid, _timeoutSeconds, done) => done(stop(sid)),
    migrate(sid, target, online, done) {
      done(failsNow(hardware, machine, sid, 'migrate') ? 'failed' : move(sid, target, online))
    },
  }
}

/** What the digits of a failing service's name order. */
interface Failure {
  readonly startAttempts: number
  readonly migrateAttempts: number
  readonly cannotStop: boolean
  /** 0: fails on every node. */
  readonly onlyOnNode: number
}

function failureOf(sid: ServiceId): Failure | undefined {
  if (!sid.startsWith('fa:')) return undefined
  const [, starts = 0, migrations = 0, stopping = 0, , node = 0] = Array.from(sid.slice('fa:'.length), Number)
  return {
    startAttempts: starts,
    migrateAttempts: migrations,
    cannotStop: stopping > 0,
    onlyOnNode: node,
  }
}

/** Counts the attempt; the first ones fail, as many as ordered. */
function failsNow(
  hardware: Hardware,
  machine: Machine,
  sid: ServiceId,
  operation: 'start' | 'migrate',
): boolean {
  const failure = failureOf(sid)
  if (failure === undefined) return false
  const limit = operation === 'start' ? failure.startAttempts : failure.migrateAttempts
  const counts = hardware.failures[operation]
  const attempts = (counts.get(sid) ?? 0) + 1
  const isExempt = failure.onlyOnNode > 0 && machine.name !== `node${failure.onlyOnNode}`
  const fails = !isExempt && attempts <= limit
  if (fails) counts.set(sid, attempts)
  else counts.delete(sid)
  return fails
}
