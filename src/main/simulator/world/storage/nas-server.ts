import type { EventScheduler } from '../../../contracts/clock.ts'
import type { Random } from '../../../contracts/random.ts'
import { EventScope } from '../event-scope.ts'
import { millisecondsIn, type WorldParameters } from '../parameters.ts'

interface Surroundings {
  readonly scheduler: EventScheduler
  readonly random: Random
  readonly parameters: WorldParameters
  log(node: string, source: string, level: string, message: string): void
  /** It lost power with what it had in memory; everything it served has stopped. */
  crashed(): void
  /** It serves its exports from now on, or no longer. */
  changed(): void
}

/** A virtual machine of its own that exports a directory over NFS: power, boot and orderly shutdown. */
export class NasServer {
  readonly name: string
  readonly #with: Surroundings
  readonly #scope: EventScope
  #power: 'on' | 'off' = 'off'
  #servesSinceMs: number | undefined
  #isStopping = false

  constructor(name: string, surroundings: Surroundings) {
    this.name = name
    this.#with = surroundings
    this.#scope = new EventScope(surroundings.scheduler)
  }

  get power(): 'on' | 'off' {
    return this.#power
  }

  /** Its network and its NFS service work. */
  get serves(): boolean {
    return this.#servesSinceMs !== undefined
  }

  get servesSinceMs(): number | undefined {
    return this.#servesSinceMs
  }

  powerOn(): void {
    if (this.#power === 'on') return
    this.#power = 'on'
    const { random, parameters } = this.#with
    this.#scope.after(millisecondsIn(parameters.nasBoot, random), () => {
      this.#servesSinceMs = this.#scope.nowMs()
      this.#with.log(this.name, 'nfsd', 'info', 'starting grace period')
      this.#with.changed()
    })
  }

  cutPower(): void {
    if (this.#power === 'off') return
    const served = this.serves
    this.#halt()
    if (served) this.#with.crashed()
    this.#with.changed()
  }

  /** ACPI power button: what it has in memory is written out first. */
  pressPowerButton(): void {
    if (!this.serves || this.#isStopping) return
    this.#isStopping = true
    const { random, parameters } = this.#with
    this.#scope.after(millisecondsIn(parameters.nasShutdown, random), () => {
      this.#halt()
      this.#with.changed()
    })
  }

  #halt(): void {
    this.#power = 'off'
    this.#isStopping = false
    this.#servesSinceMs = undefined
    this.#scope.clear()
  }
}
