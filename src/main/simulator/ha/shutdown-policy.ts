/** What an LRM does when it is asked to end, by the cause and the cluster's shutdown policy. */
import type { LrmMode } from './cluster-data.ts'
import type { LogLevel } from './environment.ts'

export interface ShutdownPlan {
  readonly mode: LrmMode
  /** Stop the node's guests now instead of leaving them alone or moving them away. */
  readonly stopsGuests: boolean
  readonly log: readonly { readonly level: LogLevel; readonly message: string }[]
}

export function planShutdown(
  kind: 'reboot' | 'shutdown' | undefined,
  configuredPolicy: string | undefined,
  mode: LrmMode,
): ShutdownPlan {
  const log: { level: LogLevel; message: string }[] = []
  const info = (message: string) => log.push({ level: 'info', message })
  const named = configuredPolicy ?? 'conditional'

  if (kind !== undefined) info(`got shutdown request with shutdown policy '${named}'`)
  const policy = policies.has(named) ? named : 'conditional'
  if (policy !== named)
    log.push({ level: 'err', message: `unknown shutdown policy '${named}', fall back to conditional` })

  if (kind === undefined) {
    if (mode === 'maintenance') return { mode, stopsGuests: false, log }
    info('restart LRM, freeze all services')
    return { mode: 'restart', stopsGuests: false, log }
  }

  const moves = policy === 'migrate'
  const freezes = policy === 'freeze' || (policy === 'conditional' && kind === 'reboot')

  if (mode === 'maintenance') {
    info(
      moves
        ? `${kind} LRM, ignore maintenance policy, already in maintenance mode`
        : `${kind} LRM, ignore ${named} policy as manual maintenance mode is enabled`,
    )
    return { mode, stopsGuests: !moves, log }
  }
  if (moves) {
    info(`${kind} LRM, doing maintenance, removing this node from active list`)
    return { mode: 'maintenance', stopsGuests: false, log }
  }
  if (freezes) {
    info(`${kind} LRM, stop and freeze all services`)
    return { mode: 'restart', stopsGuests: true, log }
  }
  info('shutdown LRM, stop all services')
  return { mode: 'shutdown', stopsGuests: true, log }
}

const policies: ReadonlySet<string> = new Set(['conditional', 'freeze', 'failover', 'migrate'])
