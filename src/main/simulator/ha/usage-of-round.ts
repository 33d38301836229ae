/** Builds the usage model of a round: every tracked service, then those only configured. */
import type { ServiceState } from './cluster-data.ts'
import type { Round } from './round.ts'
import { createUsageModel, type SchedulerMode, UsageInitError, type UsageModel } from './usage.ts'

export function buildUsage(
  round: Pick<Round, 'env' | 'nodes' | 'services' | 'settings' | 'config'>,
): UsageModel {
  const { services, config } = round
  const usage = createModel(round)
  for (const sid of services.ids()) {
    const service = services.get(sid)
    if (service !== undefined) usage.place(sid, service)
  }
  // Configured but untracked services exist only while disarmed; what is requested is all that is known.
  for (const sid of [...config.keys()].sort()) {
    const entry = config.get(sid)
    if (entry === undefined || services.get(sid) !== undefined) continue
    usage.place(sid, { state: requestedAsState(entry.state), node: entry.node })
  }
  return usage
}

function requestedAsState(requested: string): ServiceState {
  return requested === 'started' ? 'started' : 'stopped'
}

function createModel({ env, nodes, settings }: Pick<Round, 'env' | 'nodes' | 'settings'>): UsageModel {
  const { mode } = settings
  const warn = (message: string) => env.log('warning', message)
  const create = (used: SchedulerMode) => createUsageModel(used, nodes.online(), env.usage, warn)
  if (mode !== 'basic' && mode !== 'static' && mode !== 'dynamic') {
    warn(`got unknown scheduler mode '${mode}', using 'basic'`)
    return create('basic')
  }
  try {
    return create(mode)
  } catch (error) {
    if (!(error instanceof UsageInitError)) throw error
    warn(`fallback to 'basic' scheduler mode, init for '${mode}' failed - ${error.message}`)
    return create('basic')
  }
}
