/** Groups of HA resources, which 8.x has and 9.x has turned into rules. */
import type { Group, PrioritisedNode } from '../../ha/cluster-data.ts'
import { readGroups, writeGroups } from '../../world/shared-files.ts'
import { refuse } from '../api-error.ts'
import type { Call, Handlers } from '../handler.ts'
import { listOf } from '../parameters.ts'
import { digestOf, haLock, requireDigest } from './ha-options.ts'

export const haGroupHandlers: Handlers = {
  'GET /cluster/ha/groups': (call) => groupsOf(call).map((group) => entryOf(call, requireReadable(group))),
  'POST /cluster/ha/groups': create,
  'GET /cluster/ha/groups/{group}': (call) => {
    const id = call.parameters.required('group')
    const group = groupsOf(call).find((candidate) => candidate.id === id)
    return entryOf(call, group ?? refuse(`no such ha group '${id}'`))
  },
  'PUT /cluster/ha/groups/{group}': update,
  'DELETE /cluster/ha/groups/{group}': remove,
}

function groupsOf({ lab, node }: Call): readonly Group[] {
  if (lab.isSince('9.0')) refuse('cannot index groups: ha groups have been migrated to rules')
  return readGroups(lab.world.shared, node)
}

/** One without nodes cannot be read back from the file (recorded on 8.4). */
function requireReadable(group: Group): Group {
  return group.nodes.length === 0 ? refuse(`no such ha group '${group.id}'`) : group
}

function entryOf(call: Call, group: Group) {
  const { id, nodes, restricted, nofailback, comment } = group
  return {
    group: id,
    type: 'group',
    nodes: nodeList(nodes),
    ...(restricted ? { restricted: 1 } : {}),
    ...(nofailback ? { nofailback: 1 } : {}),
    ...(comment === undefined ? {} : { comment }),
    digest: digestOf(groupsOf(call)),
  }
}

/** `pve1:2,pve2`: the priority stands behind a colon where there is one. */
export function nodeList(nodes: readonly PrioritisedNode[]): string {
  return nodes.map(({ node, priority }) => (priority === 0 ? node : `${node}:${priority}`)).join(',')
}

export function prioritisedNodes(text: string | undefined): PrioritisedNode[] {
  return listOf(text).map((word) => {
    const [node = '', priority] = word.split(':')
    return { node, priority: Number(priority ?? 0) }
  })
}

async function create(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'create ha group failed: '
  const groups = groupsOf(call)
  await lab.requireLock(node, haLock, what)
  const id = parameters.required('group')
  if (groups.some((group) => group.id === id)) refuse(`${what}ha group ID '${id}' already defined`)
  requireIntact(groups, what)
  const comment = parameters.text('comment')
  writeGroups(lab.world.shared, node, [
    ...groups,
    {
      id,
      nodes: prioritisedNodes(parameters.text('nodes')),
      restricted: parameters.flag('restricted'),
      nofailback: parameters.flag('nofailback'),
      ...(comment === undefined ? {} : { comment }),
    },
  ])
  return null
}

async function update(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'update ha group failed: '
  const groups = groupsOf(call)
  await lab.requireLock(node, haLock, what)
  const id = parameters.required('group')
  const old = groups.find((group) => group.id === id) ?? refuse(`${what}no such ha group '${id}'`)
  requireIntact(groups, what)
  requireDigest(parameters.text('digest'), digestOf(groups), what)
  const deleted = new Set(listOf(parameters.text('delete')))
  const flag = (name: 'restricted' | 'nofailback') =>
    parameters.text(name) === undefined ? old[name] && !deleted.has(name) : parameters.flag(name)
  const comment = parameters.text('comment') ?? (deleted.has('comment') ? undefined : old.comment)
  const nodes = parameters.text('nodes')
  const next: Group = {
    id,
    nodes: nodes === undefined ? old.nodes : prioritisedNodes(nodes),
    restricted: flag('restricted'),
    nofailback: flag('nofailback'),
    ...(comment === undefined ? {} : { comment }),
  }
  writeGroups(
    lab.world.shared,
    node,
    groups.map((group) => (group.id === id ? next : group)),
  )
  return null
}

async function remove(call: Call): Promise<null> {
  const { lab, node, parameters } = call
  const what = 'delete ha group failed: '
  const groups = groupsOf(call)
  await lab.requireLock(node, haLock, what)
  const id = parameters.required('group')
  if (!groups.some((group) => group.id === id)) refuse(`${what}no such ha group '${id}'`)
  writeGroups(
    lab.world.shared,
    node,
    groups.filter((group) => group.id !== id),
  )
  return null
}

/** The file of a group without nodes cannot be written again (recorded on 8.4). */
function requireIntact(groups: readonly Group[], what: string): void {
  if (groups.some((group) => group.nodes.length === 0)) refuse(`${what}unknown section type ''`)
}
