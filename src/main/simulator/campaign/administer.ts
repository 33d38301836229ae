import type { Group, Rule } from '../ha/cluster-data.ts'
import { ClusterDataError } from '../ha/environment.ts'
import {
  changeService,
  queueCrmCommand,
  readDatacenterFile,
  readGroups,
  readRules,
  readServices,
  removeGroup,
  writeDatacenterFile,
  writeGroups,
  writeRules,
} from '../world/shared-files.ts'
import type { World } from '../world/world.ts'
import type { HaAct } from './campaign.ts'
import { mayArm, mayLowerVotes } from './cautions.ts'

/** From the first node on which the cluster's files can be written; without one nothing happens. */
export function administer(world: World, act: HaAct): void {
  if (act.kind === 'expect-votes') {
    expectVotes(world, act.node, act.votes)
    return
  }
  const { shared, nodes } = world
  const node = nodes.find(({ name, apiUp }) => apiUp && shared.canWrite(name))?.name
  if (node === undefined) return
  try {
    change(world, node, act)
  } catch (error) {
    if (!(error instanceof ClusterDataError)) throw error
  }
}

function change(world: World, node: string, act: Exclude<HaAct, { readonly kind: 'expect-votes' }>): void {
  const { shared, guests } = world
  switch (act.kind) {
    case 'ha-command':
      if (act.line !== 'arm-ha' || mayArm(world, node)) queueCrmCommand(shared, node, act.line)
      break
    case 'shutdown-policy':
      changeOptions(world, node, { ha: { shutdown_policy: act.policy } })
      break
    case 'scheduler':
      changeOptions(world, node, { crs: act.options })
      break
    case 'request-state':
      requestState(world, node, guests[act.guest]?.id ?? '', act.state)
      break
    case 'put-rule':
      putRule(world, node, act.rule)
      break
    case 'remove-rule':
      writeRules(
        shared,
        node,
        readRules(shared, node).filter(({ id }) => id !== act.id),
      )
      break
    case 'put-group':
      putGroup(world, node, act.group)
      break
    case 'assign-group':
      assignGroup(world, node, guests[act.guest]?.id ?? '', act.group)
  }
}

function changeOptions({ shared }: World, node: string, options: object): void {
  writeDatacenterFile(shared, node, { ...readDatacenterFile(shared, node), ...options })
}

/** What `ha-manager set --state` does. */
function requestState({ shared }: World, node: string, sid: string, state: string): void {
  if (readServices(shared, node)[sid] !== undefined) changeService(shared, node, sid, { state })
}

/** As the interface has it, only of resources of HA. */
function putRule({ shared }: World, node: string, rule: Rule): void {
  const services = readServices(shared, node)
  if (!rule.resources.every((sid) => services[sid] !== undefined)) return
  writeRules(shared, node, [...readRules(shared, node).filter(({ id }) => id !== rule.id), rule])
}

function putGroup({ shared }: World, node: string, group: Group): void {
  writeGroups(shared, node, [...readGroups(shared, node).filter(({ id }) => id !== group.id), group])
}

function assignGroup({ shared }: World, node: string, sid: string, group: string | undefined): void {
  if (readServices(shared, node)[sid] === undefined) return
  if (group === undefined) removeGroup(shared, node, sid)
  else if (readGroups(shared, node).some(({ id }) => id === group))
    changeService(shared, node, sid, { group })
}

function expectVotes(world: World, index: number, votes: number): void {
  const node = world.nodes[index]
  if (node === undefined || !world.corosync.isRunning(node.name)) return
  if (votes >= world.nodes.length || mayLowerVotes(world, node.name))
    world.corosync.setExpectedVotes(node.name, votes)
}
