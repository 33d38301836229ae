/** The API on the command line, without ticket and wire. */
import { type Endpoint, endpointsOf, findEndpoint } from '../../pve-front-end/api-facts.ts'
import { isUpid } from '../../pve-front-end/tasks.ts'
import type { Program, ProgramCall } from '../program.ts'
import { answerText, type OutputFormat, outputFormats } from '../pve-command/answer-text.ts'
import { optionsOf, readArguments, UsageError } from '../pve-command/arguments.ts'
import { helpOf } from '../pve-command/help-descriptions.ts'
import { aboutText, optionLines } from '../pve-command/help-text.ts'
import { callLocally, followTask, Refusal } from '../pve-command/local-call.ts'

const methods = { get: 'GET', create: 'POST', set: 'PUT', delete: 'DELETE' } as const
type Verb = keyof typeof methods

const startMs = 500
/** A member without power is given up by ssh after that time (recorded: 2.97 s in all). */
const noRouteMs = 2500

const formatOptions = {
  'output-format': 'value',
  'human-readable': 'flag',
  noborder: 'flag',
  noheader: 'flag',
  quiet: 'flag',
} as const

export const pvesh: Program = async (call) => {
  await call.lab.clock.sleep(startMs, call.signal)
  const [verb = '', given = '', ...argv] = call.argv
  if (verb === 'ls' || verb === 'usage')
    return verb === 'ls' ? list(call, given) : usage(call, given, argv.includes('--verbose'))
  if (!Object.hasOwn(methods, verb) || given === '') {
    call.stderr(
      `ERROR: ${verb === '' ? 'no command specified' : `unknown command 'pvesh ${verb}'`}\nUSAGE: pvesh <COMMAND> [ARGS] [OPTIONS]\n\n       pvesh create <api_path> [OPTIONS] [FORMAT_OPTIONS]\n       pvesh delete <api_path> [OPTIONS] [FORMAT_OPTIONS]\n       pvesh get <api_path> [OPTIONS] [FORMAT_OPTIONS]\n       pvesh ls <api_path> [OPTIONS] [FORMAT_OPTIONS]\n       pvesh set <api_path> [OPTIONS] [FORMAT_OPTIONS]\n       pvesh usage <api_path> [OPTIONS]\n`,
    )
    return 255
  }
  return carryOut(call, verb as Verb, normalized(given), argv)
}

async function carryOut(
  call: ProgramCall,
  verb: Verb,
  path: string,
  argv: readonly string[],
): Promise<number> {
  const found = findEndpoint(methods[verb], path, call.lab.release)
  if (found === undefined) {
    call.stderr(`No '${verb}' handler defined for '${path}'\n`)
    return 1
  }
  const { endpoint, inPath } = found
  try {
    const { parameters, own } = readArguments(argv, [], optionsOf(endpoint), formatOptions)
    const format = formatOf(own['output-format'])
    const target = endpoint.proxyto === undefined ? undefined : inPath[endpoint.proxyto]
    const node = target === undefined || target === 'localhost' ? call.node : target
    await requireReachable(call, node)
    const data = await callLocally({ ...call, node }, methods[verb], path, parameters)
    const code = typeof data === 'string' && isUpid(data) ? await followTask({ ...call, node }, data) : 0
    if (code === 0 && own.quiet !== '1')
      call.stdout(answerText(data, format, endpoint.returns, endpoint.path.endsWith('/tasks')))
    return code
  } catch (error) {
    if (error instanceof Refusal) {
      const isMisuse = error.message.startsWith('400 ')
      call.stderr(
        `${error.message}\n${isMisuse ? usageLine(verb, '<api_path>', endpoint.params, inPath) : ''}`,
      )
    } else if (error instanceof UsageError)
      call.stderr(`${error.message}\n${usageLine(verb, '<api_path>', endpoint.params, inPath)}`)
    else throw error
    return 255
  }
}

function normalized(path: string): string {
  return `/${path.split('/').filter(Boolean).join('/')}`
}

function formatOf(text: string | undefined): OutputFormat {
  if (text === undefined) return 'text'
  const format = outputFormats.find((candidate) => candidate === text)
  if (format !== undefined) return format
  throw new Refusal(
    `400 Parameter verification failed.\noutput-format: value '${text}' does not have a value in the enumeration 'text, json, json-pretty, yaml'`,
  )
}

/** Members are asked over SSH, from one root to the other. */
async function requireReachable({ lab, node, signal }: ProgramCall, target: string): Promise<void> {
  if (target === node) return
  if (!lab.members(node).includes(target)) throw new Refusal(`no such cluster node '${target}'`)
  if (lab.world.network.reaches(node, target, 'management')) return
  await lab.clock.sleep(noRouteMs, signal)
  throw new Refusal(
    `proxy handler failed: ssh: connect to host ${lab.addressOf(target)} port 22: No route to host`,
  )
}

type Params = Endpoint['params']

function usageLine(
  verb: string,
  path: string,
  params: Params,
  inPath: Readonly<Record<string, string>>,
): string {
  const required = Object.entries(params)
    .filter(([name, fact]) => fact.optional !== true && !(name in inPath))
    .map(([name, fact]) => ` --${name} <${fact.type}>`)
  return `pvesh ${verb} ${path}${required.join('')} [OPTIONS] [FORMAT_OPTIONS]\n`
}

/** One line for each child: whether it has children of its own, and what can be done with it. */
async function list(call: ProgramCall, given: string): Promise<number> {
  const path = normalized(given)
  const { release } = call.lab
  const found = findEndpoint('GET', path, release)
  if (found === undefined) {
    call.stderr(`no such resource '${path}'\n`)
    return 255
  }
  const data = await callLocally(call, 'GET', path, {}).catch(() => [])
  const names = Array.isArray(data)
    ? data.map((entry) => String(Object.values((entry ?? {}) as object)[0])).sort()
    : []
  for (const name of names) {
    const child = `${path === '/' ? '' : path}/${name}`
    const has = (method: string) => findEndpoint(method, child, release) !== undefined
    const template = findEndpoint('GET', child, release)?.endpoint.path
    const isFolder =
      template !== undefined &&
      endpointsOf(release).some(({ path: other }) => other.startsWith(`${template}/`))
    const flags = [
      [isFolder, 'D'],
      [has('GET'), 'r'],
      [has('PUT'), 'w'],
      [has('POST'), 'c'],
      [has('DELETE'), 'd'],
    ] as const
    call.stdout(`${flags.map(([isSet, letter]) => (isSet ? letter : '-')).join('')}        ${name}\n`)
  }
  return 0
}

function usage(call: ProgramCall, given: string, isVerbose: boolean): number {
  const path = normalized(given)
  const lines = Object.entries(methods).flatMap(([verb, method]) => {
    const found = findEndpoint(method, path, call.lab.release)
    if (found === undefined) return []
    const required = Object.entries(found.endpoint.params)
      .filter(([name, fact]) => fact.optional !== true && !(name in found.inPath))
      .map(([name, fact]) => ` --${name} <${fact.type}>`)
    const head = `USAGE: pvesh ${verb} ${path}${required.length === 0 ? ' ' : required.join('')} [OPTIONS]\n`
    const hidden = Object.keys(found.inPath)
    const help = helpOf(`${method} ${found.endpoint.path}`)
    return [
      isVerbose ? `${head}\n${aboutText(help)}${optionLines(found.endpoint.params, [], hidden, help)}` : head,
    ]
  })
  if (lines.length === 0) {
    call.stderr(`no such resource '${path}'\n`)
    return 255
  }
  call.stdout(lines.join(isVerbose ? '' : '\n'))
  return 0
}
