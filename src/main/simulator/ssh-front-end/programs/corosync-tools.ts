/** Corosync's own tools: quorum, links, and the map of its configuration. */
import type { Program, ProgramCall } from '../program.ts'
import { hasCorosync, memberTable, quorumReport } from '../quorum-report.ts'

/** Virtual milliseconds of a small program in C (recorded). */
const startMs = 15

export const corosyncQuorumtool: Program = async (call) => {
  await call.lab.clock.sleep(startMs, call.signal)
  const { corosync } = call.lab.world
  if (!hasCorosync(call)) {
    call.stderr('Cannot initialize CMAP service\n')
    return 1
  }
  call.stdout(call.argv.includes('-l') ? memberTable(call, 'name') : quorumReport(call, 'name'))
  // A partition that may do nothing is an error for scripts.
  return corosync.isQuorate(call.node) || call.argv.includes('-l') ? 0 : 2
}

export const corosyncCfgtool: Program = async (call) => {
  await call.lab.clock.sleep(startMs, call.signal)
  const { lab, node } = call
  if (!hasCorosync(call)) {
    call.stderr('Could not initialize corosync configuration API error 2\n')
    return 1
  }
  call.stdout(`Local node ID ${lab.nodeIdOf(node)}, transport knet\n`)
  call.stdout(call.argv.includes('-n') ? neighbours(call) : links(call))
  return 0
}

/** Networks of corosync, by the number of its link. */
const networksOf = ({ lab }: ProgramCall) => lab.world.lab.networks?.corosyncLinks ?? ['cluster']

function links(call: ProgramCall): string {
  const { lab, node } = call
  return networksOf(call)
    .map((_network, number) => {
      const rows = lab.members(node).map((name) => {
        const isUp = lab.world.corosync.links.isSeenUp(node, name, number)
        const state = name === node ? 'localhost' : isUp ? 'connected' : 'disconnected'
        return `\t\tnodeid: ${String(lab.nodeIdOf(name)).padStart(10)}:\t${state}\n`
      })
      return `LINK ID ${number} udp\n\taddr\t= ${linkAddress(call, node, number)}\n\tstatus:\n${rows.join('')}`
    })
    .join('')
}

/** The first link has the node's own address, each further one a network of its own. */
function linkAddress({ lab }: ProgramCall, node: string, number: number): string {
  return number === 0 ? lab.addressOf(node) : lab.addressOf(node).replace('.0.', `.${number}.`)
}

/** What knet measures of a path over Ethernet (recorded). */
const mtu = 1397

function neighbours(call: ProgramCall): string {
  const { lab, node } = call
  const { links: seen } = lab.world.corosync
  return lab
    .members(node)
    .filter((name) => name !== node)
    .map((name) => {
      const lines = networksOf(call).map((_network, number) => {
        const path = `${linkAddress(call, node, number)}->${linkAddress(call, name, number)}`
        const state = seen.isSeenUp(node, name, number) ? 'enabled connected' : 'enabled disconnected'
        return `   LINK: ${number} udp (${path}) ${state} mtu: ${mtu}\n`
      })
      const isReachable = lines.some((line) => line.includes(' connected '))
      return isReachable ? `nodeid: ${lab.nodeIdOf(name)} reachable\n${lines.join('')}\n` : ''
    })
    .join('')
}
