/** Replication jobs of the lab's guests, as the world runs them. */
import type { GuestReplication } from '../../world/storage/lab-storages.ts'
import type { Caller } from '../accounts.ts'
import type { Handlers } from '../handler.ts'
import { type ServedLab, vmidOf } from '../served-lab.ts'

export const replicationHandlers: Handlers = {
  'GET /cluster/replication': ({ lab, caller }) =>
    lab.world.storages.replications
      .filter(({ guest }) => isVisible(caller, guest))
      .map((job) => configuration(lab, job)),
  'GET /nodes/{node}/replication': ({ lab, node, caller, parameters }) => {
    const wanted = parameters.text('guest')
    return lab.world.storages.replications
      .filter(({ guest }) => isVisible(caller, guest))
      .filter(({ guest }) => homeOf(lab, guest) === node)
      .filter(({ guest }) => wanted === undefined || guest.slice(3) === wanted)
      .map((job) => status(lab, job))
  },
}

function isVisible(caller: Caller, guest: string): boolean {
  return caller.may(`/vms/${guest.slice(3)}`, 'VM.Audit')
}

function homeOf({ world }: ServedLab, guest: string): string {
  const machine = world.guest(guest)
  return world.configuredNode(machine, machine.host ?? machine.spec.node)
}

function configuration(lab: ServedLab, { guest, job }: GuestReplication) {
  return {
    id: job.id,
    type: 'local',
    guest: Number(vmidOf(lab.world.guest(guest))),
    jobnum: Number(job.id.split('-')[1]),
    source: homeOf(lab, guest),
    target: job.target,
    schedule: `*/${job.everyMinutes}`,
  }
}

function status(lab: ServedLab, replication: GuestReplication) {
  const { job, guest } = replication
  const secondsOf = (atMs: number) => lab.wallTime.secondsAt(atMs)
  return {
    ...configuration(lab, replication),
    vmtype: lab.world.guest(guest).kind === 'vm' ? 'qemu' : 'lxc',
    last_sync: secondsOf(job.lastSyncMs),
    last_try: secondsOf(job.lastTryMs),
    next_sync: secondsOf(job.nextMs),
    duration: job.durationMs / 1000,
    fail_count: job.failCount,
    ...(job.error === undefined ? {} : { error: job.error }),
    ...(job.isRunning ? { pid: 1 } : {}),
  }
}
