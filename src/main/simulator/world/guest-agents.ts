import type { Random } from '../../contracts/random.ts'
import type { ServiceConfig } from '../ha/cluster-data.ts'
import type { ResourceAgents } from '../ha/environment.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { GuestHost } from './guest-process.ts'
import {
  changeService,
  readPlacement,
  readServices,
  type ServiceConfigs,
  writePlacement,
} from './ha-environment.ts'
import type { MigrationEvent } from './live-migration.ts'
import { LiveMigrations } from './live-migrations.ts'
import type { MachineLoad } from './machine-load.ts'
import type { NodeMachine } from './node-machine.ts'
import { millisecondsIn } from './parameters.ts'
import type { World } from './world.ts'

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

export const unheardTask: GuestTask = { heard: () => {}, end: () => {} }

export interface MigrationWish {
  /** Live, if it runs. */
  readonly online: boolean
  readonly heard?: (event: MigrationEvent) => void
  readonly ended: (error?: string) => void
}

interface Surroundings {
  readonly world: World
  readonly load: MachineLoad
  readonly random: Random
  readonly beginTask: GuestTaskListener
  /** A node is about to start a guest's process. */
  starts(guest: GuestMachine, node: string): void
  log(node: string, source: string, level: string, message: string): void
}

/** Starts and stops guests: for the HA manager's LRM, or with their node where HA does not care for them. */
export class GuestAgents {
  readonly migrations: LiveMigrations
  readonly #with: Surroundings

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.migrations = this.#createMigrations()
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
        this.migrate(world.guest(sid), machine, target, {
          online,
          heard: (event) => task.heard(event),
          ended,
        })
      },
    }
  }

  /** Guests outside HA, one after the other as `startall` does. */
  startLocal(machine: NodeMachine): void {
    const waiting = this.#localGuests(machine).filter((guest) => guest.host === undefined)
    const startNext = () => {
      const guest = waiting.shift()
      if (guest === undefined || machine.isStopping) return
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
    // What a frozen node still remembers of it never goes on: whoever may start it elsewhere has waited for longer
    // than that node's watchdog, which resets it when it wakes up.
    if (guest.host !== undefined && this.#with.world.node(guest.host).isFrozen) guest.losePower()
    this.#with.starts(guest, machine.name)
    const conclude = (error?: string) => {
      if (error !== undefined) this.#with.log(machine.name, source, 'err', error)
      ended(error)
    }
    if (guest.host === undefined || guest.host === machine.name) {
      guest.start(this.#hostOn(machine, guest), conclude)
      return
    }
    const { vmStartTask } = this.#with.world.parameters
    machine.scope.after(Math.round(vmStartTask[1] * 1000), () =>
      conclude('start failed: QEMU exited with code 1'),
    )
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

  /**
   * A running virtual machine moves live; anything else is stopped, moved, and started by the target's LRM or
   * whoever asked. `ended` hears what went wrong, if something did.
   */
  migrate(guest: GuestMachine, machine: NodeMachine, target: string, wish: MigrationWish): void {
    const { world, log } = this.#with
    const isRunning = guest.host === machine.name && guest.isRunning
    const isLive = wish.online && isRunning && guest.kind === 'vm'
    if (wish.online && isRunning && !isLive)
      log(
        machine.name,
        'pve-ha-lrm',
        'warn',
        'unable to live migrate running container, fallback to relocate',
      )
    const word = isLive ? 'migrate' : 'relocate'
    log(machine.name, 'pve-ha-lrm', 'info', `service ${guest.id} - start ${word} to node '${target}'`)
    const end = (error?: string) => {
      if (error === undefined)
        log(machine.name, 'pve-ha-lrm', 'info', `service ${guest.id} - end ${word} to node '${target}'`)
      else log(machine.name, 'pve-ha-lrm', 'err', `migration aborted: ${error}`)
      wish.ended(error)
    }
    if (this.migrations.isMoving(guest)) {
      end('VM is locked (migrate)')
      return
    }
    const plan = guest.disk.planMove(machine.name, target, isLive)
    if ('refusal' in plan) {
      end(plan.refusal)
      return
    }
    const diskSeconds = plan.copyMiB / world.parameters.diskCopyRate
    if (isLive) this.#migrateLive(guest, machine, target, diskSeconds, { ...wish, ended: end })
    else this.#moveStopped(guest, machine, target, diskSeconds, end)
  }

  #migrateLive(
    guest: GuestMachine,
    source: NodeMachine,
    target: string,
    diskSeconds: number,
    { heard, ended }: MigrationWish,
  ): void {
    this.migrations.begin({
      guest,
      source,
      target: this.#with.world.node(target),
      memory: this.#with.load.movingMemory(guest.spec),
      diskSeconds,
      heard: heard ?? (() => {}),
      done: ended,
    })
  }

  #moveStopped(
    guest: GuestMachine,
    source: NodeMachine,
    target: string,
    diskSeconds: number,
    ended: (error?: string) => void,
  ): void {
    const { world, random, log } = this.#with
    const { offlineMigration, haStopTimeout } = world.parameters
    const move = () => {
      const moveMs = millisecondsIn(offlineMigration, random) + Math.round(diskSeconds * 1000)
      source.scope.after(moveMs, () => {
        const isReached = world.network.reaches(source.name, target, 'cluster')
        if (!isReached) ended('no route to host')
        else if (!world.shared.canWrite(source.name)) ended('cluster not ready - no quorum?')
        else {
          guest.disk.move(source.name, target)
          this.#place(guest, source.name, target)
          ended()
        }
      })
    }
    if (guest.host !== source.name || !guest.isRunning) {
      move()
      return
    }
    log(source.name, 'pve-ha-lrm', 'info', `stopping service ${guest.id} (relocate)`)
    this.shutDown(guest, 'pve-ha-lrm', haStopTimeout, () => {
      log(source.name, 'pve-ha-lrm', 'info', `service status ${guest.id} stopped`)
      move()
    })
  }

  #createMigrations(): LiveMigrations {
    const { world, load, random } = this.#with
    return new LiveMigrations({
      parameters: world.parameters,
      random,
      isConnected: (source, target) => world.network.reaches(source, target, 'cluster'),
      path: (source, target) => world.network.path(source, target, 'cluster'),
      slowdown: (node) => load.slowdown(node.spec),
      refusal: (guest, target) =>
        guest.disk.opens(target.name) ? undefined : `disk of ${guest.id} does not answer at '${target.name}'`,
      canTakeOver: (source) => world.shared.canWrite(source.name),
      takeOver: (guest, source, target) => {
        this.#place(guest, source.name, target.name)
        guest.moveTo(this.#hostOn(target, guest))
      },
    })
  }

  #place(guest: GuestMachine, writer: string, target: string): void {
    const { shared } = this.#with.world
    if (readServices(shared, writer)[guest.id] === undefined) writePlacement(shared, writer, guest.id, target)
    else changeService(shared, writer, guest.id, { node: target })
  }

  #hostOn(machine: NodeMachine, guest: GuestMachine): GuestHost {
    return {
      name: machine.name,
      scope: machine.scope,
      slowdown: () => this.#with.load.guestSlowdown(machine.spec, guest.kind),
    }
  }
}

const resourceDefaults: Omit<ServiceConfig, 'node'> = {
  state: 'started',
  failback: true,
  maxRestart: 1,
  maxRelocate: 1,
}
