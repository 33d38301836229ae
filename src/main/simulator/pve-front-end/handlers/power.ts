/** Starting and stopping guests: a task each, or a request to HA where HA cares for the guest. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { changeService, queueCrmCommand, readServices } from '../../world/shared-files.ts'
import { refuse } from '../api-error.ts'
import { lockRefusal, readConfig } from '../guest-configs.ts'
import type { Call, Handler, Handlers } from '../handler.ts'
import { requireRootFor } from '../privileges.ts'
import { missingConfiguration, unknownToHypervisor, vmidOf } from '../served-lab.ts'
import type { RunningTask } from '../tasks.ts'

type Kind = GuestMachine['kind']

/** Seconds a guest gets to shut down when the client does not say (as a client of `qm shutdown` sees it). */
const shutdownSeconds = 60

export function powerHandlers(kind: Kind, path: string): Handlers {
  const type = kind === 'vm' ? 'qm' : 'vz'
  const handlers: Record<string, Handler> = {
    [`POST ${path}/start`]: (call) => requestOrDo(call, kind, `${type}start`, requestStart, start),
    [`POST ${path}/stop`]: (call) => requestOrDo(call, kind, `${type}stop`, requestStop(0), stop),
    [`POST ${path}/shutdown`]: (call) =>
      requestOrDo(
        call,
        kind,
        `${type}shutdown`,
        requestStop(call.parameters.integer('timeout') ?? shutdownSeconds),
        shutDown,
      ),
    [`POST ${path}/reboot`]: (call) => inTask(call, kind, `${type}reboot`, reboot),
  }
  if (kind === 'vm') {
    handlers[`POST ${path}/suspend`] = (call) =>
      call.parameters.flag('todisk') ? suspend(call) : pause(call, 'vm', 'qmpause', true)
    handlers[`POST ${path}/resume`] = (call) => pause(call, 'vm', 'qmresume', false)
  } else {
    handlers[`POST ${path}/suspend`] = (call) => pause(call, 'ct', 'vzsuspend', true)
    handlers[`POST ${path}/resume`] = (call) => pause(call, 'ct', 'vzresume', false)
  }
  return handlers
}

type Work = (call: Call, guest: GuestMachine, task: RunningTask) => void

/** Worker processes of the API daemon need about that long to begin (recorded: tasks end within 0.1 s). */
const forkMs = 50

function inTask(call: Call, kind: Kind, type: string, work: Work): string {
  const { lab, node, caller, parameters } = call
  requireRootFor(call, ['skiplock'])
  const vmid = parameters.required('vmid')
  const task = lab.beginTask(node, type, vmid, caller.label)
  lab.machine(node).scope.after(forkMs, () => {
    const guest = lab.guestWith(vmid, kind)
    // Without a configuration the task is begun all the same, and fails (recorded).
    if (guest === undefined || lab.world.configuredNode(guest, node) !== node)
      task.end(
        type === 'qmshutdown' ? unknownToHypervisor(node, vmid) : missingConfiguration(node, vmid, kind),
      )
    else if (isLocked(call, guest) && !parameters.flag('skiplock'))
      task.end(lockRefusal(readConfig(lab, node, guest).options, guest))
    else work(call, guest, task)
  })
  return task.upid
}

function isLocked({ lab, node }: Call, guest: GuestMachine): boolean {
  return readConfig(lab, node, guest).options.lock !== undefined
}

/** What HA is asked for instead of doing it. */
interface Wish {
  readonly verb: 'start' | 'stop'
  /** How HA's own program is asked. */
  words(sid: string): string
  ask(call: Call, sid: string): Promise<void>
}

const requestStart: Wish = {
  verb: 'start',
  words: (sid) => `set ${sid} --state started`,
  async ask({ lab, node }, sid) {
    const what = 'update resources config failed: '
    await lab.requireLock(node, 'domain-ha', what)
    if (readServices(lab.world.shared, node)[sid] === undefined) refuse(`${what}no such resource '${sid}'`)
    changeService(lab.world.shared, node, sid, { state: 'started' })
  },
}

/** A line for the master, who stops the guest and remembers the wish (recorded); without time it is stopped hard. */
const requestStop = (seconds: number): Wish => ({
  verb: 'stop',
  words: (sid) => `crm-command stop ${sid} ${seconds}`,
  async ask({ lab, node }, sid) {
    await lab.requireLock(node, 'domain-ha')
    if (readServices(lab.world.shared, node)[sid] === undefined) refuse(`resource '${sid}' is not HA managed`)
    queueCrmCommand(lab.world.shared, node, `stop ${sid} ${seconds}`)
  },
})

function requestOrDo(call: Call, kind: Kind, type: string, wish: Wish, work: Work): string {
  const { lab, node, caller, parameters } = call
  const vmid = parameters.required('vmid')
  // HA is asked for the number alone, whichever kind of guest has it (recorded).
  if (!lab.guestsOf(node).some((guest) => vmidOf(guest) === vmid && lab.isManaged(guest, node)))
    return inTask(call, kind, type, work)
  const sid = `${kind}:${vmid}`
  const task = lab.beginTask(node, `ha${wish.verb}`, vmid, caller.label)
  task.log(`Requesting HA ${wish.verb} for ${kind === 'vm' ? 'VM' : 'CT'} ${vmid}`)
  wish.ask(call, sid).then(
    () => task.end(),
    (error: unknown) => {
      task.log(error instanceof Error ? error.message.trim() : String(error))
      task.end(`command 'ha-manager ${wish.words(sid)}' failed: exit code 255`)
    },
  )
  return task.upid
}

function start({ lab, node }: Call, guest: GuestMachine, task: RunningTask): void {
  const word = guest.kind === 'vm' ? 'VM' : 'CT'
  if (guest.host !== undefined) task.end(`${word} ${vmidOf(guest)} already running`)
  else if (!lab.world.shared.canWrite(node)) task.end('cluster not ready - no quorum?')
  else lab.world.agents.start(guest, lab.machine(node), 'pvedaemon', (error) => task.end(error))
}

function stop({ lab }: Call, guest: GuestMachine, task: RunningTask): void {
  lab.world.agents.shutDown(guest, 'pvedaemon', 0, () => task.end())
}

/** An agent is asked first; no guest of the lab runs one, which the server finds out after that time (recorded). */
const agentMs = 3000

function shutDown(call: Call, guest: GuestMachine, task: RunningTask): void {
  const { lab, node } = call
  const { agent } = readConfig(lab, node, guest).options
  if (guest.host === undefined || !/^(1|enabled=1)/.test(String(agent ?? ''))) {
    askToShutDown(call, guest, task)
    return
  }
  lab.machine(node).scope.after(agentMs, () => {
    task.log(
      `QEMU Guest Agent is not running - VM ${vmidOf(guest)} qmp command 'guest-ping' failed - got timeout`,
    )
    askToShutDown(call, guest, task)
  })
}

function askToShutDown({ lab, node, parameters }: Call, guest: GuestMachine, task: RunningTask): void {
  const seconds = parameters.integer('timeout') ?? shutdownSeconds
  const { agents } = lab.world
  if (parameters.flag('forceStop')) {
    agents.shutDown(guest, 'pvedaemon', seconds, () => task.end())
    return
  }
  // Without force, the time limit ends the task and leaves the guest alone.
  const cancelLimit = lab
    .machine(node)
    .scope.after(seconds * 1000, () => task.end('VM quit/powerdown failed - got timeout'))
  agents.shutDown(guest, 'pvedaemon', Number.POSITIVE_INFINITY, () => {
    cancelLimit()
    task.end()
  })
}

function reboot(call: Call, guest: GuestMachine, task: RunningTask): void {
  const { lab, node } = call
  if (!lab.runsOn(guest, node)) {
    task.end(`VM ${vmidOf(guest)} not running`)
    return
  }
  const seconds = call.parameters.integer('timeout') ?? shutdownSeconds
  lab.world.agents.reboot(guest, lab.machine(node), 'pvedaemon', seconds, (error) => task.end(error))
}

function pause(call: Call, kind: Kind, type: string, isPaused: boolean): string {
  const { lab, node, parameters } = call
  const vmid = parameters.required('vmid')
  const guest = lab.guestOn(node, vmid, kind)
  if (!lab.runsOn(guest, node)) refuse(`${kind === 'vm' ? 'VM' : 'CT'} ${vmid} not running`)
  return inTask(call, kind, type, (_call, machine, task) => {
    machine.setPaused(isPaused)
    task.end()
  })
}

function suspend(call: Call): string {
  const { lab, node, parameters } = call
  const vmid = parameters.required('vmid')
  const guest = lab.guestOn(node, vmid, 'vm')
  if (!lab.runsOn(guest, node)) refuse(`VM ${vmid} not running`)
  return inTask(call, 'vm', 'qmsuspend', (_call, machine, task) => machine.suspend(() => task.end()))
}
