import type { GuestMachine } from '../world/guest-machine.ts'
import type { MigrationEvent } from '../world/live-migration.ts'
import { type ServedLab, vmidOf } from './served-lab.ts'
import type { RunningTask } from './tasks.ts'

/** How often a migration's progress is written down while memory is copied. */
const lookMs = 1000
const mebibytesPerGibibyte = 1024

/** The log of a migration task, line by line as a real node writes it (recorded on 8.4). */
export class MigrationLog {
  readonly #lab: ServedLab
  readonly #task: RunningTask
  readonly #guest: GuestMachine
  readonly #source: string
  readonly #target: string
  readonly #begunSeconds: number
  #isOver = false

  constructor(lab: ServedLab, task: RunningTask, guest: GuestMachine, source: string, target: string) {
    this.#lab = lab
    this.#task = task
    this.#guest = guest
    this.#source = source
    this.#target = target
    this.#begunSeconds = lab.wallTime.seconds()
  }

  begin(): void {
    const word = this.#guest.kind === 'vm' ? 'VM' : 'CT'
    const address = this.#lab.addressOf(this.#target)
    this.line(`starting migration of ${word} ${this.#vmid} to node '${this.#target}' (${address})`)
  }

  heard(event: MigrationEvent): void {
    for (const line of this.#linesOf(event)) this.line(line)
    if (event.kind === 'copying-starts') this.#watch()
  }

  end(error?: string): void {
    this.#isOver = true
    const seconds = this.#lab.wallTime.seconds() - this.#begunSeconds
    const duration = new Date(seconds * 1000).toISOString().slice(11, 19)
    if (error === undefined) this.line(`migration finished successfully (duration ${duration})`)
    else this.line(`ERROR: migration aborted (duration ${duration}): ${error}`)
    this.#task.end(error === undefined ? undefined : 'migration aborted')
  }

  line(text: string): void {
    const { wallTime } = this.#lab
    this.#task.log(`${wallTime.stamp(wallTime.seconds())} ${text}`)
  }

  get #vmid(): string {
    return vmidOf(this.#guest)
  }

  #linesOf(event: MigrationEvent): readonly string[] {
    const socket = `unix:/run/qemu-server/${this.#vmid}.migrate`
    switch (event.kind) {
      case 'target-starts':
        return [`starting VM ${this.#vmid} on remote node '${this.#target}'`]
      case 'tunnel-starts':
        return ['start remote tunnel']
      case 'copying-starts':
        return [
          'ssh tunnel ver 1',
          `starting online/live migration on ${socket}`,
          'set migration capabilities',
          `migration downtime limit: ${millisecondsOf(event.limitSeconds)} ms`,
          `migration cachesize: ${size(cacheMiB(this.#guest.spec.ramMiB))}`,
          'set migration parameters',
          `start migrate command to ${socket}`,
        ]
      case 'limit-raised':
        return [`auto-increased downtime to continue migration: ${millisecondsOf(event.limitSeconds)} ms`]
      case 'copied': {
        const speed = size(this.#guest.spec.ramMiB / event.seconds)
        return [
          `average migration speed: ${speed}/s - downtime ${millisecondsOf(event.stoppedSeconds)} ms`,
          `migration completed, transferred ${size(event.sentMiB)} VM-state`,
          'migration status: completed',
        ]
      }
    }
  }

  #watch(): void {
    const { world } = this.#lab
    world.node(this.#source).scope.after(lookMs, () => {
      const progress = world.migrations.live.progressOf(this.#guest)
      if (this.#isOver || progress === undefined || progress.isComplete) return
      const [sent, whole, rate] = [
        progress.sentMiB,
        this.#guest.spec.ramMiB,
        progress.bandwidthMiBPerSecond,
      ].map(size)
      this.line(`migration active, transferred ${sent} of ${whole} VM-state, ${rate}/s`)
      this.#watch()
    })
  }
}

/** Cache of pages sent before: an eighth of the memory, in a power of two (32 MiB have 4.0 MiB, recorded). */
function cacheMiB(ramMiB: number): number {
  return 2 ** Math.floor(Math.log2(ramMiB / 8))
}

function millisecondsOf(seconds: number): number {
  return Math.round(seconds * 1000)
}

/** With units of 1024 and one decimal. */
function size(mebibytes: number): string {
  if (mebibytes >= mebibytesPerGibibyte) return `${(mebibytes / mebibytesPerGibibyte).toFixed(1)} GiB`
  return mebibytes >= 1 ? `${mebibytes.toFixed(1)} MiB` : `${(mebibytes * 1024).toFixed(1)} KiB`
}
