import type { Random } from '../../contracts/random.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { MigrationEvent } from './live-migration.ts'
import { LiveMigrations } from './live-migrations.ts'
import type { NodeMachine } from './node-machine.ts'
import { millisecondsIn } from './parameters.ts'
import { changeService, readServices, writePlacement } from './shared-files.ts'
import type { World } from './world.ts'

export interface MigrationWish {
  /** Live, if it runs. */
  readonly online: boolean
  readonly heard?: (event: MigrationEvent) => void
  readonly ended: (error?: string) => void
}

interface Surroundings {
  readonly world: World
  readonly random: Random
  log(node: string, source: string, level: string, message: string): void
}

/** Moves guests from node to node, with their configuration and what of their disks has to be copied. */
export class GuestMigrations {
  /** Those of running virtual machines under way. */
  readonly live: LiveMigrations
  readonly #with: Surroundings
  /** Those that are stopped, moved and started, with the node that each leaves. */
  readonly #leaving = new Map<GuestMachine, string>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
    this.live = this.#createLive()
  }

  /**
   * A running virtual machine moves live; anything else is stopped, moved, and started by the target's LRM or
   * whoever asked. `ended` hears what went wrong, if something did. A start task under way goes first.
   */
  begin(guest: GuestMachine, machine: NodeMachine, target: string, wish: MigrationWish): void {
    this.#with.world.agents.whenUnlocked(guest, machine, (timeout) => {
      if (timeout === undefined) this.#begin(guest, machine, target, wish)
      else {
        this.#with.log(machine.name, 'pve-ha-lrm', 'err', `migration aborted: ${timeout}`)
        wish.ended(timeout)
      }
    })
  }

  /** Why another task on that node has to leave a stopped guest alone, if it has to. */
  refusalWhileLeaving(guest: GuestMachine, node: string): string | undefined {
    return this.#leaving.get(guest) === node ? lockedForMove(guest) : undefined
  }

  /** Its guests are gone with it, and so are its tasks. */
  nodeHalted(node: string): void {
    this.live.nodeHalted(node)
    for (const [guest, source] of this.#leaving) if (source === node) this.#leaving.delete(guest)
  }

  #begin(guest: GuestMachine, machine: NodeMachine, target: string, wish: MigrationWish): void {
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
    if (this.live.isMoving(guest) || this.#leaving.get(guest) === machine.name) {
      end(lockedForMove(guest))
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
    this.live.begin({
      guest,
      source,
      target: this.#with.world.node(target),
      memory: () => this.#with.world.load.movingMemory(guest.spec, guest.load.answeredPerSecond),
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
    then: (error?: string) => void,
  ): void {
    const { world, random, log } = this.#with
    const ended = (error?: string) => {
      this.#leaving.delete(guest)
      then(error)
    }
    this.#leaving.set(guest, source.name)
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
    world.agents.shutDown(guest, 'pve-ha-lrm', haStopTimeout, () => {
      log(source.name, 'pve-ha-lrm', 'info', `service status ${guest.id} stopped`)
      move()
    })
  }

  #createLive(): LiveMigrations {
    const { world, random } = this.#with
    return new LiveMigrations({
      parameters: world.parameters,
      random,
      isConnected: (source, target) => world.network.reaches(source, target, 'cluster'),
      path: (source, target) => world.network.path(source, target, 'cluster'),
      slowdown: (node) => world.load.slowdown(node.spec),
      refusal: (guest, target) => this.#refusal(guest, target.name),
      canTakeOver: (source) => world.shared.canWrite(source.name),
      takeOver: (guest, source, target) => {
        this.#place(guest, source.name, target.name)
        guest.moveTo(world.agents.hostOn(target, guest))
      },
    })
  }

  /** The target's end of the tunnel says so when it has no quorum: no LRM could guard the guest there. */
  #refusal(guest: GuestMachine, target: string): string | undefined {
    if (!this.#with.world.shared.isQuorate(target)) return 'no quorum'
    return guest.disk.opens(target) ? undefined : `disk of ${guest.id} does not answer at '${target}'`
  }

  #place(guest: GuestMachine, writer: string, target: string): void {
    const { shared } = this.#with.world
    if (readServices(shared, writer)[guest.id] === undefined) writePlacement(shared, writer, guest.id, target)
    else changeService(shared, writer, guest.id, { node: target })
  }
}

function lockedForMove({ kind }: GuestMachine): string {
  return `${kind === 'vm' ? 'VM' : 'CT'} is locked (migrate)`
}
