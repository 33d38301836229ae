import type { ProgramCall } from '../program.ts'
import { callLocally, Refusal } from '../pve-command/local-call.ts'
import { pveCommand } from '../pve-command/pve-command.ts'
import { memberTable, quorumReport, section } from '../quorum-report.ts'

interface Totem {
  readonly cluster_name?: string
  readonly config_version?: string
}

/** Exit codes: what errno happened to be, and corosync's own for a partition that may do nothing (recorded). */
const noClusterCode = 2
const noQuorumCode = 2

const withoutCluster =
  "Error: Corosync config '/etc/pve/corosync.conf' does not exist - is this node part of a cluster?\n"

async function status(call: ProgramCall): Promise<number> {
  const totem = (await callLocally(call, 'GET', '/cluster/config/totem', {})) as Totem
  if (totem.cluster_name === undefined) {
    call.stderr(withoutCluster)
    return noClusterCode
  }
  const about = section('Cluster information', [
    ['Name:', totem.cluster_name],
    ['Config Version:', totem.config_version ?? ''],
    ['Transport:', 'knet'],
    ['Secure auth:', 'on'],
  ])
  call.stdout(`${about}\n`)
  const { corosync } = call.lab.world
  if (!corosync.isRunning(call.node)) {
    call.stderr('Cannot initialize CMAP service\n')
    return 1
  }
  call.stdout(quorumReport(call, 'address'))
  return corosync.isQuorate(call.node) ? 0 : noQuorumCode
}

async function nodes(call: ProgramCall): Promise<number> {
  const totem = (await callLocally(call, 'GET', '/cluster/config/totem', {})) as Totem
  if (totem.cluster_name === undefined) {
    call.stderr(withoutCluster)
    return noClusterCode
  }
  if (!call.lab.world.corosync.isRunning(call.node)) {
    call.stderr('Cannot initialize CMAP service\n')
    return 1
  }
  call.stdout(memberTable(call, 'name'))
  return 0
}

const local = (run: (call: ProgramCall) => Promise<number>) => ({
  usage: '',
  async run(call: ProgramCall) {
    try {
      return await run(call)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      call.stderr(`${error.message}\n`)
      return 255
    }
  },
})

export const pvecm = pveCommand({
  name: 'pvecm',
  startMs: 190,
  subcommands: { nodes: local(nodes), status: local(status) },
})
