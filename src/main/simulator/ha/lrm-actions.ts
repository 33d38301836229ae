/** Carries out one action of the LRM on one service through the resource agents of its node. */
import type { NodeName, ServiceConfig, ServiceId, ServiceState } from './cluster-data.ts'
import type { AgentOutcome, LrmEnvironment } from './environment.ts'
import { exitCodes } from './exit-codes.ts'
import { messageOf } from './message-of.ts'

export interface LrmAction {
  readonly sid: ServiceId
  /** The service state that asks for the action. */
  readonly name: ServiceState
  readonly target?: NodeName
  readonly timeoutSeconds?: number
}

/** `settle` is called once, now or later, with the exit code. */
export function executeAction(
  env: LrmEnvironment,
  action: LrmAction,
  config: ServiceConfig | undefined,
  settle: (exitCode: number) => void,
): void {
  const refusal = refuse(env, action, config)
  if (refusal !== undefined) {
    settle(refusal)
    return
  }
  const crash = (message: string) => {
    env.log('err', message)
    env.log('err', `resource agent ${action.sid} finished - failed to execute`)
    settle(exitCodes.crashed)
  }
  try {
    perform(env, action, settle, crash)
  } catch (error) {
    crash(messageOf(error))
  }
}

/** The exit code of an action that needs no agent; undefined when it does. */
function refuse(
  env: LrmEnvironment,
  { sid, name }: LrmAction,
  config: ServiceConfig | undefined,
): number | undefined {
  const colon = sid.indexOf(':')
  const type = colon < 0 ? sid : sid.slice(0, colon)
  if (!env.agents.supports(type)) {
    env.log('err', `service type '${type}' not implemented`)
    return exitCodes.unknownServiceType
  }
  if (config === undefined) {
    env.log('err', `missing resource configuration for '${sid}'`)
    return exitCodes.unknownService
  }
  if (name === 'error') {
    env.log(
      'err',
      `service ${sid} is in an error state and needs manual intervention. Look up 'ERROR RECOVERY' in the documentation.`,
    )
    return exitCodes.success
  }
  if (config.node !== env.node) {
    env.log('err', `service '${sid}' not on this node`)
    return exitCodes.wrongNode
  }
  return undefined
}

type Settle = (exitCode: number) => void
type Crash = (message: string) => void

function perform(env: LrmEnvironment, action: LrmAction, settle: Settle, crash: Crash): void {
  switch (action.name) {
    case 'started':
      start(env, action.sid, settle, crash)
      return
    case 'request_stop':
    case 'stopped':
      stop(env, action, settle, crash)
      return
    case 'migrate':
    case 'relocate':
    case 'request_start_balance':
      move(env, action, settle, crash)
      return
    default:
      env.log('err', `implement me (cmd '${action.name}')`)
      settle(exitCodes.unknownCommand)
  }
}

/** Passes the agent's end on, unless the agent itself broke. */
function unlessCrashed(crash: Crash, next: (finished: boolean) => void): (outcome: AgentOutcome) => void {
  return (outcome) => {
    if (typeof outcome === 'object') crash(outcome.crashed)
    else next(outcome === 'finished')
  }
}

function start(env: LrmEnvironment, sid: ServiceId, settle: Settle, crash: Crash): void {
  if (env.agents.isRunning(sid)) {
    settle(exitCodes.success)
    return
  }
  env.log('info', `starting service ${sid}`)
  const conclude = () => {
    if (env.agents.isRunning(sid)) {
      env.log('info', `service status ${sid} started`)
      settle(exitCodes.success)
    } else {
      env.log('warning', `unable to start service ${sid}`)
      settle(exitCodes.error)
    }
  }
  env.agents.start(sid, unlessCrashed(crash, conclude))
}

function stop(env: LrmEnvironment, action: LrmAction, settle: Settle, crash: Crash): void {
  const { sid, timeoutSeconds } = action
  if (!env.agents.isRunning(sid)) {
    settle(exitCodes.success)
    return
  }
  const limit = timeoutSeconds === undefined ? '' : ` (timeout=${timeoutSeconds})`
  env.log('info', `stopping service ${sid}${limit}`)
  const conclude = () => {
    if (env.agents.isRunning(sid)) {
      env.log('info', `unable to stop service ${sid} (still running)`)
      settle(exitCodes.error)
    } else {
      env.log('info', `service status ${sid} stopped`)
      settle(exitCodes.success)
    }
  }
  env.agents.shutdown(sid, timeoutSeconds, unlessCrashed(crash, conclude))
}

function move(env: LrmEnvironment, action: LrmAction, settle: Settle, crash: Crash): void {
  const { sid, name, target } = action
  if (target === undefined) {
    crash(`${name} '${sid}' failed - missing target`)
    return
  }
  // The guest's configuration is known to lie on this node.
  if (target === env.node) {
    settle(exitCodes.success)
    return
  }
  if (name === 'request_start_balance' && env.agents.isRunning(sid)) {
    env.log('info', `ignoring rebalance-on-start for service ${sid} - already running`)
    settle(exitCodes.ignored)
    return
  }
  const conclude = (finished: boolean) => {
    if (!finished) env.log('err', `service ${sid} not moved (migration error)`)
    settle(finished ? exitCodes.success : exitCodes.error)
  }
  env.agents.migrate(sid, target, name === 'migrate', unlessCrashed(crash, conclude))
}
