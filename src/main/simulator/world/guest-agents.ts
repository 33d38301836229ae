import type { ServiceConfig } from '../ha/cluster-data.ts'
import type { AgentOutcome, ResourceAgents } from '../ha/environment.ts'
import type { GuestMachine } from './guest-machine.ts'
import type { GuestHost } from './guest-process.ts'
import {
  changeService,
  readPlacement,
  readServices,
  type ServiceConfigs,
  writePlacement,
} from './ha-environment.ts'
import type { MachineLoad } from './machine-load.ts'
import type { NodeMachine } from './node-machine.ts'
import type { World } from './world.ts'

/** What a node's daemons do with a guest, in tasks of their own. */
export type GuestVerb = 'start' | 'shutdown' | 'migrate'
/** Hears that a task has begun; calls what it returns when the task has ended. */
export type GuestTaskListener = (
  node: string,
  verb: GuestVerb,
  guest: GuestMachine,
) => (error?: string) => void

interface Surroundings {
  readonly world: World
  readonly load: MachineLoad
  readonly beginTask: GuestTaskListener
  /** A node is about to start a guest's process. */
  starts(guest: GuestMachine, node: string): void
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
        const end = this.#with.beginTask(machine.name, 'start', world.guest(sid))
        this.start(world.guest(sid), machine, 'pve-ha-lrm', (error) => {
          end(error)
          done('finished')
        })
      },
      shutdown: (sid, timeoutSeconds, done) => {
        const end = this.#with.beginTask(machine.name, 'shutdown', world.guest(sid))
        const limit = timeoutSeconds ?? world.parameters.haStopTimeout
        this.shutDown(world.guest(sid), 'pve-ha-lrm', limit, () => {
          end()
          done('finished')
        })
      },
      migrate: (sid, target, online, done) => {
        const end = this.#with.beginTask(machine.name, 'migrate', world.guest(sid))
        this.migrate(world.guest(sid), machine, target, online, (outcome) => {
          end(outcome === 'finished' ? undefined : 'migration aborted')
          done(outcome)
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
      guest.start(this.#hostOn(machine), conclude)
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

  /** A running virtual machine moves live; anything else is stopped, moved and started by the target's LRM. */
  migrate(
    guest: GuestMachine,
    machine: NodeMachine,
    target: string,
    online: boolean,
    done: (outcome: AgentOutcome) => void,
  ): void {
    const { world, load, log } = this.#with
    const say = (message: string) => log(machine.name, 'pve-ha-lrm', 'info', message)
    const isRunning = guest.host === machine.name && guest.isRunning
    const isLive = online && isRunning && guest.kind === 'vm'
    if (online && isRunning && !isLive)
      log(
        machine.name,
        'pve-ha-lrm',
        'warn',
        'unable to live migrate running container, fallback to relocate',
      )
    const word = isLive ? 'migrate' : 'relocate'
    say(`service ${guest.id} - start ${word} to node '${target}'`)
    const plan = guest.disk.planMove(machine.name, target, isLive)
    if ('refusal' in plan) {
      log(machine.name, 'pve-ha-lrm', 'err', `migration aborted: ${plan.refusal}`)
      done('failed')
      return
    }
    const copyMs = Math.round((plan.copyMiB / world.parameters.diskCopyRate) * 1000)
    const arrive = () => {
      const goal = world.node(target)
      const canArrive = goal.networkUp && world.shared.canWrite(machine.name)
      if (!canArrive || (isLive && !guest.moveTo(this.#hostOn(goal)))) {
        done('failed')
        return
      }
      if (!isLive) guest.disk.move(machine.name, target)
      this.#place(guest, machine.name, target)
      say(`service ${guest.id} - end ${word} to node '${target}'`)
      done('finished')
    }
    const copy = () => (copyMs === 0 ? arrive() : machine.scope.after(copyMs, arrive))
    if (isLive) {
      const seconds = load.residentMiB(guest.spec) / world.parameters.vmMigrationRate
      machine.scope.after(Math.round(seconds * 1000) + copyMs, arrive)
    } else if (isRunning) {
      say(`stopping service ${guest.id} (relocate)`)
      this.shutDown(guest, 'pve-ha-lrm', world.parameters.haStopTimeout, () => {
        say(`service status ${guest.id} stopped`)
        copy()
      })
    } else copy()
  }

  #place(guest: GuestMachine, writer: string, target: string): void {
    const { shared } = this.#with.world
    if (readServices(shared, writer)[guest.id] === undefined) writePlacement(shared, writer, guest.id, target)
    else changeService(shared, writer, guest.id, { node: target })
  }

  #hostOn(machine: NodeMachine): GuestHost {
    return {
      name: machine.name,
      scope: machine.scope,
      slowdown: () => this.#with.load.slowdown(machine.spec),
    }
  }
}

const resourceDefaults: Omit<ServiceConfig, 'node'> = {
  state: 'started',
  failback: true,
  maxRestart: 1,
  maxRelocate: 1,
}
