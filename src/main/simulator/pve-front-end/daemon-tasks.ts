import { unheardTask } from '../world/guest-agents.ts'
import { readConfig } from './guest-configs.ts'
import { MigrationLog } from './migration-log.ts'
import { type ServedLab, vmidOf } from './served-lab.ts'

const types = {
  vm: { start: 'qmstart', shutdown: 'qmshutdown', migrate: 'qmigrate' },
  ct: { start: 'vzstart', shutdown: 'vzshutdown', migrate: 'vzmigrate' },
} as const

/** What the HA daemons do with guests shows in the task list, as on a real node. */
export function recordDaemonTasks(lab: ServedLab): void {
  lab.world.setBootWatcher({
    isStarted: (node, guest) => readConfig(lab, node, guest).options.onboot === 1,
    began(node) {
      const task = lab.beginTask(node, 'startall', '', 'root@pam')
      return () => task.end()
    },
  })
  lab.world.setTaskListener((node, verb, guest, target) => {
    const task = lab.beginTask(node, types[guest.kind][verb], vmidOf(guest), 'root@pam')
    if (target === undefined) return { ...unheardTask, end: (error) => task.end(error) }
    task.log('task started by HA resource agent')
    const log = new MigrationLog(lab, task, guest, node, target)
    log.begin()
    return log
  })
}
