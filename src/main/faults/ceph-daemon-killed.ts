import type { CephDaemon } from '../contracts/daemon-control.ts'
import type { Fault } from '../contracts/fault.ts'
import { facetOf } from './facet-of.ts'

const lookIntervalMs = 1000

/** Daemons of Ceph on a node are killed and kept from starting again. Healed when they run. */
function daemonKilled(kind: 'osd-killed' | 'monitor-killed', daemon: CephDaemon): Fault {
  return {
    kind,
    async inject({ node }, context) {
      const control = facetOf(context.daemonControl, kind, context)
      await control.kill(node, daemon, context.signal)
    },
    async heal({ node }, context) {
      const control = facetOf(context.daemonControl, kind, context)
      const { clock, signal } = context
      while (!(await control.isRunning(node, daemon, signal))) {
        await control.start(node, daemon, signal)
        await clock.sleep(lookIntervalMs, signal)
      }
    },
  }
}

export const osdKilled = daemonKilled('osd-killed', 'osd')
export const monitorKilled = daemonKilled('monitor-killed', 'monitor')
