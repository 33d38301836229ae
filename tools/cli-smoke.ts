/**
 * Smoke test of the built command line on the system it runs on: `node cli-smoke.ts CLI.js [JOURNAL_SHA256]`, in an
 * empty working folder. It imports nothing of the project, so that it can be carried to another machine. Programs
 * write to files here: under Wine, Node cannot write to a pipe.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

const [cli = '', expectedSha256 = ''] = process.argv.slice(2)

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

let runs = 0
function start(argv: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const names = [`out-${++runs}.txt`, `err-${runs}.txt`] as const
  const [out, err] = names.map((name) => openSync(name, 'w')) as [number, number]
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...argv], {
    stdio: ['ignore', out, err],
    env: { ...process.env, KUORUM_DATA: 'data é' },
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      closeSync(out)
      closeSync(err)
      resolve({ code, out: readFileSync(names[0], 'utf8'), err: readFileSync(names[1], 'utf8') })
    })
  })
  return { child, ended }
}

const kuorum = (...argv: readonly string[]) => start(argv).ended

function check(condition: boolean, what: string, ended?: Ended): asserts condition {
  if (condition) return
  throw new Error(
    ended === undefined
      ? what
      : `${what} (code ${ended.code})\n${ended.out.slice(-500)}\n${ended.err.slice(-1000)}`,
  )
}

function documentOf(ended: Ended): Record<string, unknown> {
  check(ended.code === 0, 'ended with an error', ended)
  return JSON.parse(ended.out) as Record<string, unknown>
}

const rehearsal = ['run', 'P0', '--plan', 'rehearsal', '--seed', '7', '--json', '--out']
const runFile = 'gladi bersih é ü 会.kuorum'
let rehearsalSha256 = ''

async function withResponder<T>(use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer((_request, response) => response.end('ok'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** A machine that is too busy to measure says void: it is given more time before that counts as a failure. */
async function mustAnswer(...target: readonly string[]): Promise<void> {
  let said = ''
  for (const seconds of ['3', '10', '30']) {
    const ended = await kuorum('probe', ...target, '--interval', '200', '--duration', seconds, '--json')
    documentOf(ended)
    said = ended.out
    if (/"ok": *[1-9]/.test(said)) return
    if (/"bad": *[1-9]/.test(said)) break
  }
  check(false, `nothing answered\n${said}`)
}

const steps: Readonly<Record<string, () => Promise<void>>> = {
  'rehearsal plan runs to its end': async () => {
    const document = documentOf(await kuorum(...rehearsal, runFile))
    rehearsalSha256 = String(document.journalSha256)
    check(/^[0-9a-f]{64}$/.test(rehearsalSha256), `journalSha256 is ${rehearsalSha256}`)
    check(existsSync(runFile), 'the run file is missing')
  },
  'the same seed gives the same journal again': async () => {
    const document = documentOf(await kuorum(...rehearsal, 'second.kuorum'))
    check(document.journalSha256 === rehearsalSha256, 'the digests differ')
  },
  'and the same as on the other system': async () => {
    check(
      expectedSha256 === '' || rehearsalSha256 === expectedSha256,
      `${rehearsalSha256} is not ${expectedSha256}`,
    )
  },
  'verify passes': async () => {
    documentOf(await kuorum('verify', runFile, '--json'))
  },
  'review prints tables': async () => {
    documentOf(await kuorum('review', runFile, '--json'))
    const ended = await kuorum('review', runFile, '--lang', 'id')
    check(ended.code === 0 && ended.out.split('\n').length > 5, 'no table', ended)
  },
  'CSV export': async () => {
    for (const what of ['samples', 'outages', 'faults', 'events']) {
      const file = `ekspor ${what} é.csv`
      const ended = await kuorum('report', runFile, '--format', 'csv', '--what', what, '--out', file)
      check(ended.code === 0, `export of ${what}`, ended)
      const lines = readFileSync(file, 'utf8').trim().split(/\r?\n/)
      check(lines.length > 1 && (lines[0]?.split(',').length ?? 0) > 2, `${file} has ${lines.length} lines`)
    }
  },
  'a killed run resumes': async () => {
    const { child, ended } = start([
      'run',
      'P0',
      '--seed',
      '5',
      '--speed',
      '720',
      '--json',
      '--out',
      'killed.kuorum',
    ])
    while (!existsSync('killed.kuorum')) await wait(50)
    await wait(1500)
    child.kill('SIGKILL')
    await ended
    documentOf(await kuorum('run', '--resume', 'killed.kuorum', '--speed', 'max', '--json'))
    documentOf(await kuorum('verify', 'killed.kuorum', '--json'))
  },
  'an existing file is not overwritten': async () => {
    const before = readFileSync('second.kuorum')
    const ended = await kuorum(...rehearsal, 'second.kuorum')
    check(ended.code === 4 && ended.out.includes('input.file-exists'), 'no Problem', ended)
    check(before.equals(readFileSync('second.kuorum')), 'the file changed')
  },
  'a damaged file is refused': async () => {
    const bytes = readFileSync('second.kuorum')
    bytes.fill(0xff, 100, 4000)
    writeFileSync('damaged.kuorum', bytes)
    const ended = await kuorum('verify', 'damaged.kuorum', '--json')
    check(ended.code === 4 || ended.code === 3, 'accepted', ended)
    check(!/\n +at /.test(ended.err), 'a stack trace', ended)
  },
  'an unknown recipe is a Problem': async () => {
    const ended = await kuorum('run', 'P9', '--json', '--out', 'never.kuorum')
    check(ended.code === 4 && ended.out.includes('recipe.unknown'), 'no Problem', ended)
    check(!existsSync('never.kuorum'), 'a file was left behind')
  },
  'a sweep of campaigns goes over two threads': async () => {
    const sweep = ['sim', 'sweep', '--campaigns', '--seeds', '1..4', '--threads', '2', '--json']
    const { courses, violations } = documentOf(await kuorum(...sweep))
    check(courses === 4, `${courses} of 4 campaigns`)
    check(Array.isArray(violations) && violations.length === 0, JSON.stringify(violations))
  },
  'TCP probe': () => withResponder((port) => mustAnswer('--tcp', `127.0.0.1:${port}`)),
  'HTTP probe': () => withResponder((port) => mustAnswer('--http', `http://127.0.0.1:${port}/`)),
  'the served lab answers by SSH once it has booted': async () => {
    const { child, ended } = start([
      'sim',
      'serve',
      '--json',
      '--speed',
      '100',
      '--pve-port',
      '0',
      '--ssh-port',
      '0',
    ])
    const shown = `out-${runs}.txt`
    try {
      let text = ''
      for (let looks = 0; !text.trimEnd().endsWith('}'); looks++) {
        check(looks < 600, `nothing announced\n${text}`)
        await wait(100)
        text = readFileSync(shown, 'utf8')
      }
      const [node] = (JSON.parse(text) as ServedLab).nodes
      check(node !== undefined, text)
      let greeting = ''
      for (let looks = 0; greeting === '' && looks < 600; looks++) {
        await wait(100)
        greeting = await greetingAt(node.ssh.host, node.ssh.port)
      }
      check(greeting.startsWith('SSH-2.0-'), `greeted with ${greeting}`)
    } finally {
      child.kill('SIGKILL')
      await ended
    }
  },
  'ICMP probe through the system’s ping': () => mustAnswer('--icmp', '127.0.0.1'),
}

interface ServedLab {
  readonly nodes: readonly { readonly ssh: { readonly host: string; readonly port: number } }[]
}

/** The first line of a server, or nothing where nobody listens. */
function greetingAt(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host)
    const end = (text: string) => {
      socket.destroy()
      resolve(text)
    }
    socket.once('data', (data) => end(data.toString()))
    socket.once('error', () => end(''))
  })
}

let passed = 0
let failed = 0
console.log(`${process.platform}, Node ${process.versions.node}`)
for (const [name, step] of Object.entries(steps)) {
  const startedMs = performance.now()
  try {
    await step()
    passed++
    console.log(`ok      ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed++
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
