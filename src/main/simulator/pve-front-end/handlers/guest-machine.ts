/** A virtual machine's monitor, keyboard and agent. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse } from '../api-error.ts'
import { readConfig } from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { vmidOf } from '../served-lab.ts'
import { guestOf } from './guest-config.ts'

const guest = '/nodes/{node}/qemu/{vmid}'

export const guestMachineHandlers: Handlers = {
  [`POST ${guest}/monitor`]: (call) => {
    const machine = running(call)
    const command = call.parameters.required('command')
    const word = machine.isPaused ? 'paused' : 'running'
    if (command.trim() === 'info status') return `VM status: ${word}\r\n`
    return `unknown command: '${command.split(' ')[0]}'\r\n`
  },
  [`POST ${guest}/status/reset`]: (call) => {
    const { lab, node, caller } = call
    const machine = running(call)
    const task = lab.beginTask(node, 'qmreset', vmidOf(machine), caller.label)
    machine.reset()
    lab.machine(node).scope.after(50, () => task.end())
    return task.upid
  },
  // No guest of the lab looks at its keyboard.
  [`PUT ${guest}/sendkey`]: (call) => {
    running(call)
    return null
  },
  [`POST ${guest}/agent/ping`]: askAgent,
  [`GET ${guest}/agent/network-get-interfaces`]: askAgent,
}

function running(call: Call): GuestMachine {
  const machine = guestOf(call, 'vm')
  return call.lab.runsOn(machine, call.node) ? machine : refuse(`VM ${vmidOf(machine)} not running`)
}

/** No guest of the lab runs an agent; who asks one waits that long (recorded). */
const agentMs = 3000

async function askAgent(call: Call): Promise<never> {
  const machine = running(call)
  const { agent } = readConfig(call.lab, call.node, machine).options
  if (!/^(1|enabled=1)/.test(String(agent ?? ''))) refuse('No QEMU guest agent configured')
  await call.lab.clock.sleep(agentMs)
  return refuse('QEMU guest agent is not running')
}
