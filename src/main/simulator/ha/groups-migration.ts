/** Turns legacy groups into node affinity rules, once every node understands rules. */
import type { LrmStatus, NodeName, ServiceConfig, ServiceId } from './cluster-data.ts'
import type { CrmEnvironment } from './environment.ts'
import { countActive } from './lrm-view.ts'
import { messageOf } from './message-of.ts'
import type { NodeStates } from './node-states.ts'
import { rulesOfGroups } from './rules.ts'
import type { ServiceTable } from './service-table.ts'

/** Rounds until the first attempt of a manager, and between attempts. */
export const firstAttemptRounds = 3
export const retryRounds = 6

/** The first version of pve-manager whose HA manager reads rules. */
const leastVersion = '9.0.0~16'

interface MigrationInput {
  readonly env: CrmEnvironment
  readonly nodes: NodeStates
  readonly services: ServiceTable
  readonly lrmStatus: (node: NodeName) => LrmStatus | undefined
}

/** One attempt, with its log. A failure leaves everything as it was, or is finished by the next attempt. */
export function migrateGroups(input: MigrationInput): void {
  const { env } = input
  env.log('notice', 'start ha group migration...')
  try {
    checkCluster(input)
    convert(env)
    env.log('notice', 'ha groups migration successful')
  } catch (error) {
    env.log('err', `abort ha groups migration: ${messageOf(error)}`)
    env.log('err', 'ha groups migration failed')
    env.log('notice', `retry ha groups migration in ${retryRounds} rounds (~ 60 seconds)`)
  }
}

/** Ends an attempt; its message is part of the log. */
class MigrationAbort extends Error {}

function checkCluster(input: MigrationInput): void {
  const { env } = input
  if (!env.isQuorate()) throw new MigrationAbort('cluster is not quorate')
  const members = Object.keys(env.readMembership()).sort()
  if (members.length === 0) throw new MigrationAbort('no nodes known')
  for (const node of members) checkNode(input, node)
}

function checkNode({ env, nodes, services, lrmStatus }: MigrationInput, node: NodeName): void {
  const say = (text: string) => env.log('notice', `ha groups migration: ${text}`)
  const nodeState = nodes.stateOf(node)
  say(`node '${node}' is in state '${nodeState}'`)
  if (nodeState !== 'online') throw new MigrationAbort(`node '${node}' is not online`)

  const lrm = lrmStatus(node)
  if (lrm === undefined) throw new MigrationAbort(`could not retrieve state for lrm '${node}'`)
  const { state, mode } = lrm
  say(`lrm '${node}' is in state '${state}' and mode '${mode}'`)
  const isIdle = state === 'wait_for_agent_lock' && countActive(services.toRecord(), node, env.release) === 0
  if (state !== 'active' && !isIdle)
    throw new MigrationAbort(`lrm '${node}' is not in state 'active' or 'idle'`)
  if (mode !== 'active') throw new MigrationAbort(`lrm '${node}' is not in mode 'active'`)

  const version = env.nodeVersion(node) ?? 'unknown'
  say(`node '${node}' has version '${version}'`)
  if (!isAtLeast(version, leastVersion))
    throw new MigrationAbort(`node '${node}' needs at least pve-manager version '${leastVersion}'`)
}

function convert(env: CrmEnvironment): void {
  const groups = env.readGroups()
  const services = new Map<ServiceId, ServiceConfig>(Object.entries(env.readServiceConfig()))
  env.writeRules([...env.readRules(), ...rulesOfGroups(groups, services)])
  env.log('notice', 'ha groups migration: migration to rules config successful')

  for (const [sid, config] of services) {
    if (config.group === undefined) continue
    const group = groups.find(({ id }) => id === config.group)
    env.updateService(sid, { group: undefined, ...(group?.nofailback === true ? { failback: false } : {}) })
  }
  env.log('notice', 'ha groups migration: migration to resources config successful')

  env.deleteGroups()
  env.log('notice', 'ha groups migration: group config deletion successful')
}

/** `major.minor(.|-)patch` with an optional `~revision` of a pre-release. Unreadable versions are too old. */
export function isAtLeast(version: string, least: string): boolean {
  const left = parseVersion(version)
  const right = parseVersion(least)
  if (left === undefined || right === undefined) return false
  for (const [index, wanted] of right.entries()) {
    const found = left[index] ?? 0
    if (found !== wanted) return found > wanted
  }
  return true
}

function parseVersion(version: string): readonly number[] | undefined {
  const match = /^(\d+)\.(\d+)[.-](\d+)(?:~(\d+))?/.exec(version)
  if (match === null) return undefined
  const [, major, minor, patch, revision] = match
  // Without a revision it is the release itself, later than any pre-release.
  return [Number(major), Number(minor), Number(patch), revision === undefined ? Infinity : Number(revision)]
}
