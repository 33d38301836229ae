/** Command lines on the nodes of an embedded lab, in process and in the lab's time. */
import type { VirtualClock } from '../base/virtual-clock.ts'
import { NodeFiles } from '../simulator/ssh-front-end/files.ts'
import { programs } from '../simulator/ssh-front-end/programs.ts'
import { Shell } from '../simulator/ssh-front-end/shell/shell.ts'
import type { World } from '../simulator/world/world.ts'
import { inPveLab, type PveSession } from './pve-session.ts'

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly code: number
}

export interface CommandRunner {
  readonly clock: VirtualClock
  readonly world: World
  /** On pve1 unless said otherwise. */
  run(command: string, node?: string, stdin?: string): Promise<CommandResult>
  /** Its output; what it complains of must be nothing. */
  out(command: string, node?: string): Promise<string>
  seconds(count: number): Promise<void>
}

/** Files live as long as the runner. */
export function commandsOf(session: PveSession): CommandRunner {
  const { clock, frontEnd, world, seconds } = session
  const files = new NodeFiles(frontEnd)
  const run = async (command: string, node = 'pve1', stdin = ''): Promise<CommandResult> => {
    const place = { frontEnd, lab: frontEnd.lab, files, node }
    const shell = new Shell(place, programs, new Map([['HOME', '/root']]), 'bash: line 1: ')
    const written = { stdout: '', stderr: '' }
    const { code } = await shell.run(command, {
      signal: new AbortController().signal,
      stdin: async () => stdin,
      stdout: (text) => {
        written.stdout += text
      },
      stderr: (text) => {
        written.stderr += text
      },
    })
    return { ...written, code }
  }
  return {
    clock,
    world,
    run,
    seconds,
    async out(command, node) {
      const { stdout, stderr } = await run(command, node)
      if (stderr !== '') throw new Error(`${command}: ${stderr}`)
      return stdout
    },
  }
}

export function withCommands(act: (commands: CommandRunner) => Promise<void>): Promise<void> {
  return inPveLab({ group: 'treatment', settleSeconds: 250 }, (session) => act(commandsOf(session)))
}
