import type { ServiceConfig } from '../ha/cluster-data.ts'
import type { ResourceAgents } from '../ha/environment.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { GuestHost } from './guest-process.ts'
import type { MigrationEvent } from './live-migration.ts'
import type { NodeMachine } from './node-machine.ts'
import { readPlacement, readServices, type ServiceConfigs } from './shared-files.ts'
import type { World } from './world.ts'
import type { WorldWitness } from './world-witness.ts'

/** What a node's daemons do with a guest, in tasks of their own. */
export type GuestVerb = 'start' | 'shutdown' | 'migrate'
/** A task under way, as the one who keeps the list of tasks follows it. */
export interface GuestTask {
  /** How far a live migration is. */
  heard(event: MigrationEvent): void
  end(error?: string): void
}
/** Hears that a task has begun; `target` is where a migration goes. */
export type GuestTaskListener = (
  node: string,
  verb: GuestVerb,
  guest: GuestMachine,
  target?: string,
) => GuestTask

/** Decides on the guests that start with their node, and hears that they do. */
export interface BootWatcher {
  isStarted(node: string, guest: GuestMachine): boolean
  /** Gives what follows when all have begun. */
  began(node: string): () => void
}

export const startsAll: BootWatcher = { isStarted: () => true, began: () => () => {} }

export const unheardTask: GuestTask = { heard: () => {}, end: () => {} }

interface Surroundings {
  readonly world: World
  readonly witness: Pick<WorldWitness, 'guestStarts'> | undefined
  readonly beginTask: GuestTaskListener
  readonly boot: () => BootWatcher
  log(node: string, source: string, level: string, message: string): void
}

/** Starts and stops guests: for the HA manager's LRM, or with their node where HA does not care for them. */
export class GuestAgents {
  readonly #with: Surroundings

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  /** The lab's guests as HA resources, each on the node it was made on. */
  services(): ServiceConfigs {
    return Object.fromEntries(
      this.#with.world.lab.guests.map((guest) => [guest.id, { ...resourceDefaults, node: guest.node }]),
    )
  }

  configuredNode(guest: GuestMachine, viewer: string): string {
    const { world } = this.#with
    const { shared } = world
    return (
      readServices(shared, viewer)[guest.id]?.node ??
      readPlacement(shared, viewer, guest.id) ??
      guest.spec.node
    )
  }

  of(machine: NodeMachine): ResourceAgents {
    const { world } = this.#with
    const runsHere = (guest: GuestMachine) => guest.host === machine.name && guest.isRunning
    return {
      supports: (type) => type === 'vm' || type === 'ct',
      isRunning: (sid) => runsHere(world.guest(sid)),
      start: (sid, done) => {
        const task = this.#with.beginTask(machine.name, 'start', world.guest(sid))
        this.start(world.guest(sid), machine, 'pve-ha-lrm', (error) => {
          task.end(error)
          done('finished')
        })
      },
      shutdown: (sid, timeoutSeconds, done) => {
        const task = this.#with.beginTask(machine.name, 'shutdown', world.guest(sid))
        const limit = timeoutSeconds ?? world.parameters.haStopTimeout
        this.shutDown(world.guest(sid), 'pve-ha-lrm', limit, () => {
          task.end()
          done('finished')
        })
      },
      migrate: (sid, target, online, done) => {
        const task = this.#with.beginTask(machine.name, 'migrate', world.guest(sid), target)
        const ended = (error?: string) => {
          task.end(error)
          done(error === undefined ? 'finished' : 'failed')
        }
        world.migrations.begin(world.guest(sid), machine, target, {
          online,
          heard: (event) => task.heard(event),
          ended,
        })
      },
    }
  }

  /** Guests outside HA, one after the other as `startall` does. */
  startLocal(machine: NodeMachine): void {
    const boot = this.#with.boot()
    const waiting = this.#localGuests(machine).filter(
      (guest) => guest.host === undefined && boot.isStarted(machine.name, guest),
    )
    const endAll = boot.began(machine.name)
    const startNext = () => {
      const guest = waiting.shift()
      if (guest === undefined || machine.isStopping) {
        endAll()
        return
      }
      this.start(guest, machine, 'pve-guests', startNext)
    }
    startNext()
  }

  stopLocal(machine: NodeMachine, done: () => void): void {
    const running = this.#localGuests(machine).filter((guest) => guest.host === machine.name)
    let left = running.length
    if (left === 0) done()
    for (const guest of running)
      this.shutDown(guest, 'pve-guests', this.#with.world.parameters.guestStopTimeout, () => {
        left -= 1
        if (left === 0) done()
      })
  }

  #localGuests(machine: NodeMachine): GuestMachine[] {
    const { world } = this.#with
    const managed = readServices(world.shared, machine.name)
    return world.guests.filter(
      (guest) => managed[guest.id] === undefined && this.configuredNode(guest, machine.name) === machine.name,
    )
  }

  /**
   * `source` is the daemon whose task it is; it says so when the task fails. A guest whose process runs on a node
   * that nobody hears, which only a split brain allows, is refused by the locks of its image, as in the recording.
   */
  start(guest: GuestMachine, machine: NodeMachine, source: string, ended: (error?: string) => void): void {
    const refusal = this.#with.world.migrations.refusalWhileLeaving(guest, machine.name)
    if (refusal !== undefined) {
      this.#saying(machine, source, ended)(refusal)
      return
    }
    if (guest.host === machine.name) {
      this.#startAgain(guest, machine, source, ended)
      return
    }
    // What a frozen node still remembers of it never goes on: whoever may start it elsewhere has waited for longer
    // than that node's watchdog, which resets it when it wakes up.
    if (guest.host !== undefined && this.#with.world.node(guest.host).isFrozen) guest.losePower()
    this.#with.witness?.guestStarts(guest, machine.name)
    const conclude = this.#saying(machine, source, ended)
    if (guest.host === undefined) {
      guest.start(this.hostOn(machine, guest), conclude)
      return
    }
    const { vmStartTask } = this.#with.world.parameters
    machine.scope.after(Math.round(vmStartTask[1] * 1000), () =>
      conclude('start failed: QEMU exited with code 1'),
    )
  }

  /** By somebody who does not know of the first start: an LRM that was started anew while a task of the old one hangs. */
  #startAgain(
    guest: GuestMachine,
    machine: NodeMachine,
    source: string,
    ended: (error?: string) => void,
  ): void {
    const refuse = this.#saying(machine, source, ended)
    this.whenUnlocked(guest, machine, (timeout) => {
      const { kind, id, host } = guest
      if (timeout !== undefined) refuse(timeout)
      else if (host === undefined) this.start(guest, machine, source, ended)
      else refuse(`${kind === 'vm' ? 'VM' : 'CT'} ${id.split(':')[1]} already running`)
    })
  }

  #saying(machine: NodeMachine, source: string, ended: (error?: string) => void): (error?: string) => void {
    return (error) => {
      if (error !== undefined) this.#with.log(machine.name, source, 'err', error)
      ended(error)
    }
  }

  /**
   * A start task locks the configuration of its guest on its node: the next task waits for that, and fails with
   * the error that `proceed` is given when it takes too long.
   */
  whenUnlocked(guest: GuestMachine, machine: NodeMachine, proceed: (timeout?: string) => void): void {
    const isLocked = () => guest.host === machine.name && !guest.isRunning
    if (!isLocked()) {
      proceed()
      return
    }
    let isWaiting = true
    const { guestLockTimeout } = this.#with.world.parameters
    const giveUp = machine.scope.after(guestLockTimeout * 1000, () => {
      isWaiting = false
      proceed(`can't lock file '${lockFileOf(guest)}' - got timeout`)
    })
    const ask = () => {
      if (!isWaiting) return
      if (isLocked()) {
        guest.whenStartTaskEnds(ask)
        return
      }
      giveUp()
      proceed()
    }
    ask()
  }

  /** Asks the guest to shut down; `source` is the daemon that says so when it takes too long. */
  shutDown(guest: GuestMachine, source: string, timeoutSeconds: number, done: () => void): void {
    guest.shutdown(timeoutSeconds, this.#timeOutOf(guest, source), done)
  }

  /** As `shutDown`, and then as `start` on the same node. */
  reboot(
    guest: GuestMachine,
    machine: NodeMachine,
    source: string,
    timeoutSeconds: number,
    ended: (error?: string) => void,
  ): void {
    guest.reboot(timeoutSeconds, this.#timeOutOf(guest, source), (error) => {
      if (error !== undefined) this.#with.log(machine.name, source, 'err', error)
      ended(error)
    })
  }

  #timeOutOf(guest: GuestMachine, source: string): () => void {
    const node = guest.host
    return () => {
      if (node === undefined) return
      const kind = guest.kind === 'vm' ? 'VM' : 'CT'
      this.#with.log(node, source, 'info', `${kind} still running - terminating now with SIGTERM`)
    }
  }

  /** What a guest's process meets on a node. */
  hostOn(machine: NodeMachine, guest: GuestMachine): GuestHost {
    return {
      name: machine.name,
      scope: machine.scope,
      slowdown: () => this.#with.world.load.guestSlowdown(machine.spec, guest.kind),
    }
  }
}

function lockFileOf({ kind, id }: GuestMachine): string {
  const vmid = id.split(':')[1]
  return kind === 'vm' ? `/var/lock/qemu-server/lock-${vmid}.conf` : `/run/lock/lxc/pve-config-${vmid}.lock`
}

const resourceDefaults: Omit<ServiceConfig, 'node'> = {
  state: 'started',
  failback: true,
  maxRestart: 1,
  maxRelocate: 1,
}
