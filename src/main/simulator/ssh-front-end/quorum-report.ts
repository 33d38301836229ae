/** What corosync's tools print of quorum and membership, as one node sees them. */
import type { ProgramCall } from './program.ts'

type Place = Pick<ProgramCall, 'lab' | 'node'>

/** A node that stands alone has no corosync. */
export function hasCorosync({ lab, node }: Place): boolean {
  return lab.clusterName(node) !== undefined && lab.world.corosync.isRunning(node)
}

/** `address`: as pvecm prints members; `name`: as corosync's own tool does. */
export function quorumReport({ lab, node }: Place, members: 'address' | 'name'): string {
  const { corosync } = lab.world
  const count = corosync.membersSeenBy(node).length
  const isQuorate = corosync.isQuorate(node)
  const id = lab.nodeIdOf(node)
  const head = section('Quorum information', [
    ['Date:', lab.wallTime.spelled(lab.wallTime.seconds())],
    ['Quorum provider:', 'corosync_votequorum'],
    ['Nodes:', String(count)],
    ['Node ID:', members === 'address' ? hex8(id) : String(id)],
    ['Ring ID:', corosync.ringIdOf(node)],
    ['Quorate:', isQuorate ? 'Yes' : 'No'],
  ])
  const votes = section('Votequorum information', [
    ['Expected votes:', String(corosync.expectedVotes(node))],
    ['Highest expected:', String(corosync.expectedVotes(node))],
    ['Total votes:', String(count)],
    ['Quorum:', `${corosync.votesNeeded(node)} ${isQuorate ? ' ' : 'Activity blocked'}`],
    ['Flags:', isQuorate ? 'Quorate ' : ''],
  ])
  return `${head}\n${votes}${memberTable({ lab, node }, members)}`
}

export function memberTable({ lab, node }: Place, members: 'address' | 'name'): string {
  const rows = lab.world.corosync.membersSeenBy(node).map((name) => {
    const id = lab.nodeIdOf(name)
    const shownId = members === 'address' ? hex8(id) : String(id).padStart(10)
    const shownName = members === 'address' ? lab.addressOf(name) : name
    return `${shownId}          1 ${shownName}${name === node ? ' (local)' : ''}\n`
  })
  const title = 'Membership information'
  return `\n${title}\n${'-'.repeat(title.length)}\n    Nodeid      Votes Name\n${rows.join('')}`
}

/** Titles are underlined; values begin in one column. */
export function section(title: string, lines: readonly (readonly [string, string])[]): string {
  const rows = lines.map(([name, value]) => `${name.padEnd(18)}${value}\n`)
  return `${title}\n${'-'.repeat(title.length)}\n${rows.join('')}`
}

function hex8(id: number): string {
  return `0x${id.toString(16).padStart(8, '0')}`
}
