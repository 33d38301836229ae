/** The built command line as a process of its own. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { builtFolder } from './web-entry.ts'

export interface CliEnded {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What stood on stdout, read as JSON. */
  readonly document: Readonly<Record<string, unknown>>
}

export function runCli(...argv: readonly string[]): CliEnded {
  const cli = join(builtFolder, 'main', 'cli.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...argv], { encoding: 'utf8' })
  return {
    code: status,
    stdout,
    stderr,
    get document() {
      return JSON.parse(stdout) as Record<string, unknown>
    },
  }
}
