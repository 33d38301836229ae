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
  /** Ends the process in order (Ctrl+C) and removes its data. Resolves with the exit code. */
  close(): Promise<number | null>
}

export async function startWebEntry(): Promise<RunningWebEntry> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kuorum-e2e-'))
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
    async close() {
      child.kill('SIGINT')
      const code = await ended
      rmSync(dataFolder, { recursive: true, force: true })
      return code
    },
  }
}
