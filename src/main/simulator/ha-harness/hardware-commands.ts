/** Carries out commands on a scenario's machines and services. */
import { createCrm } from '../ha/crm.ts'
import type { StartUpGate } from '../ha/environment.ts'
import { createLrm } from '../ha/lrm.ts'
import type { CommandAction, LoopCommand, MachineCommand, ServiceCommand } from './commands.ts'
import { createEnvironments, type EnvironmentFactory } from './daemon-environments.ts'
import {
  FatalError,
  type Hardware,
  logDaemon,
  logHardware,
  type Machine,
  machineOf,
  serviceOf,
} from './hardware.ts'

export class CommandRunner {
  readonly #hardware: Hardware
  readonly #environments: EnvironmentFactory
  // One process plays all nodes of a scenario, so the LRMs share what is per daemon on real nodes.
  readonly #gate: StartUpGate = { open: false }

  constructor(hardware: Hardware) {
    this.#hardware = hardware
    this.#environments = createEnvironments(hardware)
  }

  /** Logs `execute …` in the name of `source`, then acts. */
  run(source: string, text: string, action: Exclude<CommandAction, LoopCommand>): void {
    logHardware(this.#hardware, 'info', source, `execute ${text}`)
    if ('sid' in action) runOnService(this.#hardware, action)
    else if (action.kind === 'crm-command') this.#hardware.crmCommands.push(action.line)
    else this.#runOnMachine(machineOf(this.#hardware, action.node), action)
  }

  power(source: string, { name }: Machine, on: boolean): void {
    this.run(source, `power ${name} ${on ? 'on' : 'off'}`, { kind: 'power', node: name, on })
  }

  stopCrm(source: string, { name }: Machine): void {
    this.run(source, `crm ${name} stop`, { kind: 'crm-stop', node: name })
  }

  createLrm(machine: Machine): void {
    machine.lrm ??= createLrm(this.#environments.lrm(machine), this.#gate)
  }

  #createCrm(machine: Machine): void {
    machine.crm ??= createCrm(this.#environments.crm(machine))
  }

  #runOnMachine(machine: Machine, command: MachineCommand): void {
    switch (command.kind) {
      case 'power':
        if (command.on) this.#powerOn(machine)
        else powerOff(this.#hardware, machine)
        return
      case 'network':
        machine.network = command.on
        return
      case 'cfs':
        if (command.part === 'rw') machine.clusterDataWorks = command.works
        else machine.refreshWorks = command.works
        return
      case 'shutdown':
        machine.pendingShutdown = command.how
        machine.lrm?.requestShutdown()
        return
      case 'restart-lrm':
        machine.restartsLrm = machine.lrm !== undefined
        machine.lrm?.requestShutdown()
        return
      case 'crm-stop':
        machine.stopsCrm = machine.crm !== undefined
        machine.crm?.requestShutdown()
        return
      case 'crm-start':
        this.#createCrm(machine)
        return
      case 'version':
        machine.version = command.version
    }
  }

  #powerOn(machine: Machine): void {
    if (!machine.power) {
      this.#createCrm(machine)
      this.createLrm(machine)
      machine.restartsLrm = false
      machine.clusterDataWorks = true
      machine.refreshWorks = true
    }
    machine.power = true
    machine.network = true
    machine.pendingShutdown = undefined
  }
}

/** Locks are not released: that is what their lifetime is for. */
function powerOff(hardware: Hardware, machine: Machine): void {
  if (machine.power) {
    for (const daemon of ['crm', 'lrm'] as const) {
      if (machine[daemon] !== undefined) logDaemon(hardware, machine, daemon, 'info', 'killed by poweroff')
      machine[daemon] = undefined
    }
    hardware.watchdogs.closeAll(machine.name)
    machine.running.clear()
  }
  machine.power = false
  machine.network = false
  machine.pendingShutdown = undefined
}

function runOnService(hardware: Hardware, command: ServiceCommand): void {
  const { services, guestLocks, figures } = hardware
  const { sid } = command
  switch (command.kind) {
    case 'add':
      addService(hardware, command)
      return
    case 'request':
      services.set(sid, { ...serviceOf(hardware, sid), state: command.state })
      return
    case 'delete':
      services.delete(serviceOf(hardware, sid) && sid)
      guestLocks.delete(sid)
      figures.forgetCapacity(sid)
      return
    case 'lock':
      guestLocks.set(sid, command.lock)
      return
    case 'unlock':
      guestLocks.delete(sid)
      return
    case 'static-stats': {
      const { kind: _, sid: __, ...change } = command
      figures.changeCapacity(sid, change)
      return
    }
    case 'dynamic-stats': {
      const { kind: _, sid: __, ...change } = command
      figures.changeUse(sid, change)
      return
    }
    case 'manual-migrate':
      migrateByHand(hardware, command)
  }
}

function addService(hardware: Hardware, command: ServiceCommand & { kind: 'add' }): void {
  const { sid, node, state, running } = command
  if (hardware.services.has(sid)) throw new FatalError(`service '${sid}' already exists`)
  hardware.services.set(sid, {
    node,
    state: state === 'enabled' ? 'started' : state,
    failback: true,
    maxRestart: 1,
    maxRelocate: 1,
  })
  const guests = machineOf(hardware, node).running
  if (running) guests.add(sid)
  else guests.delete(sid)
}

/** What a user may do behind the HA manager's back, and only while it does not look after the guest. */
function migrateByHand(hardware: Hardware, command: ServiceCommand & { kind: 'manual-migrate' }): void {
  const { sid, node } = command
  const service = serviceOf(hardware, sid)
  const isFree = service.state === 'ignored' || hardware.managerStatus.disarm?.mode === 'ignore'
  if (!isFree) throw new FatalError(`service '${sid}' is managed by HA, cannot be migrated by hand`)
  hardware.services.set(sid, { ...service, node })
}
