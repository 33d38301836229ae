/** Programs of Proxmox are thin: each subcommand is a call of the API and a way to print its answer. */
import { findEndpoint } from '../../pve-front-end/api-facts.ts'
import { isUpid } from '../../pve-front-end/tasks.ts'
import type { Program, ProgramCall } from '../program.ts'
import { readArguments, UsageError } from './arguments.ts'
import { callLocally, followTask, Refusal } from './local-call.ts'
import type { Subcommand } from './subcommand.ts'

/** A subcommand that is no call of the API. */
export interface LocalSubcommand {
  readonly usage: string
  run(call: ProgramCall, argv: readonly string[]): number | Promise<number>
}

export interface PveCommand {
  readonly name: string
  /** Virtual milliseconds until the first word: Perl reads its modules (recorded). */
  readonly startMs: number
  /** By their words, in the order of the usage. */
  readonly subcommands: Readonly<Record<string, Subcommand | LocalSubcommand>>
}

export function pveCommand(command: PveCommand): Program {
  return async (call) => {
    await call.lab.clock.sleep(command.startMs, call.signal)
    const found = findSubcommand(command, call.argv)
    if (found === undefined) {
      call.stderr(`${usageOf(command, call.argv)}\n`)
      return 255
    }
    const { words, subcommand, rest } = found
    if ('run' in subcommand) return subcommand.run(call, rest)
    try {
      return await carryOut(call, subcommand, rest)
    } catch (error) {
      const usage = `${command.name} ${words} ${subcommand.usage}`
      if (error instanceof UsageError) call.stderr(`${error.message}\n${usage}\n`)
      else if (error instanceof Refusal) {
        const isMisuse = error.message.startsWith('400 ')
        call.stderr(`${error.message}\n${isMisuse ? `${usage}\n` : ''}`)
        return subcommand.refusalCode?.(error.message) ?? 255
      } else throw error
      return 255
    }
  }
}

async function carryOut(call: ProgramCall, subcommand: Subcommand, argv: readonly string[]): Promise<number> {
  const { method, positional = [], own, fixed = {} } = subcommand
  const template = subcommand.path.replace('{node}', call.node)
  const { endpoint } = findEndpoint(method, template.replaceAll(/\{\w+\}/g, 'x'), call.lab.release) ?? {}
  const given = readArguments(argv, positional, endpoint?.params ?? {}, own)
  const parameters: Record<string, string> = { ...fixed, ...given.parameters }
  const path = template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
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

function findSubcommand({ subcommands }: PveCommand, argv: readonly string[]) {
  for (let count = Math.min(3, argv.length); count > 0; count--) {
    const words = argv.slice(0, count).join(' ')
    const subcommand = Object.hasOwn(subcommands, words) ? subcommands[words] : undefined
    if (subcommand !== undefined) return { words, subcommand, rest: argv.slice(count) }
  }
  return undefined
}

function usageOf({ name, subcommands }: PveCommand, argv: readonly string[]): string {
  const [first = ''] = argv
  const isGroup = Object.keys(subcommands).some((words) => words.startsWith(`${first} `))
  const lines = Object.entries(subcommands)
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
