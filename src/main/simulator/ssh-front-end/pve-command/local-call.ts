/** Calls of the API as root makes them on a node itself, without ticket and wire. */
import { ClusterDataError } from '../../ha/environment.ts'
import { ApiError, BareRefusal } from '../../pve-front-end/api-error.ts'
import { Download, Result } from '../../pve-front-end/replies.ts'
import { isUpid } from '../../pve-front-end/tasks.ts'
import type { ProgramCall } from '../program.ts'

/** What was refused, as it stands on the error stream. */
export class Refusal extends Error {}

/** Gives the data; throws a `Refusal`. */
export async function callLocally(
  { frontEnd, node }: Pick<ProgramCall, 'frontEnd' | 'node'>,
  method: string,
  path: string,
  parameters: Readonly<Record<string, string>>,
): Promise<unknown> {
  try {
    const value = await frontEnd.carryOutAsRoot(node, method, path, parameters)
    if (value instanceof Download) return value.text
    return value instanceof Result ? value.data : value
  } catch (error) {
    if (error instanceof ClusterDataError) throw new Refusal(error.message)
    if (error instanceof BareRefusal) throw new Refusal(`${error.status} ${error.message}`)
    if (error instanceof ApiError) throw new Refusal(refusalText(error))
    throw error
  }
}

/** Handlers' own failures stand for themselves, others begin with their code. */
export function refusalText({ status, message, errors }: ApiError): string {
  const lines = Object.entries(errors ?? {}).map(([name, text]) => `${name}: ${text}`)
  return [`${status === 500 ? '' : `${status} `}${message.trimEnd()}`, ...lines].join('\n')
}

/** How often a program looks at the task it has begun. */
const lookEveryMs = 100

/** Prints the log of a task as it grows, or the lines of it that are wanted. Gives the exit code at its end. */
export async function followTask(
  call: ProgramCall,
  upid: string,
  isWanted: (line: string) => boolean = () => true,
): Promise<number> {
  const { lab, node, signal } = call
  const task = isUpid(upid) ? lab.tasks.find(node, upid) : undefined
  if (task === undefined) return 0
  let shown = 0
  for (;;) {
    const isOver = lab.tasks.isOver(task)
    const lines = task.lines.slice(shown, isOver ? -1 : undefined)
    shown += lines.length
    for (const line of lines.filter(isWanted)) call.stdout(`${line}\n`)
    if (isOver) break
    await lab.clock.sleep(lookEveryMs, signal)
  }
  const status = lab.tasks.statusOf(task) ?? ''
  if (status === 'OK') return 0
  call.stderr(`${status}\n`)
  return 255
}
