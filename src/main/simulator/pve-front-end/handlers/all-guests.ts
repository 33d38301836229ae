/** Many guests at once: those of a node, or (from 9.1 on) of the whole cluster, each in a task of its own. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import { ApiError, refusePermission } from '../api-error.ts'
import { readConfig } from '../guest-configs.ts'
import { type Call, type Handlers, index } from '../handler.ts'
import { Parameters } from '../parameters.ts'
import { vmidOf } from '../served-lab.ts'
import type { RunningTask } from '../tasks.ts'
import { migrate } from './migration.ts'
import { powerHandlers } from './power.ts'

export const allGuestsHandlers: Handlers = {
  'POST /nodes/{node}/startall': (call) => onNode(call, 'startall', startEach(call, isStartedWithNode(call))),
  'POST /nodes/{node}/stopall': (call) => onNode(call, 'stopall', shutDownEach(call, 'force-stop')),
  'POST /nodes/{node}/suspendall': (call) => onNode(call, 'suspendall', suspendEach(call, { todisk: 1 })),
  'POST /nodes/{node}/migrateall': (call) => onNode(call, 'migrateall', migrateEach(call, true)),
  'GET /cluster/bulk-action': index('name', 'guest'),
  'GET /cluster/bulk-action/guest': index('name', 'migrate shutdown start suspend'),
  'POST /cluster/bulk-action/guest/start': (call) =>
    inCluster(
      call,
      'bulkstart',
      startEach(call, () => true),
    ),
  'POST /cluster/bulk-action/guest/shutdown': (call) =>
    inCluster(call, 'bulkshutdown', shutDownEach(call, 'force-stop')),
  'POST /cluster/bulk-action/guest/suspend': (call) =>
    inCluster(call, 'bulksuspend', suspendEach(call, { todisk: Number(call.parameters.flag('to-disk')) })),
  'POST /cluster/bulk-action/guest/migrate': (call) =>
    inCluster(call, 'bulkmigrate', migrateEach(call, call.parameters.flag('online'))),
}

/** What is done with each guest it is meant for. */
interface Work {
  readonly privilege: 'VM.PowerMgmt' | 'VM.Migrate'
  /** Begins a line of the log. */
  readonly word: string
  /** How many tasks run at once when the client does not say; one after the other is an assumption for migrations. */
  readonly workers: number
  concerns(guest: GuestMachine): boolean
  /** Begins a task on the guest's node and gives its id. */
  begin(call: Call, guest: GuestMachine): unknown
}

/** A guest starts with its node unless it is told not to; `force` starts those as well. */
function isStartedWithNode({ lab, node, parameters }: Call): (guest: GuestMachine) => boolean {
  return (guest) => parameters.flag('force') || readConfig(lab, node, guest).options.onboot === 1
}

function startEach({ lab, node }: Call, isMeant: (guest: GuestMachine) => boolean): Work {
  return {
    privilege: 'VM.PowerMgmt',
    word: 'Starting',
    workers: 1,
    concerns: (guest) =>
      guest.host === undefined && isMeant(guest) && readConfig(lab, node, guest).options.template !== 1,
    begin: (call, guest) => power(call, guest, 'start', {}),
  }
}

function shutDownEach({ parameters, lab }: Call, forceName: string): Work {
  const timeout = parameters.integer('timeout') ?? lab.world.parameters.guestStopTimeout
  const forceStop = Number(parameters.text(forceName) === undefined || parameters.flag(forceName))
  return {
    privilege: 'VM.PowerMgmt',
    word: 'Stopping',
    workers: 4,
    concerns: (guest) => guest.host !== undefined,
    begin: (call, guest) => power(call, guest, 'shutdown', { timeout, forceStop }),
  }
}

/** Containers cannot be suspended with others. */
function suspendEach(_call: Call, given: Readonly<Record<string, number>>): Work {
  return {
    privilege: 'VM.PowerMgmt',
    word: 'Suspending',
    workers: 4,
    concerns: (guest) => guest.kind === 'vm' && guest.isRunning && !guest.isPaused,
    begin: (call, guest) => power(call, guest, 'suspend', given),
  }
}

function migrateEach({ parameters }: Call, isOnline: boolean): Work {
  const target = parameters.required('target')
  const withDisks = Number(parameters.flag('with-local-disks'))
  return {
    privilege: 'VM.Migrate',
    word: 'Migrating',
    workers: 1,
    concerns: () => true,
    begin: (call, guest) => {
      const given = { target, vmid: vmidOf(guest), 'with-local-disks': withDisks }
      const alive = guest.kind === 'vm' ? { online: Number(isOnline) } : { restart: Number(isOnline) }
      return migrate({ ...call, parameters: new Parameters({ ...given, ...alive }) }, guest)
    },
  }
}

function power(
  call: Call,
  guest: GuestMachine,
  verb: string,
  given: Readonly<Record<string, number>>,
): unknown {
  const handler = powerHandlers(guest.kind, '')[`POST /${verb}`]
  return handler?.({ ...call, parameters: new Parameters({ vmid: vmidOf(guest), ...given }) })
}

/** Until the worker process has begun. */
const forkMs = 50
/** How often it looks whether a guest's own task is over. */
const lookMs = 1000

function onNode(call: Call, type: string, work: Work): string {
  const { lab, node } = call
  const chosen = requireChosen(call, work.privilege)
  const isHere = (guest: GuestMachine) => lab.world.configuredNode(guest, node) === node
  // HA alone starts and stops what it cares for; a migration is left to it as a request.
  const isFree = (guest: GuestMachine) => work.privilege === 'VM.Migrate' || !lab.isManaged(guest, node)
  return withEach(call, type, work, (guest) => isHere(guest) && isFree(guest) && chosen(guest))
}

function inCluster(call: Call, type: string, work: Work): string {
  const chosen = requireChosen(call, work.privilege)
  const target = call.parameters.text('target')
  const isElsewhere = (guest: GuestMachine) => call.lab.world.configuredNode(guest, call.node) !== target
  return withEach(call, type, work, (guest) => isElsewhere(guest) && chosen(guest))
}

/** All guests need the privilege at the root, named ones at their own path. */
function requireChosen({ caller, parameters }: Call, privilege: string): (guest: GuestMachine) => boolean {
  const vmids = parameters.list('vms')
  const may = (path: string) => caller.may(path, privilege)
  const lacking = vmids.find((vmid) => !may(`/vms/${vmid}`))
  if (vmids.length === 0 && !may('/')) refusePermission(` (/, ${privilege})`)
  if (lacking !== undefined && !may('/')) refusePermission(` (/vms/${lacking}, ${privilege})`)
  return (guest) => vmids.length === 0 || vmids.includes(vmidOf(guest))
}

function withEach(call: Call, type: string, work: Work, isChosen: (guest: GuestMachine) => boolean): string {
  const { lab, node, caller, parameters } = call
  const task = lab.beginTask(node, type, '', caller.label)
  const workers = parameters.integer('max-workers') ?? parameters.integer('maxworkers') ?? work.workers
  lab.machine(node).scope.after(forkMs, () => {
    const guests = lab
      .guestsOf(node)
      .filter((guest) => isChosen(guest) && work.concerns(guest))
      .sort((a, b) => Number(vmidOf(a)) - Number(vmidOf(b)))
    new Queue(call, work, task, guests).run(workers)
  })
  return task.upid
}

/** Tasks of guests, so many at once; the task that began them ends with the last. */
class Queue {
  readonly #call: Call
  readonly #work: Work
  readonly #task: RunningTask
  readonly #left: GuestMachine[]
  readonly #running = new Map<string, string>()
  #failed = 0

  constructor(call: Call, work: Work, task: RunningTask, guests: readonly GuestMachine[]) {
    this.#call = call
    this.#work = work
    this.#task = task
    this.#left = [...guests]
  }

  run(workers: number): void {
    const { lab, node } = this.#call
    for (const [upid, home] of this.#running) {
      const begun = lab.tasks.find(home, upid)
      const end = begun === undefined ? 'OK' : lab.tasks.statusOf(begun)
      if (end === undefined) continue
      this.#running.delete(upid)
      if (end !== 'OK') this.#failed += 1
    }
    while (this.#running.size < workers && this.#left.length > 0) this.#begin(this.#left.shift())
    if (this.#running.size > 0) lab.machine(node).scope.after(lookMs, () => this.run(workers))
    else this.#task.end(this.#failed === 0 ? undefined : `${this.#failed} of the guests' tasks failed`)
  }

  #begin(guest: GuestMachine | undefined): void {
    if (guest === undefined) return
    const { lab, node } = this.#call
    const name = `${guest.kind === 'vm' ? 'VM' : 'CT'} ${vmidOf(guest)}`
    this.#task.log(`${this.#work.word} ${name}`)
    const home = lab.world.configuredNode(guest, node)
    try {
      if (!lab.world.shared.isOnline(node, home)) throw new ApiError(595, `node '${home}' is not online`)
      this.#running.set(String(this.#work.begin({ ...this.#call, node: home }, guest)), home)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.#failed += 1
      this.#task.log(`${name}: ${error.message.trim()}`)
    }
  }
}
