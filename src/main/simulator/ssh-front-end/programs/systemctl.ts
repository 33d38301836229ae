/** Units of a node: those the model knows can be started, stopped and killed, of others it tells the state. */

import { cephDaemonsOn } from '../../world/ceph-daemons.ts'
import { globPattern } from '../files.ts'
import type { Program, ProgramCall } from '../program.ts'
import { callLocally, Refusal } from '../pve-command/local-call.ts'
import { loadedText, runningText } from '../unit-status.ts'
import { constantUnits, type Signal, signalNamed, type Unit, unitNamed, unitNames } from '../units.ts'
import { poweroff, reboot } from './power.ts'

/** Exit codes of systemctl: a unit that does not run, one that does not exist. */
const inactiveCode = 3
const unknownCode = 4
const notLoadedCode = 5

export const systemctl: Program = async (call) => {
  const { signal, names } = wordsOf(call.argv)
  const [verb = 'list-units', ...given] = names
  const units = given.map((name) => name.replace(/\.service$/, ''))
  if (verb === 'reboot' || verb === 'poweroff' || verb === 'halt')
    return (verb === 'reboot' ? reboot : poweroff)({ ...call, argv: call.argv.slice(1) })
  if (verb === 'list-units') return listUnits(call, given)
  if (verb === 'is-active') return isActive(call, units)
  if (verb === 'is-enabled') return isEnabled(call, units)
  if (verb === 'status') return status(call, units)
  if (verb === 'kill') return change(call, units, (unit) => unit.kill?.(call, signal))
  if (verb === 'start') return change(call, units, (unit) => start(call, unit))
  if (verb === 'stop') return change(call, units, (unit) => stop(call, unit))
  if (verb === 'restart' || verb === 'reload-or-restart' || verb === 'try-restart')
    return change(call, units, async (unit) => {
      await stop(call, unit)
      start(call, unit)
    })
  if (['daemon-reload', 'reset-failed', 'enable', 'disable', 'reload'].includes(verb)) return 0
  call.stderr(`Unknown command verb ${verb}.\n`)
  return 1
}

function wordsOf(argv: readonly string[]): { signal: Signal; names: string[] } {
  const names: string[] = []
  let signal: Signal = 'TERM'
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    const [, inline] = /^(?:-s|--signal=)(\S+)$/.exec(word) ?? []
    if (inline !== undefined) signal = signalNamed(inline)
    else if (word === '-s' || word === '--signal') {
      at += 1
      signal = signalNamed(argv[at] ?? '')
    } else if (word === '-n' || word === '-o') at += 1
    else if (!word.startsWith('-')) names.push(word)
  }
  return { signal, names }
}

/** What the API says of the units that the model has no part in. */
async function stateOf(
  call: ProgramCall,
  name: string,
): Promise<{ active: string; description: string } | undefined> {
  const unit = unitNamed(name, call)
  if (unit !== undefined) {
    const running = unit.isEnding?.(call) === true ? 'deactivating' : 'active'
    return { active: unit.isActive(call) ? running : 'inactive', description: unit.description }
  }
  const constant = Object.hasOwn(constantUnits, name) ? constantUnits[name] : undefined
  if (constant !== undefined) return { active: 'active', description: constant }
  try {
    const path = `/nodes/${call.node}/services/${name}/state`
    const state = (await callLocally(call, 'GET', path, {})) as Record<string, string>
    return { active: state['active-state'] ?? 'inactive', description: state.desc ?? '' }
  } catch (error) {
    if (error instanceof Refusal) return undefined
    throw error
  }
}

async function isActive(call: ProgramCall, names: readonly string[]): Promise<number> {
  let anyActive = false
  for (const name of names) {
    const active = (await stateOf(call, name))?.active ?? 'inactive'
    anyActive ||= active === 'active'
    if (!call.argv.includes('-q') && !call.argv.includes('--quiet')) call.stdout(`${active}\n`)
  }
  return anyActive ? 0 : inactiveCode
}

async function isEnabled(call: ProgramCall, names: readonly string[]): Promise<number> {
  let code = 0
  for (const name of names) {
    if ((await stateOf(call, name)) !== undefined) call.stdout('enabled\n')
    else {
      call.stderr(`Failed to get unit file state for ${name}.service: No such file or directory\n`)
      code = 1
    }
  }
  return code
}

const shownStates: Readonly<Record<string, string>> = {
  active: 'active (running)',
  deactivating: 'deactivating (stop)',
}

async function status(call: ProgramCall, names: readonly string[]): Promise<number> {
  let code = 0
  for (const [position, name] of names.entries()) {
    const state = await stateOf(call, name)
    if (state === undefined) {
      call.stderr(`Unit ${name}.service could not be found.\n`)
      code = unknownCode
      continue
    }
    const isUp = state.active === 'active'
    if (!isUp) code = inactiveCode
    const below = isUp
      ? runningText(call, name)
      : `     Active: ${shownStates[state.active] ?? 'inactive (dead)'}\n`
    call.stdout(
      `${position > 0 ? '\n' : ''}${isUp ? '*' : 'o'} ${name}.service - ${state.description}\n     Loaded: loaded (${loadedText(name)})\n${below}`,
    )
  }
  return code
}

const storageTarget = 'pve-storage.target'

/** Of the services that are known here, those that run and that a pattern names, if any does. */
async function listUnits(call: ProgramCall, patterns: readonly string[]): Promise<number> {
  const known = (await callLocally(call, 'GET', `/nodes/${call.node}/services`, {})) as readonly Record<
    string,
    string
  >[]
  const names = new Set([
    ...known.map(({ service = '' }) => service),
    ...Object.keys(constantUnits),
    ...unitNames,
    ...cephDaemonsOn(call.lab.world, call.node).map(({ kind, id }) => `ceph-${kind}@${id}`),
  ])
  const globs = patterns.map((pattern) => globPattern(pattern))
  const rows: string[][] = []
  for (const name of [...names].sort()) {
    const unit = `${name}.service`
    if (globs.length > 0 && !globs.some((glob) => glob.test(unit))) continue
    const state = await stateOf(call, name)
    // Guests are started once, then nothing runs any more.
    const sub = name === 'pve-guests' ? 'exited' : 'running'
    if (state?.active === 'active') rows.push([unit, 'loaded', 'active', sub, state.description])
  }
  // Targets stand at the end.
  if (globs.length === 0 || globs.some((glob) => glob.test(storageTarget)))
    rows.push([storageTarget, 'loaded', 'active', 'active', 'PVE Storage Target'])
  const width = Math.max(4, ...rows.map(([unit = '']) => unit.length))
  const line = ([unit = '', load = '', active = '', sub = '', description = '']: readonly string[]) =>
    `  ${unit.padEnd(width)} ${load.padEnd(6)} ${active.padEnd(6)} ${sub.padEnd(7)} ${description}\n`
  call.stdout(line(['UNIT', 'LOAD', 'ACTIVE', 'SUB', 'DESCRIPTION']) + rows.map(line).join(''))
  call.stdout(
    `\nLOAD   = Reflects whether the unit definition was properly loaded.\nACTIVE = The high-level unit activation state, i.e. generalization of SUB.\nSUB    = The low-level unit activation state, values depend on unit type.\n${rows.length} loaded units listed. Pass --all to see loaded but inactive units, too.\nTo show all installed unit files use 'systemctl list-unit-files'.\n`,
  )
  return 0
}

function start(call: ProgramCall, unit: Unit): void {
  if (!unit.isActive(call) || unit.isEnding?.(call) === true) unit.start(call)
}

/** Returns when it has ended, as the real one does. */
async function stop(call: ProgramCall, unit: Unit): Promise<void> {
  if (!unit.isActive(call)) return
  let isDone = false
  unit.stop(call, () => {
    isDone = true
  })
  while (!isDone) await call.lab.clock.sleep(100, call.signal)
}

async function change(
  call: ProgramCall,
  names: readonly string[],
  act: (unit: Unit) => void | Promise<void>,
): Promise<number> {
  let code = 0
  for (const name of names) {
    const unit = unitNamed(name, call)
    if (unit !== undefined) {
      await act(unit)
      continue
    }
    const isKnown = (await stateOf(call, name)) !== undefined
    call.stderr(
      isKnown
        ? `${name}.service: the embedded lab cannot do that\n`
        : `Failed to find unit ${name}.service: Unit ${name}.service not loaded.\n`,
    )
    code = notLoadedCode
  }
  return code
}
