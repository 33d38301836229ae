/** A virtual machine's disks, snapshots, monitor and agent. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import {
  digestOfConfig,
  type GuestConfig,
  readConfig,
  requireUnlocked,
  writeConfig,
} from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { vmidOf } from '../served-lab.ts'
import { guestOf } from './guest-config.ts'
import { sizeGiB } from './guest-life.ts'

const guest = '/nodes/{node}/qemu/{vmid}'

export const guestMachineHandlers: Handlers = {
  [`PUT ${guest}/resize`]: resize,
  [`GET ${guest}/snapshot`]: (call) => {
    const machine = guestOf(call, 'vm')
    const config = readConfig(call.lab, call.node, machine)
    const running = Number(call.lab.runsOn(machine, call.node))
    const parent = config.snapshots.at(-1)?.name
    return [
      ...config.snapshots.map(({ name, description, seconds, parent: before }) => ({
        name,
        description,
        snaptime: seconds,
        vmstate: 0,
        ...(before === undefined ? {} : { parent: before }),
      })),
      {
        name: 'current',
        description: 'You are here!',
        digest: digestOfConfig(config),
        running,
        ...(parent === undefined ? {} : { parent }),
      },
    ]
  },
  [`POST ${guest}/snapshot`]: takeSnapshot,
  [`DELETE ${guest}/snapshot/{snapname}`]: (call) =>
    onSnapshot(call, 'qmdelsnapshot', (config, name) => ({
      ...config,
      snapshots: config.snapshots.filter((snapshot) => snapshot.name !== name),
    })),
  [`POST ${guest}/snapshot/{snapname}/rollback`]: (call) =>
    onSnapshot(call, 'qmrollback', (config, name) => ({
      ...config,
      options: config.snapshots.find((snapshot) => snapshot.name === name)?.options ?? config.options,
      pending: {},
    })),
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

const resizeMs = 400
const snapshotMs = 800

/** `+1G`, or the size itself. */
function resize(call: Call): string {
  const { lab, node, caller, parameters } = call
  const machine = guestOf(call, 'vm')
  const config = readConfig(lab, node, machine)
  requireUnlocked(config, machine)
  const disk = parameters.required('disk')
  const drive = config.options[disk]
  const task = lab.beginTask(node, 'resize', vmidOf(machine), caller.label)
  lab.machine(node).scope.after(resizeMs, () => {
    if (drive === undefined) {
      task.end(`disk '${disk}' does not exist`)
      return
    }
    const [, plus, count = '0', unit = ''] = /^(\+?)(\d+)([KMGT]?)$/.exec(parameters.required('size')) ?? []
    const gibibytes = Number(count) * ({ K: 2 ** -20, M: 2 ** -10, G: 1, T: 1024 }[unit] ?? 2 ** -30)
    const old = sizeGiB(String(drive))
    const size = plus === '+' ? old + gibibytes : gibibytes
    if (size < old) {
      task.end('shrinking disks is not supported')
      return
    }
    const options = {
      ...config.options,
      [disk]: String(drive).replace(/size=\d+G/, `size=${Math.ceil(size)}G`),
    }
    writeConfig(lab, node, machine, { ...config, options })
    task.end()
  })
  return task.upid
}

function takeSnapshot(call: Call): string {
  const { lab, node, caller, parameters } = call
  const machine = guestOf(call, 'vm')
  const config = readConfig(lab, node, machine)
  const name = parameters.required('snapname')
  if (name === 'current')
    refuseParameters({ snapname: "unable to use snapshot name 'current' (reserved name)" })
  requireUnlocked(config, machine)
  const task = lab.beginTask(node, 'qmsnapshot', vmidOf(machine), caller.label)
  const parent = config.snapshots.at(-1)?.name
  lab.machine(node).scope.after(snapshotMs, () => {
    if (config.snapshots.some((snapshot) => snapshot.name === name)) {
      task.end(`snapshot name '${name}' already used`)
      return
    }
    const snapshot = {
      name,
      description: parameters.text('description') ?? '',
      seconds: lab.wallTime.seconds(),
      options: config.options,
      ...(parent === undefined ? {} : { parent }),
    }
    writeConfig(lab, node, machine, { ...config, snapshots: [...config.snapshots, snapshot] })
    task.end()
  })
  return task.upid
}

function onSnapshot(
  call: Call,
  type: string,
  change: (config: GuestConfig, name: string) => GuestConfig,
): string {
  const { lab, node, caller, parameters } = call
  const machine = guestOf(call, 'vm')
  const name = parameters.required('snapname')
  const config = readConfig(lab, node, machine)
  requireUnlocked(config, machine)
  const task = lab.beginTask(node, type, vmidOf(machine), caller.label)
  lab.machine(node).scope.after(50, () => {
    if (!config.snapshots.some((snapshot) => snapshot.name === name)) {
      task.end(`snapshot '${name}' does not exist`)
      return
    }
    writeConfig(lab, node, machine, change(config, name))
    task.end()
  })
  return task.upid
}
