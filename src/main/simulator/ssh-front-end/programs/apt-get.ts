/** Lists of packages are fetched by a task of the API; every package of a lab is the newest one and there already. */
import type { Program } from '../program.ts'
import { callLocally, followTask, Refusal } from '../pve-command/local-call.ts'

/** Options of apt-get with a value of their own. */
const valued = ['-o', '-t', '-c']

export const aptGet: Program = async (call) => {
  const words: string[] = []
  for (let at = 0; at < call.argv.length; at++) {
    const word = call.argv[at] as string
    if (valued.includes(word)) at += 1
    else if (!word.startsWith('-')) words.push(word)
  }
  const [verb = '', ...packages] = words
  if (verb === 'update') return update(call)
  if (['clean', 'autoclean', 'autoremove'].includes(verb)) return 0
  if (!['install', 'upgrade', 'dist-upgrade', 'full-upgrade'].includes(verb)) {
    call.stderr(`E: Invalid operation ${verb}\n`)
    return 100
  }
  call.stdout('Reading package lists...\nBuilding dependency tree...\nReading state information...\n')
  for (const name of packages) call.stdout(`${name} is already the newest version.\n`)
  if (verb !== 'install') call.stdout('Calculating upgrade...\n')
  call.stdout('0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n')
  return 0
}

async function update(call: Parameters<Program>[0]): Promise<number> {
  try {
    const upid = String(await callLocally(call, 'POST', `/nodes/${call.node}/apt/update`, {}))
    const code = await followTask(call, upid, (line) => !line.startsWith('starting apt-get'))
    if (code === 0) call.stdout('Reading package lists...\n')
    return code === 0 ? 0 : 100
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    call.stderr(`E: ${error.message}\n`)
    return 100
  }
}
