/** The command language of scenarios: text in, one typed command out. */
import type { NodeName, ServiceId } from '../ha/cluster-data.ts'

export type MachineCommand =
  | { readonly kind: 'power'; readonly node: NodeName; readonly on: boolean }
  | { readonly kind: 'network'; readonly node: NodeName; readonly on: boolean }
  | { readonly kind: 'cfs'; readonly node: NodeName; readonly part: 'rw' | 'update'; readonly works: boolean }
  | { readonly kind: 'shutdown'; readonly node: NodeName; readonly how: 'reboot' | 'shutdown' }
  | { readonly kind: 'restart-lrm'; readonly node: NodeName }
  | { readonly kind: 'crm-stop'; readonly node: NodeName }
  | { readonly kind: 'crm-start'; readonly node: NodeName }
  | { readonly kind: 'version'; readonly node: NodeName; readonly version: string }

/** A line for the queue of the CRM. */
export interface QueuedCommand {
  readonly kind: 'crm-command'
  readonly line: string
}

export type ServiceCommand = { readonly sid: ServiceId } & (
  | { readonly kind: 'request'; readonly state: 'started' | 'stopped' | 'disabled' | 'ignored' }
  | { readonly kind: 'add'; readonly node: NodeName; readonly state: string; readonly running: boolean }
  | { readonly kind: 'delete' }
  | { readonly kind: 'lock'; readonly lock: string }
  | { readonly kind: 'unlock' }
  /** Processors and bytes. */
  | { readonly kind: 'static-stats'; readonly maxcpu?: number; readonly maxmem?: number }
  | { readonly kind: 'dynamic-stats'; readonly cpu?: number; readonly mem?: number }
  | { readonly kind: 'manual-migrate'; readonly node: NodeName }
)

export type LoopCommand =
  | { readonly kind: 'delay'; readonly seconds: number }
  | { readonly kind: 'skip-round'; readonly daemon: 'crm' | 'lrm'; readonly rounds: number }

/** What a command does, beside the text that is logged when it runs. */
export type CommandAction = MachineCommand | QueuedCommand | ServiceCommand | LoopCommand

export interface ScenarioCommand {
  readonly text: string
  readonly action: CommandAction
}

type IsNode = (name: string) => boolean

/** Undefined for text that is no command, or that names a node the scenario does not have. */
export function parseCommand(text: string, isNode: IsNode): ScenarioCommand | undefined {
  const words = text.trim().split(/\s+/)
  const action = parseLoop(words) ?? parseService(words, isNode) ?? parseHardware(words, isNode)
  return action === undefined ? undefined : { text, action }
}

function parseLoop([verb, first, second, ...rest]: readonly string[]): LoopCommand | undefined {
  if (rest.length > 0) return undefined
  if (verb === 'delay' && isCount(first) && second === undefined)
    return { kind: 'delay', seconds: Number(first) }
  if (verb === 'skip-round' && (first === 'crm' || first === 'lrm') && isCount(second ?? '1'))
    return { kind: 'skip-round', daemon: first, rounds: Number(second ?? '1') }
  return undefined
}

function isCount(word: string | undefined): boolean {
  return word !== undefined && /^\d{1,6}$/.test(word)
}

function parseHardware(words: readonly string[], isNode: IsNode): MachineCommand | QueuedCommand | undefined {
  const [verb, node, first, second, ...rest] = words
  if (node === undefined || !isNode(node) || rest.length > 0) return undefined
  const count = words.length
  switch (verb) {
    case 'power':
    case 'network':
      return count === 3 && (first === 'on' || first === 'off')
        ? { kind: verb, node, on: first === 'on' }
        : undefined
    case 'cfs':
      if ((first !== 'rw' && first !== 'update') || (second !== 'work' && second !== 'fail')) return undefined
      return { kind: 'cfs', node, part: first, works: second === 'work' }
    case 'reboot':
    case 'shutdown':
      return count === 2 ? { kind: 'shutdown', node, how: verb } : undefined
    case 'restart-lrm':
      return count === 2 ? { kind: 'restart-lrm', node } : undefined
    case 'crm':
      return parseCrm(node, first, second)
    case 'pve-manager-version':
      return first === 'set' && second !== undefined ? { kind: 'version', node, version: second } : undefined
    default:
      return undefined
  }
}

function parseCrm(
  node: NodeName,
  verb: string | undefined,
  mode: string | undefined,
): MachineCommand | QueuedCommand | undefined {
  if (verb === 'disarm-ha')
    return mode === 'freeze' || mode === 'ignore'
      ? { kind: 'crm-command', line: `disarm-ha ${mode}` }
      : undefined
  if (mode !== undefined) return undefined
  switch (verb) {
    case 'stop':
      return { kind: 'crm-stop', node }
    case 'start':
      return { kind: 'crm-start', node }
    case 'enable-node-maintenance':
    case 'disable-node-maintenance':
      return { kind: 'crm-command', line: `${verb} ${node}` }
    case 'arm-ha':
      return { kind: 'crm-command', line: 'arm-ha' }
    default:
      return undefined
  }
}

function parseService(
  [noun, sid, verb, ...rest]: readonly string[],
  isNode: IsNode,
): ServiceCommand | QueuedCommand | undefined {
  if (noun !== 'service' || sid === undefined || !/^[a-z]+:[A-Za-z0-9._-]+$/.test(sid)) return undefined
  const [first, second, third] = rest
  switch (verb) {
    case 'started':
    case 'stopped':
    case 'disabled':
    case 'ignored':
      return rest.length === 0 ? { kind: 'request', sid, state: verb } : undefined
    case 'migrate':
    case 'relocate':
      // Whether there is such a node is for the master to say.
      if (rest.length !== 1 || first === undefined) return undefined
      return { kind: 'crm-command', line: `${verb} ${sid} ${first}` }
    case 'stop':
      return rest.length === 1 && isCount(first)
        ? { kind: 'crm-command', line: `stop ${sid} ${first}` }
        : undefined
    case 'add':
      if (rest.length > 3 || first === undefined || !isNode(first)) return undefined
      return { kind: 'add', sid, node: first, state: second ?? 'started', running: third === '1' }
    case 'delete':
      return rest.length === 0 ? { kind: 'delete', sid } : undefined
    case 'lock':
      return rest.length <= 1 ? { kind: 'lock', sid, lock: first ?? 'backup' } : undefined
    case 'unlock':
      return rest.length <= 1 ? { kind: 'unlock', sid } : undefined
    case 'manual-migrate':
      if (rest.length !== 1 || first === undefined || !isNode(first)) return undefined
      return { kind: 'manual-migrate', sid, node: first }
    case 'set-static-stats':
      return parseStats(sid, 'static-stats', ['maxcpu', 'maxmem'], rest)
    case 'set-dynamic-stats':
      return parseStats(sid, 'dynamic-stats', ['cpu', 'mem'], rest)
    default:
      return undefined
  }
}

const bytesPerMebibyte = 1024 * 1024

/** Pairs of a key and a number; memory is written in MiB. */
function parseStats<Kind extends 'static-stats' | 'dynamic-stats'>(
  sid: ServiceId,
  kind: Kind,
  keys: readonly string[],
  words: readonly string[],
): ServiceCommand | undefined {
  if (words.length === 0 || words.length % 2 === 1) return undefined
  const figures: Record<string, number> = {}
  for (let index = 0; index < words.length; index += 2) {
    const [key = '', value = ''] = words.slice(index, index + 2)
    if (!keys.includes(key) || !/^\d+(\.\d+)?$/.test(value)) return undefined
    figures[key] = key.endsWith('mem') ? Number(value) * bytesPerMebibyte : Number(value)
  }
  return { kind, sid, ...figures }
}
