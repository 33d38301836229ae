/** A task whose work goes on in steps on its node, and ends with the node's power. */

import type { Call } from './handler.ts'
import type { RunningTask } from './tasks.ts'

/** How often a task looks whether what it waits for has come. */
const lookEveryMs = 500

export class NodeTask {
  readonly #call: Call
  readonly #task: RunningTask

  constructor(call: Call, type: string, id: string) {
    this.#call = call
    this.#task = call.lab.beginTask(call.node, type, id, call.caller.label)
  }

  get upid(): string {
    return this.#task.upid
  }

  log(...lines: readonly string[]): void {
    for (const line of lines) this.#task.log(line)
  }

  /** `error`: why it failed. */
  end(error?: string): void {
    this.#task.end(error)
  }

  after(delayMs: number, step: () => void): void {
    const { lab, node } = this.#call
    lab.machine(node).scope.after(delayMs, step)
  }

  /** Goes on as soon as something holds, or fails after that time. */
  until(holds: () => boolean, limitMs: number, step: () => void, failure: string): void {
    if (holds()) step()
    else if (limitMs <= 0) this.end(failure)
    else this.after(lookEveryMs, () => this.until(holds, limitMs - lookEveryMs, step, failure))
  }
}
