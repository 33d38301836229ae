import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const program = `
const server = require('node:http').createServer((request, response) => response.end('pid ' + process.pid))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('end', () => process.exit()).resume()`

/** A web server in a process of its own, to be frozen and killed. Ends with its parent. */
export async function startServiceProcess(): Promise<{
  readonly child: ChildProcess
  readonly port: number
  stop(): Promise<void>
}> {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    child,
    port: Number(line.toString()),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
