/** Carries out commands on a scenario's machines and services. */
import { createCrm } from '../ha/crm.ts'
import type { StartUpGate } from '../ha/environment.ts'
import { createLrm } from '../ha/lrm.ts'
import type { CommandAction, HardwareCommand, LoopCommand, ServiceCommand } from './commands.ts'
import { createEnvironments } from './daemon-environments.ts'
import {
  FatalError,
  type Hardware,
  logDaemon,
  logHardware,
  type Machine,
  machineOf,
  serviceOf,
} from './hardware.ts'

export interface CommandRunner {
  /** Logs `execute …` in the name of `source`, then acts. */
  run(source: string, text: string, action: Exclude<CommandAction, LoopCommand>): void
  power(source: string, machine: Machine, on: boolean): void
  stopCrm(source: string, machine: Machine): void
  createLrm(machine: Machine): void
}

export function createCommandRunner(hardware: Hardware): CommandRunner {
  const environments = createEnvironments(hardware)
  // One process plays all nodes of a scenario, so the LRMs share what is per daemon on real nodes.
  const gate: StartUpGate = { open: false }

  const ensureCrm = (machine: Machine) => {
    machine.crm ??= createCrm(environments.crm(machine))
  }
  const ensureLrm = (machine: Machine) => {
    machine.lrm ??= createLrm(environments.lrm(machine), gate)
  }

  const powerOn = (machine: Machine) => {
    if (!machine.power) {
      ensureCrm(machine)
      ensureLrm(machine)
      machine.restartsLrm = false
      machine.clusterDataWorks = true
      machine.refreshWorks = true
    }
    machine.power = true
    machine.network = true
    machine.pendingShutdown = undefined
  }

  const runOnHardware = (command: HardwareCommand) => {
    if (command.kind === 'crm-command') {
      hardware.crmCommands = [...hardware.crmCommands, command.line]
      return
    }
    const machine = machineOf(hardware, command.node)
    switch (command.kind) {
      case 'power':
        if (command.on) powerOn(machine)
        else powerOff(hardware, machine)
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
        if (machine.lrm === undefined) return
        machine.restartsLrm = true
        machine.lrm.requestShutdown()
        return
      case 'crm-stop':
        if (machine.crm === undefined) return
        machine.stopsCrm = true
        machine.crm.requestShutdown()
        return
      case 'crm-start':
        ensureCrm(machine)
        return
      case 'version':
        machine.version = command.version
    }
  }

  const run: CommandRunner['run'] = (source, text, action) => {
    logHardware(hardware, 'info', source, `execute ${text}`)
    if ('sid' in action) runOnService(hardware, action)
    else runOnHardware(action)
  }

  return {
    run,
    power: (source, { name }, on) =>
      run(source, `power ${name} ${on ? 'on' : 'off'}`, { kind: 'power', node: name, on }),
    stopCrm: (source, { name }) => run(source, `crm ${name} stop`, { kind: 'crm-stop', node: name }),
    createLrm: ensureLrm,
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
