/** What members last told of their load: others know it for a while after they have gone (recorded). */
import { type GuestFigures, guestFigures } from './load-figures.ts'
import type { ServedLab } from './served-lab.ts'

/** A round of pvestatd, and the age at which the cluster file system forgets what was told (recorded: 87 s old is known). */
const roundMs = 10_000
const forgottenMs = 300_000

interface Statement {
  readonly atMs: number
  /** Of each guest that is at home there, by its id. */
  readonly guests: ReadonlyMap<string, { readonly isRunning: boolean; readonly figures: GuestFigures }>
}

export class MemberStatistics {
  readonly #lab: ServedLab
  /** By who heard it and who said it. */
  readonly #heard = new Map<string, Statement>()

  constructor(lab: ServedLab) {
    this.#lab = lab
    this.#planNext()
  }

  /** What `viewer` knows of a member that it does not hear any more; undefined when that is too old. */
  last(viewer: string, member: string): Statement | undefined {
    const statement = this.#heard.get(`${viewer} ${member}`)
    if (statement === undefined) return undefined
    return this.#lab.world.scheduler.nowMs() - statement.atMs < forgottenMs ? statement : undefined
  }

  #planNext(): void {
    const { scheduler } = this.#lab.world
    scheduler.at(scheduler.nowMs() + roundMs, () => {
      this.#tell()
      this.#planNext()
    })
  }

  #tell(): void {
    const lab = this.#lab
    for (const { name } of lab.world.nodes) {
      const statement = this.#statementOf(name)
      if (statement === undefined) continue
      for (const viewer of lab.world.corosync.membersSeenBy(name))
        this.#heard.set(`${viewer} ${name}`, statement)
    }
  }

  #statementOf(name: string): Statement | undefined {
    const lab = this.#lab
    if (!lab.machine(name).networkUp || !lab.world.shared.isRunning(name)) return undefined
    const own = lab.guestsOf(name).filter((guest) => lab.world.configuredNode(guest, name) === name)
    const guests = own.map((guest) => {
      const isRunning = lab.runsOn(guest, name)
      return [guest.id, { isRunning, figures: guestFigures(lab, guest, isRunning) }] as const
    })
    return { atMs: lab.world.scheduler.nowMs(), guests: new Map(guests) }
  }
}
