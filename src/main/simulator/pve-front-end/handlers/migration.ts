import type { GuestMachine } from '../../world/guest-machine.ts'
import { queueCrmCommand } from '../../world/shared-files.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import type { Call } from '../handler.ts'
import { MigrationLog } from '../migration-log.ts'
import { requireRootFor } from '../privileges.ts'
import { vmidOf } from '../served-lab.ts'
import { isLocalDisk, volumeOf } from '../storages.ts'

/** A worker process of the API daemon looks around before it begins. */
const forkMs = 300

/** What a client asks before it offers a migration. */
export function migrationConditions({ lab, node }: Call, guest: GuestMachine) {
  const others = lab.members(node).filter((name) => name !== node)
  return {
    running: Number(lab.runsOn(guest, node)),
    allowed_nodes: others.filter((name) => lab.world.shared.isOnline(node, name)),
    // The others are listed here too, with nothing against them (recorded on 8.4).
    not_allowed_nodes: Object.fromEntries(others.map((name) => [name, {}])),
    local_disks: isLocalDisk(lab, guest.spec)
      ? [{ volid: volumeOf(lab, guest.spec), size: guest.spec.diskGB * 2 ** 30, cdrom: 0, is_unused: 0 }]
      : [],
    local_resources: [],
    'mapped-resources': [],
    'mapped-resource-info': {},
    ...(lab.isSince('9.0') ? { 'has-dbus-vmstate': 1, 'dependent-ha-resources': [] } : {}),
  }
}

export function migrate(call: Call, guest: GuestMachine): string {
  const { lab, node, caller, parameters } = call
  const vmid = vmidOf(guest)
  const target = parameters.required('target')
  const isVm = guest.kind === 'vm'
  requireRootFor(call, ['force', 'migration_type', 'migration_network'])
  if (target === node) refuseParameters({ target: 'target is local node.' })
  if (!lab.members(node).includes(target)) refuse(`no such cluster node '${target}'`)
  if (lab.runsOn(guest, node) && !parameters.flag('online') && (isVm || !parameters.flag('restart')))
    refuse(
      isVm
        ? "can't migrate running VM without --online"
        : "can't migrate running container without --online or --restart",
    )
  if (lab.isManaged(guest, node)) return requestMigration(call, guest, target)
  const task = lab.beginTask(node, isVm ? 'qmigrate' : 'vzmigrate', vmid, caller.label)
  const log = new MigrationLog(lab, task, guest, node, target)
  lab.machine(node).scope.after(forkMs, () => {
    if (!lab.world.shared.isOnline(node, target)) {
      log.end(`node '${target}' is not online`)
      return
    }
    log.begin()
    const isLive = lab.runsOn(guest, node) && isVm
    if (isLive && isLocalDisk(lab, guest.spec) && !parameters.flag('with-local-disks')) {
      const cause = `can't migrate local disk '${volumeOf(lab, guest.spec)}'`
      log.end(
        `Problem found while scanning volumes - ${cause}: can't live migrate attached local disks without with-local-disks option`,
      )
      return
    }
    const restarts = lab.runsOn(guest, node) && !isVm
    if (restarts) log.line(`shutdown CT ${vmid}`)
    const ended = (error?: string) => {
      if (error === undefined && restarts) {
        log.line('start container on target node')
        lab.world.agents.start(guest, lab.machine(target), 'pvedaemon', (failure) => log.end(failure))
      } else log.end(error)
    }
    lab.world.migrations.begin(guest, lab.machine(node), target, {
      online: parameters.flag('online'),
      heard: (event) => log.heard(event),
      ended,
    })
  })
  return task.upid
}

/** The master moves it in its next round; this task only leaves the request. */
function requestMigration({ lab, node, caller }: Call, guest: GuestMachine, target: string): string {
  const task = lab.beginTask(node, 'hamigrate', vmidOf(guest), caller.label)
  const word = guest.kind === 'vm' ? 'VM' : 'CT'
  task.log(`Requesting HA migration for ${word} ${vmidOf(guest)} to node ${target}`)
  lab.requireLock(node, 'domain-ha').then(
    () => {
      queueCrmCommand(lab.world.shared, node, `migrate ${guest.id} ${target}`)
      task.end()
    },
    (error: unknown) => task.end(error instanceof Error ? error.message.trim() : String(error)),
  )
  return task.upid
}
