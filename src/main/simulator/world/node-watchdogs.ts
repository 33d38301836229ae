import assert from 'node:assert'
import type { NodeMachine } from './node-machine.ts'
import type { WorldParameters } from './parameters.ts'
import { NodeWatchdog } from './watchdog.ts'

interface Surroundings {
  readonly parameters: WorldParameters
  log(node: string, source: string, level: string, message: string): void
}

/** The watchdogs of the nodes whose kernel runs, each for one boot. */
export class NodeWatchdogs {
  readonly #with: Surroundings
  readonly #watchdogs = new Map<string, NodeWatchdog>()

  constructor(surroundings: Surroundings) {
    this.#with = surroundings
  }

  kernelStarted(node: NodeMachine): void {
    const { parameters, log } = this.#with
    const watchdog = new NodeWatchdog({
      scope: node.scope,
      parameters,
      log: (message) => log(node.name, 'watchdog-mux', 'err', message),
      reset: () => {
        log(node.name, 'lab', 'notice', 'reset by watchdog')
        node.reset()
      },
    })
    this.#watchdogs.set(node.name, watchdog)
  }

  of(node: string): NodeWatchdog {
    const watchdog = this.#watchdogs.get(node)
    assert(watchdog !== undefined, `${node} has no watchdog: its kernel does not run`)
    return watchdog
  }

  /** The node's processors went on after standing still. */
  wokeUp(node: string): void {
    this.#watchdogs.get(node)?.wokeUp()
  }

  halted(node: string): void {
    this.#watchdogs.delete(node)
  }
}
