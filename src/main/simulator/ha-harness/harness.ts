/** The main loop of a scenario: lets the daemons take turns and gives the commands at their time. */
import type { DaemonStep } from '../ha/environment.ts'
import { messageOf } from '../ha/message-of.ts'
import {
  createHardware,
  FatalError,
  type Hardware,
  logDaemon,
  logHardware,
  type Machine,
} from './hardware.ts'
import { CommandRunner } from './hardware-commands.ts'
import type { Scenario } from './scenario.ts'

/** Simulated seconds: a loop, its longest sensible length, quiet time before the end, and the very end. */
const loopSeconds = 20
const longestLoopSeconds = 60
const quietSeconds = 500
const maximumSeconds = 10_000
/** Loops from one list of commands to the next. */
const loopsPerList = 5

/** Sees the cluster after every loop; for tests that watch invariants. */
export type LoopObserver = (hardware: Hardware) => void

/** Runs a scenario to its end and returns the cluster with the complete log. */
export function runScenario(scenario: Scenario, observe: LoopObserver = () => {}): Hardware {
  const hardware = createHardware(scenario)
  logHardware(hardware, 'info', 'hardware', 'starting simulation')
  try {
    runLoops(hardware, scenario, observe)
    logHardware(hardware, 'info', 'hardware', 'exit simulation - done')
  } catch (error) {
    logHardware(hardware, 'err', 'hardware', `exit simulation - ${messageOf(error)} `)
  }
  return hardware
}

function runLoops(hardware: Hardware, scenario: Scenario, observe: LoopObserver): void {
  const runner = new CommandRunner(hardware)
  const skip = { crm: 0, lrm: 0 }
  const loopTime = Math.max(loopSeconds, 2 * hardware.machines.size)
  if (loopTime >= longestLoopSeconds) throw new FatalError('too many nodes for the time of a loop')
  const lists = [...scenario.commands]
  let lastCommandAt = 0
  let nextCommandAt = 0
  let loopCount = 0

  const runCommands = (list: Scenario['commands'][number]) => {
    for (const { text, action } of list) {
      lastCommandAt = hardware.now
      if (action.kind === 'delay' || action.kind === 'skip-round') {
        logHardware(hardware, 'info', 'cmdlist', `execute ${text}`)
        if (action.kind === 'delay') nextCommandAt = hardware.now + action.seconds
        else skip[action.daemon] += action.rounds
      } else {
        runner.run('cmdlist', text, action)
      }
    }
  }

  for (;;) {
    const startedAt = hardware.now
    takeTurns(hardware, runner, skip)
    if (skip.crm > 0) skip.crm -= 1
    if (skip.lrm > 0) skip.lrm -= 1
    hardware.now = Math.max(hardware.now, startedAt + loopTime)
    observe(hardware)
    if (hardware.now > maximumSeconds)
      throw new FatalError(`simulation exceeded maximum time (${maximumSeconds}) - force end`)
    for (const { clocks } of hardware.machines.values()) {
      clocks.crm = hardware.now
      clocks.lrm = hardware.now
    }
    // A delay stops the count as well, so the next list comes only whole loops after it.
    if (hardware.now < nextCommandAt) continue
    if (loopCount % loopsPerList === 0) {
      const list = lists.shift()
      if (list !== undefined) runCommands(list)
      else if (hardware.now - lastCommandAt > quietSeconds) return
    }
    loopCount += 1
  }
}

type SkippedRounds = Readonly<Record<'crm' | 'lrm', number>>

function takeTurns(hardware: Hardware, runner: CommandRunner, skip: SkippedRounds): void {
  let isFirst = true
  for (const machine of hardware.machines.values()) {
    for (const daemon of ['crm', 'lrm'] as const) {
      if (machine[daemon] === undefined) continue
      if (skip[daemon] > 0) {
        if (isFirst) logHardware(hardware, 'info', 'run-loop', `skipping ${daemon.toUpperCase()} round`)
        continue
      }
      if (takeTurn(hardware, machine, daemon).next === 'iterate') continue
      logDaemon(hardware, machine, daemon, 'info', 'exit (loop end)')
      machine[daemon] = undefined
      if (daemon === 'crm') afterCrmExit(runner, machine)
      else afterLrmExit(runner, machine)
    }
    checkWatchdogs(hardware, runner)
    isFirst = false
  }
}

/** One iteration: its time stands still, then the daemon's clock goes on by a second. */
function takeTurn(hardware: Hardware, machine: Machine, daemon: 'crm' | 'lrm'): DaemonStep {
  machine.clocks[daemon] = hardware.now
  const step = machine[daemon]?.iterate() ?? { next: 'exit' }
  machine.clocks[daemon] += 1
  hardware.now = Math.max(hardware.now, machine.clocks[daemon])
  return step
}

function afterCrmExit(runner: CommandRunner, machine: Machine): void {
  const { pendingShutdown } = machine
  if (pendingShutdown !== undefined) {
    runner.power(pendingShutdown, machine, false)
    if (pendingShutdown === 'reboot') runner.power('reboot', machine, true)
  } else if (!machine.stopsCrm) {
    throw new FatalError('unexpected CRM exit - not implemented')
  }
  machine.stopsCrm = false
}

function afterLrmExit(runner: CommandRunner, machine: Machine): void {
  if (machine.restartsLrm) {
    machine.restartsLrm = false
    runner.createLrm(machine)
  } else if (machine.pendingShutdown !== undefined) {
    runner.stopCrm(machine.pendingShutdown, machine)
  } else {
    throw new FatalError('unexpected LRM exit - not implemented')
  }
}

function checkWatchdogs(hardware: Hardware, runner: CommandRunner): void {
  for (const machine of hardware.machines.values()) {
    if (!hardware.watchdogs.hasStarved(machine.name, hardware.now)) continue
    hardware.watchdogs.closeAll(machine.name)
    runner.power('watchdog', machine, false)
    logHardware(hardware, 'info', 'hardware', `server '${machine.name}' stopped by poweroff (watchdog)`)
    machine.crm = undefined
    machine.lrm = undefined
  }
}
