/** All guests of a node at once, apart from those that HA cares for. */
import type { GuestMachine } from '../../world/guest-machine.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { vmidOf } from '../served-lab.ts'
import type { RunningTask } from '../tasks.ts'

export const allGuestsHandlers: Handlers = {
  'POST /nodes/{node}/startall': (call) =>
    withEach(call, 'startall', false, (guest, done) =>
      call.lab.world.agents.start(guest, call.lab.machine(call.node), 'pvedaemon', done),
    ),
  'POST /nodes/{node}/stopall': (call) =>
    withEach(call, 'stopall', true, (guest, done) =>
      call.lab.world.agents.shutDown(
        guest,
        'pvedaemon',
        call.parameters.integer('timeout') ?? call.lab.world.parameters.guestStopTimeout,
        done,
      ),
    ),
}

/** Until the worker process has begun. */
const forkMs = 50

function withEach(
  call: Call,
  type: string,
  isRunning: boolean,
  work: (guest: GuestMachine, done: () => void) => void,
): string {
  const { lab, node, caller, parameters } = call
  const task = lab.beginTask(node, type, '', caller.label)
  const chosen = listOf(parameters.text('vms'))
  lab.machine(node).scope.after(forkMs, () => {
    const guests = lab
      .guestsOf(node)
      .filter((guest) => lab.world.configuredNode(guest, node) === node)
      .filter((guest) => !lab.isManaged(guest, node) && (guest.host !== undefined) === isRunning)
      .filter((guest) => chosen.length === 0 || chosen.includes(vmidOf(guest)))
    oneAfterTheOther(task, isRunning ? 'Stopping' : 'Starting', guests, work)
  })
  return task.upid
}

function oneAfterTheOther(
  task: RunningTask,
  word: string,
  guests: readonly GuestMachine[],
  work: (guest: GuestMachine, done: () => void) => void,
): void {
  const [guest, ...rest] = guests
  if (guest === undefined) {
    task.end()
    return
  }
  task.log(`${word} ${guest.kind === 'vm' ? 'VM' : 'CT'} ${vmidOf(guest)}`)
  work(guest, () => oneAfterTheOther(task, word, rest, work))
}
