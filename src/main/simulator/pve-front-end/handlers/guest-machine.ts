/** A virtual machine's monitor, keyboard and agent. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse } from '../api-error.ts'
import { readConfig } from '../guest-configs.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { vmidOf } from '../served-lab.ts'
import { guestOf } from './guest-config.ts'

const guest = '/nodes/{node}/qemu/{vmid}'

const agentReads =
  'exec-status file-read get-fsinfo get-host-name get-memory-block-info get-memory-blocks get-osinfo get-time get-timezone get-users get-vcpus info network-get-interfaces'.split(
    ' ',
  )
const agentCalls =
  'exec file-write fsfreeze-freeze fsfreeze-status fsfreeze-thaw fstrim ping set-user-password shutdown suspend-disk suspend-hybrid suspend-ram'.split(
    ' ',
  )

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
  [`GET ${guest}/agent`]: index('name', [...agentReads, ...agentCalls].sort().join(' ')),
  [`POST ${guest}/agent`]: askAgent,
  ...Object.fromEntries(agentReads.map((name) => [`GET ${guest}/agent/${name}`, askAgent])),
  ...Object.fromEntries(agentCalls.map((name) => [`POST ${guest}/agent/${name}`, askAgent])),
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
