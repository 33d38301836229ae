/** Snapshots of guests: they keep and restore configurations, not contents. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { refuse, refuseParameters } from '../api-error.ts'
import {
  digestOfConfig,
  type GuestConfig,
  readConfig,
  requireUnlocked,
  type Snapshot,
  writeConfig,
} from '../guest-configs.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { vmidOf } from '../served-lab.ts'
import type { RunningTask } from '../tasks.ts'
import { guestOf } from './guest-config.ts'

type Kind = GuestMachine['kind']

export function snapshotHandlers(kind: Kind, guest: string): Handlers {
  const prefix = kind === 'vm' ? 'qm' : 'vz'
  const one = `${guest}/snapshot/{snapname}`
  return {
    [`GET ${guest}/snapshot`]: (call) => list(call, kind),
    [`POST ${guest}/snapshot`]: (call) => take(call, kind, `${prefix}snapshot`),
    [`GET ${one}`]: index('cmd', kind === 'vm' ? 'config rollback' : 'rollback config'),
    [`GET ${one}/config`]: (call) => {
      const { options, seconds, description, parent } = snapshotOf(call, kind)
      return {
        ...options,
        snaptime: seconds,
        description,
        ...(parent === undefined ? {} : { parent }),
        digest: digestOfConfig(readConfig(call.lab, call.node, guestOf(call, kind))),
      }
    },
    [`PUT ${one}/config`]: (call) => {
      const { lab, node, parameters } = call
      const found = snapshotOf(call, kind)
      const machine = guestOf(call, kind)
      const config = readConfig(lab, node, machine)
      requireUnlocked(config, machine)
      const changed = { ...found, description: parameters.text('description') ?? found.description }
      const snapshots = config.snapshots.map((each) => (each.name === found.name ? changed : each))
      writeConfig(lab, node, machine, { ...config, snapshots })
      return null
    },
    [`DELETE ${one}`]: (call) =>
      onSnapshot(call, kind, `${prefix}delsnapshot`, ({ config, machine, name, task }) => {
        writeConfig(call.lab, call.node, machine, without(config, name))
        task.end()
      }),
    [`POST ${one}/rollback`]: (call) =>
      onSnapshot(call, kind, `${prefix}rollback`, (job) => rollBack(call, job)),
  }
}

function list(call: Call, kind: Kind) {
  const machine = guestOf(call, kind)
  const config = readConfig(call.lab, call.node, machine)
  const parent = config.snapshots.at(-1)?.name
  return [
    ...config.snapshots.map(({ name, description, seconds, parent: before }) => ({
      name,
      description,
      snaptime: seconds,
      ...(kind === 'vm' ? { vmstate: 0 } : {}),
      ...(before === undefined ? {} : { parent: before }),
    })),
    {
      name: 'current',
      description: 'You are here!',
      digest: digestOfConfig(config),
      running: Number(call.lab.runsOn(machine, call.node)),
      ...(parent === undefined ? {} : { parent }),
    },
  ]
}

function snapshotOf(call: Call, kind: Kind): Snapshot {
  const name = call.parameters.required('snapname')
  const { snapshots } = readConfig(call.lab, call.node, guestOf(call, kind))
  return snapshots.find((each) => each.name === name) ?? refuse(`snapshot '${name}' does not exist`)
}

const snapshotMs = 800
const changeMs = 50

function take(call: Call, kind: Kind, type: string): string {
  const { lab, node, caller, parameters } = call
  const machine = guestOf(call, kind)
  const name = parameters.required('snapname')
  if (name === 'current')
    refuseParameters({ snapname: "unable to use snapshot name 'current' (reserved name)" })
  requireUnlocked(readConfig(lab, node, machine), machine)
  // A container's disk in a directory is a raw file, which cannot keep an older state of itself.
  const isRawFile = kind === 'ct' && ['dir', 'nfs'].includes(machine.disk.storage?.kind ?? '')
  const task = lab.beginTask(node, type, vmidOf(machine), caller.label)
  lab.machine(node).scope.after(isRawFile ? changeMs : snapshotMs, () => {
    const config = readConfig(lab, node, machine)
    if (isRawFile) {
      task.end('snapshot feature is not available')
      return
    }
    if (config.snapshots.some((snapshot) => snapshot.name === name)) {
      task.end(`snapshot name '${name}' already used`)
      return
    }
    const parent = config.snapshots.at(-1)?.name
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

/** Those that came after it follow the one before it. */
function without({ snapshots, ...rest }: GuestConfig, name: string): GuestConfig {
  const gone = snapshots.find((snapshot) => snapshot.name === name)
  const left = snapshots.filter((snapshot) => snapshot !== gone)
  const relinked = left.map(({ parent, ...snapshot }) => {
    const next = parent === name ? gone?.parent : parent
    return next === undefined ? snapshot : { ...snapshot, parent: next }
  })
  return { ...rest, snapshots: relinked }
}

interface SnapshotJob {
  readonly machine: GuestMachine
  readonly config: GuestConfig
  readonly name: string
  readonly task: RunningTask
}

function onSnapshot(call: Call, kind: Kind, type: string, work: (job: SnapshotJob) => void): string {
  const { lab, node, caller, parameters } = call
  const machine = guestOf(call, kind)
  const name = parameters.required('snapname')
  requireUnlocked(readConfig(lab, node, machine), machine)
  const task = lab.beginTask(node, type, vmidOf(machine), caller.label)
  lab.machine(node).scope.after(changeMs, () => {
    const config = readConfig(lab, node, machine)
    if (config.snapshots.some((snapshot) => snapshot.name === name)) work({ machine, config, name, task })
    else task.end(`snapshot '${name}' does not exist`)
  })
  return task.upid
}

/** Whoever runs is stopped hard, and started again if that was asked for. */
function rollBack({ lab, node, parameters }: Call, { machine, name, task }: SnapshotJob): void {
  const { agents } = lab.world
  const restore = () => {
    const config = readConfig(lab, node, machine)
    const options = config.snapshots.find((snapshot) => snapshot.name === name)?.options ?? config.options
    writeConfig(lab, node, machine, { ...config, options, pending: {} })
    if (parameters.flag('start'))
      agents.start(machine, lab.machine(node), 'pvedaemon', (error) => task.end(error))
    else task.end()
  }
  if (lab.runsOn(machine, node)) agents.shutDown(machine, 'pvedaemon', 0, restore)
  else restore()
}
