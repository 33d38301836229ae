import assert from 'node:assert'
import type { FaultState, FaultTarget } from '../../shared/domain/journal.ts'
import { type PlannedFault, planWindowSeconds } from '../../shared/domain/plan.ts'
import type { RunSpec } from '../../shared/domain/run.ts'
import { ProblemError, problem } from '../../shared/problems/problem.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Fault, FaultContext } from '../contracts/fault.ts'
import type { LabSession } from '../contracts/lab-session.ts'
import type { Random } from '../contracts/random.ts'
import { aim } from './aim.ts'
import { passGate } from './gate.ts'
import type { ProbeWatch } from './probe-watch.ts'
import type { RunControl } from './run-control.ts'
import type { RunJournal } from './run-journal.ts'
import type { WindowSchedule } from './window-schedule.ts'
import { withinTime } from './within-time.ts'

/** Pulling a plug takes a hypervisor moments; one that has not in this time hangs. */
const injectLimitMs = 600_000
/** A node that has not returned after this time (boot, join, with room for a file system check) will not. */
const healLimitMs = 900_000

export interface FaultCourseOptions {
  readonly spec: RunSpec
  readonly lab: LabSession
  readonly clock: Clock
  readonly random: Random
  readonly kinds: readonly Fault[]
  readonly journal: RunJournal
  readonly control: RunControl
  readonly schedule: WindowSchedule
  readonly probes: ProbeWatch
}

/** Carries out faults, keeping the order aim, journal, inject, heal. */
export class FaultCourse {
  readonly #options: FaultCourseOptions

  constructor(options: FaultCourseOptions) {
    this.#options = options
  }

  /** From waiting for its moment to healed, or skipped with a reason in the journal. */
  async carryOut(fault: PlannedFault, index: number): Promise<void> {
    const { spec, clock, journal, control, schedule } = this.#options
    const { id } = fault
    await control.waitUntil(() => schedule.atMs(this.#dueMs(fault)), { fault: id })
    if (control.drops(id)) return

    const waitingSinceMs = clock.nowMs()
    const observation = await passGate({
      ...this.#options,
      fault: id,
      latestMs: () => this.#latestMs(fault, waitingSinceMs),
      onWaiting: (obstacles) => journal.note({ type: 'gate-waiting', fault: id, obstacles }),
    })
    if (control.drops(id)) return
    control.begin(id)
    if (observation === undefined) {
      journal.note({ type: 'fault-skipped', fault: id, reason: 'gate-timeout' })
      return
    }
    journal.note({ type: 'gate-passed', fault: id, waitedMs: clock.nowMs() - waitingSinceMs })

    const random = this.#options.random.fork(`aim ${id}`)
    const target = aim(fault.target, { kind: fault.kind, lab: spec.lab, index, random, observation })
    if (target === undefined) {
      journal.note({ type: 'fault-skipped', fault: id, reason: 'no-target' })
      return
    }
    await this.#injectAndHeal(fault, target)
  }

  /** Heals a fault of which only the journal knows how far it came. */
  async heal({ id, kind, target }: Pick<FaultState, 'id' | 'kind' | 'target'>): Promise<void> {
    const { journal } = this.#options
    assert(target, `fault ${id} was never aimed`)
    // Where the journal can no longer be written the lab is still brought back.
    if (!journal.breakage) await journal.append({ type: 'fault-healing', fault: id })
    await this.#act(
      id,
      healLimitMs,
      problem('run.heal-failed', { fault: id, node: target.node }),
      (context) => this.#kindOf(kind).heal(target, context),
    )
    if (!journal.breakage) journal.note({ type: 'fault-healed', fault: id })
  }

  async #injectAndHeal({ id, kind, healAfterSeconds }: PlannedFault, target: FaultTarget): Promise<void> {
    const { clock, journal, control } = this.#options
    await journal.append({ type: 'fault-aimed', fault: id, kind, target })
    const tooSlow = problem('run.failed', {}, `${id}: not injected within ${injectLimitMs / 1000} s`)
    await this.#act(id, injectLimitMs, tooSlow, (context) => this.#kindOf(kind).inject(target, context))
    journal.note({ type: 'fault-injected', fault: id })
    const healAtMs = clock.nowMs() + healAfterSeconds * 1000
    await control.waitUntil(() => healAtMs, { pausable: false })
    await this.heal({ id, kind, target })
  }

  /** Planned moment of a fault within the window, jitter included. */
  #dueMs({ id, atSeconds, jitterSeconds }: PlannedFault): number {
    const jitterMs = this.#options.random.fork(`jitter ${id}`).between(0, jitterSeconds * 1000)
    return atSeconds * 1000 + Math.floor(jitterMs)
  }

  /** The gate's own limit, or the last moment from which the whole fault still lies within the window. */
  #latestMs({ healAfterSeconds }: PlannedFault, waitingSinceMs: number): number {
    const { plan } = this.#options.spec
    const lastOffsetMs = (planWindowSeconds(plan) - healAfterSeconds) * 1000
    return Math.min(
      waitingSinceMs + plan.gate.timeoutSeconds * 1000,
      this.#options.schedule.atMs(lastOffsetMs),
    )
  }

  #act(
    fault: string,
    limitMs: number,
    tooLate: ReturnType<typeof problem>,
    work: (context: FaultContext) => Promise<void>,
  ): Promise<void> {
    const { clock, lab } = this.#options
    return withinTime(clock, limitMs, new ProblemError(tooLate), (signal) =>
      work({
        fault,
        lab: lab.lab,
        clock,
        driver: lab.driver,
        ...(lab.guestControl === undefined ? {} : { guestControl: lab.guestControl }),
        ...(lab.daemonControl === undefined ? {} : { daemonControl: lab.daemonControl }),
        observe: () => lab.observer.observe(signal),
        signal,
      }),
    )
  }

  #kindOf(kind: Fault['kind']): Fault {
    const found = this.#options.kinds.find((each) => each.kind === kind)
    assert(found, `no fault of kind ${kind}`)
    return found
  }
}
