import type { ServiceConfig } from '../ha/cluster-data.ts'
import type { AgentOutcome, ResourceAgents } from '../ha/environment.ts'
import type { GuestHost, GuestMachine } from './guest-machine.ts'
import { changeService, readServices, type ServiceConfigs } from './ha-environment.ts'
import type { MachineLoad } from './machine-load.ts'
import type { NodeMachine } from './node-machine.ts'
import type { World } from './world.ts'

interface Surroundings {
  readonly world: World
  readonly load: MachineLoad
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
    return world.group === 'control'
      ? guest.spec.node
      : (readServices(world.shared, viewer)[guest.id]?.node ?? guest.spec.node)
  }

  of(machine: NodeMachine): ResourceAgents {
    const { world } = this.#with
    const runsHere = (guest: GuestMachine) => guest.host === machine.name && guest.isRunning
    return {
      supports: (type) => type === 'vm' || type === 'ct',
      isRunning: (sid) => runsHere(world.guest(sid)),
      start: (sid, done) => this.#start(world.guest(sid), machine, () => done('finished')),
      shutdown: (sid, timeoutSeconds, done) =>
        this.#shutDown(world.guest(sid), 'pve-ha-lrm', timeoutSeconds ?? world.parameters.haStopTimeout, () =>
          done('finished'),
        ),
      migrate: (sid, target, online, done) => this.#migrate(world.guest(sid), machine, target, online, done),
    }
  }

  /** Guests outside HA, one after the other as `startall` does. */
  startLocal(machine: NodeMachine): void {
    const waiting = this.#localGuests(machine).filter((guest) => guest.host === undefined)
    const startNext = () => {
      const guest = waiting.shift()
      if (guest === undefined || machine.isStopping) return
      this.#start(guest, machine, startNext)
    }
    startNext()
  }

  stopLocal(machine: NodeMachine, done: () => void): void {
    const running = this.#localGuests(machine).filter((guest) => guest.host === machine.name)
    let left = running.length
    if (left === 0) done()
    for (const guest of running)
      this.#shutDown(guest, 'pve-guests', this.#with.world.parameters.guestStopTimeout, () => {
        left -= 1
        if (left === 0) done()
      })
  }

  #localGuests(machine: NodeMachine): GuestMachine[] {
    const { world } = this.#with
    if (world.group === 'treatment') return []
    return world.guests.filter((guest) => guest.spec.node === machine.name)
  }

  #start(guest: GuestMachine, machine: NodeMachine, started: () => void): void {
    guest.start(this.#hostOn(machine), started)
  }

  #shutDown(guest: GuestMachine, source: string, timeoutSeconds: number, done: () => void): void {
    const node = guest.host
    const timedOut = () => {
      if (node === undefined) return
      const kind = guest.kind === 'vm' ? 'VM' : 'CT'
      this.#with.log(node, source, 'info', `${kind} still running - terminating now with SIGTERM`)
    }
    guest.shutdown(timeoutSeconds, timedOut, done)
  }

  /** A running virtual machine moves live; anything else is stopped, moved and started by the target's LRM. */
  #migrate(
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
    const arrive = () => {
      const goal = world.node(target)
      const canArrive = goal.networkUp && world.shared.canWrite(machine.name)
      if (!canArrive || (isLive && !guest.moveTo(this.#hostOn(goal)))) {
        done('failed')
        return
      }
      changeService(world.shared, machine.name, guest.id, { node: target })
      say(`service ${guest.id} - end ${word} to node '${target}'`)
      done('finished')
    }
    if (isLive) {
      const seconds = load.residentMiB(guest.spec) / world.parameters.vmMigrationRate
      machine.scope.after(Math.round(seconds * 1000), arrive)
    } else if (isRunning) {
      say(`stopping service ${guest.id} (relocate)`)
      this.#shutDown(guest, 'pve-ha-lrm', world.parameters.haStopTimeout, () => {
        say(`service status ${guest.id} stopped`)
        arrive()
      })
    } else arrive()
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
