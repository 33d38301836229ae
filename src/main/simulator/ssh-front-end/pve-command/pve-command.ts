/** Programs of Proxmox are thin: each subcommand is a call of the API and a way to print its answer. */
import { type Endpoint, findEndpoint } from '../../pve-front-end/api-facts.ts'
import { isUpid } from '../../pve-front-end/tasks.ts'
import type { Program, ProgramCall } from '../program.ts'
import { optionsOf, readArguments, UsageError } from './arguments.ts'
import { helpOf as descriptionOf } from './help-descriptions.ts'
import { aboutText, optionLines } from './help-text.ts'
import { callLocally, followTask, Refusal } from './local-call.ts'
import type { Subcommand } from './subcommand.ts'

/** A subcommand that is more than one call of the API. What it throws is told as for one. */
export interface LocalSubcommand {
  readonly usage: string
  /** The call whose options it takes, if it takes those of one. */
  readonly api?: Subcommand
  run(call: ProgramCall, argv: readonly string[]): number | Promise<number>
}

export interface PveCommand {
  readonly name: string
  /** Virtual milliseconds until the first word: Perl reads its modules (recorded). */
  readonly startMs: number
  /** By their words, in the order of the usage. */
  readonly subcommands: Readonly<Record<string, Subcommand | LocalSubcommand>>
}

type Subcommands = ReadonlyMap<string, Subcommand | LocalSubcommand>

export function pveCommand(command: PveCommand): Program {
  return async (call) => {
    await call.lab.clock.sleep(command.startMs, call.signal)
    const subcommands = subcommandsOf(call, command)
    const found = findSubcommand(subcommands, call.argv)
    if (found === undefined) {
      call.stderr(`${usageOf(command.name, subcommands, call.argv)}\n`)
      return 255
    }
    const { words, subcommand, rest } = found
    if (words === 'help') {
      call.stdout(helpOf(call, command.name, subcommands, rest))
      return 0
    }
    try {
      if ('run' in subcommand) return await subcommand.run(call, rest)
      return await carryOut(call, subcommand, rest)
    } catch (error) {
      const usage = `${command.name} ${words} ${subcommand.usage}`
      if (error instanceof UsageError) call.stderr(`${error.message}\n${usage}\n`)
      else if (error instanceof Refusal) {
        const isMisuse = error.message.startsWith('400 ')
        call.stderr(`${error.message}\n${isMisuse ? `${usage}\n` : ''}`)
        return 'run' in subcommand ? 255 : (subcommand.refusalCode?.(error.message) ?? 255)
      } else throw error
      return 255
    }
  }
}

/** Those before the first option. */
function leadingWords(argv: readonly string[]): readonly string[] {
  const first = argv.findIndex((word) => word.startsWith('-'))
  return first < 0 ? argv : argv.slice(0, first)
}

/** A program without subcommands. */
export function singleCommand({ name, startMs, command }: SingleCommand): Program {
  return async (call) => {
    await call.lab.clock.sleep(startMs, call.signal)
    try {
      return await carryOut(call, command, call.argv)
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof Refusal)) throw error
      const isMisuse = error instanceof UsageError || error.message.startsWith('400 ')
      call.stderr(`${error.message}\n${isMisuse ? `${name} ${command.usage}\n` : ''}`)
      return 255
    }
  }
}

interface SingleCommand {
  readonly name: string
  readonly startMs: number
  readonly command: Subcommand
}

/** Makes the call, and follows the task it begins. Throws a `UsageError` or a `Refusal`. */
export async function carryOut(
  call: ProgramCall,
  subcommand: Subcommand,
  argv: readonly string[],
): Promise<number> {
  const { method, positional = [], own, fixed = {} } = subcommand
  const template = subcommand.path.replace('{node}', call.node)
  const endpoint = endpointOf(call, subcommand)
  const facts = endpoint === undefined ? {} : optionsOf(endpoint)
  const bare = subcommand.list === undefined ? [] : leadingWords(argv)
  const given = readArguments(argv.slice(bare.length), positional, facts, own)
  const parameters: Record<string, string> = { ...fixed, ...given.parameters }
  if (subcommand.list !== undefined && bare.length > 0) parameters[subcommand.list] = bare.join(',')
  const path = template.replaceAll(/\{([\w-]+)\}/g, (_whole, name: string) => {
    const value = parameters[name] ?? ''
    delete parameters[name]
    return value
  })
  const data = await callLocally(call, method, path, parameters)
  if (subcommand.print !== undefined)
    call.stdout(
      await subcommand.print(data, { call, parameters: { ...fixed, ...given.parameters }, own: given.own }),
    )
  return typeof data === 'string' && isUpid(data) ? followTask(call, data) : 0
}

function endpointOf({ lab, node }: ProgramCall, { method, path }: Subcommand): Endpoint | undefined {
  const example = path.replace('{node}', node).replaceAll(/\{[\w-]+\}/g, 'x')
  return findEndpoint(method, example, lab.release)?.endpoint
}

/** Of a release that does not have the call, the subcommand is unknown. */
function subcommandsOf(call: ProgramCall, { subcommands }: PveCommand) {
  const known = Object.entries(subcommands).filter(
    ([, subcommand]) => 'run' in subcommand || endpointOf(call, subcommand) !== undefined,
  )
  return new Map([...known, ['help', help]].sort(([one], [other]) => (one < other ? -1 : 1)) as typeof known)
}

/** Every program has it. */
const help: LocalSubcommand = { usage: '[<extra-args>] [OPTIONS]', run: () => 0 }

function helpOf(
  call: ProgramCall,
  name: string,
  subcommands: Subcommands,
  wanted: readonly string[],
): string {
  const about = wanted.filter((word) => !word.startsWith('-')).join(' ')
  const texts = [...subcommands]
    .filter(([, subcommand]) => !('isAlias' in subcommand))
    .filter(([words]) => about === '' || words === about || words.startsWith(`${about} `))
    .map(([words, subcommand]) => {
      const api = 'run' in subcommand ? subcommand.api : subcommand
      const endpoint = api === undefined ? undefined : endpointOf(call, api)
      const help =
        descriptionOf(`${name} ${words}`) ??
        descriptionOf(words === 'help' ? words : `${endpoint?.method} ${endpoint?.path}`)
      const positional = help?.positional ?? api?.positional ?? []
      const facts = { ...(endpoint === undefined ? {} : optionsOf(endpoint)), ...help?.facts }
      const hidden = [...(positional.includes('node') ? [] : ['node']), ...Object.keys(api?.fixed ?? {})]
      const head = `USAGE: ${name} ${words} ${subcommand.usage}\n\n${aboutText(help)}`
      return head + optionLines(facts, positional, hidden, help)
    })
  return `${texts.join('')}\n`
}

function findSubcommand(subcommands: Subcommands, argv: readonly string[]) {
  for (let count = Math.min(3, argv.length); count > 0; count--) {
    const words = argv.slice(0, count).join(' ')
    const subcommand = subcommands.get(words)
    if (subcommand !== undefined) return { words, subcommand, rest: argv.slice(count) }
  }
  return undefined
}

function usageOf(name: string, subcommands: Subcommands, argv: readonly string[]): string {
  const [first = ''] = argv
  const isGroup = [...subcommands.keys()].some((words) => words.startsWith(`${first} `))
  const lines = [...subcommands]
    .filter(([words]) => !isGroup || first === '' || words.startsWith(`${first} `))
    .map(([words, { usage }]) => `       ${name} ${words} ${usage}`)
  const problem =
    first === ''
      ? 'ERROR: no command specified'
      : isGroup
        ? `ERROR: incomplete command '${name} ${argv.join(' ')}'`
        : `ERROR: unknown command '${name} ${argv.join(' ')}'`
  return [problem, `USAGE: ${name} <COMMAND> [ARGS] [OPTIONS]`, '', ...lines].join('\n')
}
