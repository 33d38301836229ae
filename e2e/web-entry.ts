/** The built web entry as a process of its own, with a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const builtFolder = join(import.meta.dirname, '../out')

export interface RunningWebEntry {
  /** Lets one browser session in. */
  readonly address: string
  readonly dataFolder: string
  readonly process: ChildProcess
  /** Ends the process at once, as a power cut would, and leaves its data. */
  kill(): Promise<void>
  /** Ends the process in order (Ctrl+C) if it still runs, and removes its data. Resolves with the exit code. */
  close(): Promise<number | null>
}

/** `dataFolder` may be one that a killed entry has left. */
export async function startWebEntry(
  dataFolder: string = mkdtempSync(join(tmpdir(), 'kuorum-e2e-')),
): Promise<RunningWebEntry> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(builtFolder, 'main/web.js'), '--no-open'],
    {
      env: { ...process.env, KUORUM_DATA: dataFolder, LANG: 'en_US.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let output = ''
  const address = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      const found = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(output)
      if (found !== null) resolve(found[0])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then((code) => reject(new Error(`the web entry ended with ${code}:\n${output}`)))
  })
  return {
    address,
    dataFolder,
    process: child,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async close() {
      child.kill('SIGINT')
      const code = await ended
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 })
      return code
    },
  }
}
