/** One session of a connection: a command, or a shell with a prompt. */
import type { ServerChannel, Session } from 'ssh2'
import type { ProgramCall } from './program.ts'
import { programs } from './programs.ts'
import { Prompt } from './shell/prompt.ts'
import { Shell, type Streams } from './shell/shell.ts'

type Place = Pick<ProgramCall, 'frontEnd' | 'lab' | 'files' | 'node'>

const rootEnvironment = {
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/bash',
  PWD: '/root',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
}

export function serveSession(session: Session, place: Place, failed: (error: unknown) => void): void {
  let hasTerminal = false
  const environment = new Map<string, string>(Object.entries({ ...rootEnvironment, HOSTNAME: place.node }))
  session.on('pty', (accept, _reject, info) => {
    hasTerminal = true
    environment.set('COLUMNS', String(info.cols))
    accept?.()
  })
  session.on('window-change', (accept) => accept?.())
  session.on('env', (accept, _reject, info) => {
    const { key, val } = info as unknown as { key: string; val: string }
    if (/^(LANG|LC_\w+)$/.test(key)) environment.set(key, val)
    accept?.()
  })
  session.on('exec', (accept, _reject, { command }) => {
    const channel = accept()
    const output = hasTerminal ? terminalOf(channel) : plain(channel)
    const shell = new Shell(place, programs, environment, 'bash: line 1: ')
    const running = shell.run(command, { ...output, stdin: () => allOf(channel), signal: endOf(channel) })
    settle(
      running.then(({ code }) => code),
      channel,
      failed,
    )
  })
  session.on('shell', (accept) => {
    const channel = accept()
    settle(hasTerminal ? prompt(channel) : script(channel), channel, failed)
  })
  const prompt = (channel: ServerChannel) => {
    const shell = new Shell(place, programs, environment, '-bash: ')
    return new Prompt(channel, place.node, shell, endOf(channel)).run()
  }
  const script = async (channel: ServerChannel) => {
    const signal = endOf(channel)
    const shell = new Shell(place, programs, environment, '-bash: line 1: ')
    const text = await allOf(channel)
    return (await shell.run(text, { ...plain(channel), stdin: async () => '', signal })).code
  }
}

function settle(running: Promise<number>, channel: ServerChannel, failed: (error: unknown) => void): void {
  running.then(
    (code) => {
      channel.exit(code)
      channel.end()
    },
    (error: unknown) => {
      // Whoever hangs up in the middle of a command is nobody's fault here.
      if (!channel.destroyed) failed(error)
      channel.close()
    },
  )
}

function plain(channel: ServerChannel): Pick<Streams, 'stdout' | 'stderr'> {
  return { stdout: (text) => channel.write(text), stderr: (text) => channel.stderr.write(text) }
}

/** A terminal shows both streams, and begins lines at their left. */
function terminalOf(channel: ServerChannel): Pick<Streams, 'stdout' | 'stderr'> {
  const show = (text: string) => channel.write(text.replaceAll('\n', '\r\n'))
  return { stdout: show, stderr: show }
}

function endOf(channel: ServerChannel): AbortSignal {
  const abort = new AbortController()
  channel.on('close', () => abort.abort())
  return abort.signal
}

async function allOf(channel: ServerChannel): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of channel) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
