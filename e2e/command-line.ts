/** The built command line as a process of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { builtFolder } from './web-entry.ts'

export interface CliEnded {
  /** Null when the process was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What stood on stdout, read as JSON. */
  readonly document: Readonly<Record<string, unknown>>
}

export interface StartedCli {
  readonly process: ChildProcess
  readonly ended: Promise<CliEnded>
}

const cli = join(builtFolder, 'main', 'cli.js')

export function runCli(...argv: readonly string[]): CliEnded {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...argv], { encoding: 'utf8' })
  return cliEnded(status, stdout, stderr)
}

export function startCli(...argv: readonly string[]): StartedCli {
  const child = spawn(process.execPath, [cli, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<CliEnded>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(cliEnded(code, stdout, stderr)))
  })
  return { process: child, ended }
}

function cliEnded(code: number | null, stdout: string, stderr: string): CliEnded {
  return {
    code,
    stdout,
    stderr,
    get document() {
      return JSON.parse(stdout) as Record<string, unknown>
    },
  }
}
