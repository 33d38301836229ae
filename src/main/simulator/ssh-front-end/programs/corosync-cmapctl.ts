/** Corosync's map of its configuration and state, as far as the model has them. */

import type { Program, ProgramCall } from '../program.ts'
import { callLocally } from '../pve-command/local-call.ts'
import { hasCorosync } from '../quorum-report.ts'

/** Virtual milliseconds of a small program in C (recorded). */
const startMs = 25

interface Totem {
  readonly cluster_name?: string
  readonly config_version?: string
  readonly ip_version?: string
  readonly link_mode?: string
  readonly secauth?: string
  readonly version?: string
}

type Entry = readonly [
  key: string,
  type: 'str' | 'u8' | 'u16' | 'u32' | 'u64' | 'i32',
  value: string | number,
]

export const corosyncCmapctl: Program = async (call) => {
  await call.lab.clock.sleep(startMs, call.signal)
  if (!hasCorosync(call)) {
    call.stderr('Failed to initialize the cmap API. Error CS_ERR_LIBRARY\n')
    return 1
  }
  const at = call.argv.indexOf('-m')
  const map = at < 0 ? 'icmap' : call.argv[at + 1]
  const entries = map === 'stats' ? linkEntries(call) : await configEntries(call)
  const wanted = at < 0 ? call.argv.filter((word) => !word.startsWith('-')) : []
  const shown = entries
    .filter(([key]) => wanted.length === 0 || wanted.some((prefix) => key.startsWith(prefix)))
    .toSorted(([first], [second]) => (first < second ? -1 : 1))
  call.stdout(shown.map(([key, type, value]) => `${key} (${type}) = ${value}\n`).join(''))
  return 0
}

/** Defaults of corosync.conf(5) that the model has no use for. */
const defaults: readonly Entry[] = [
  ['runtime.config.totem.block_unlisted_ips', 'u32', 1],
  ['runtime.config.totem.cancel_token_hold_on_retransmit', 'u32', 0],
  ['runtime.config.totem.downcheck', 'u32', 1000],
  ['runtime.config.totem.fail_recv_const', 'u32', 2500],
  ['runtime.config.totem.heartbeat_failures_allowed', 'u32', 0],
  ['runtime.config.totem.join', 'u32', 50],
  ['runtime.config.totem.knet_compression_level', 'i32', 0],
  ['runtime.config.totem.knet_compression_model', 'str', 'none'],
  ['runtime.config.totem.knet_compression_threshold', 'u32', 0],
  ['runtime.config.totem.knet_mtu', 'u32', 0],
  ['runtime.config.totem.knet_pmtud_interval', 'u32', 30],
  ['runtime.config.totem.max_messages', 'u32', 17],
  ['runtime.config.totem.max_network_delay', 'u32', 50],
  ['runtime.config.totem.merge', 'u32', 200],
  ['runtime.config.totem.miss_count_const', 'u32', 5],
  ['runtime.config.totem.send_join', 'u32', 0],
  ['runtime.config.totem.seqno_unchanged_const', 'u32', 30],
  ['runtime.config.totem.window_size', 'u32', 50],
]

/** Services of corosync 3.1, in the order in which it numbers them. */
const services = 'cmap cfg cpg quorum pload votequorum mon wd'.split(' ')

const serviceEntries: readonly Entry[] = services.flatMap((name, id): Entry[] => [
  [`internal_configuration.service.${id}.name`, 'str', `corosync_${name}`],
  [`internal_configuration.service.${id}.ver`, 'u32', 0],
  [`runtime.services.${name}.service_id`, 'u16', id],
])

/** Retransmissions of a token before it counts as lost, and the tick of its timers (corosync.conf(5)). */
const retransmits = 4
const tickMs = 10

async function configEntries(call: ProgramCall): Promise<Entry[]> {
  const { lab, node } = call
  const { corosync } = lab.world
  const nodes = lab.members(node)
  const totem = (await callLocally(call, 'GET', '/cluster/config/totem', {})) as Totem
  const retransmitMs = Math.floor(corosync.tokenMs / (retransmits + 0.2))
  const ids = nodes.map((name) => lab.nodeIdOf(name))
  return [
    ...defaults,
    ...serviceEntries,
    ['quorum.provider', 'str', 'corosync_votequorum'],
    ['runtime.config.totem.consensus', 'u32', corosync.consensusMs],
    ['runtime.config.totem.hold', 'u32', Math.floor(retransmitMs * 0.8 - tickMs)],
    ['runtime.config.totem.interface.0.knet_ping_interval', 'u32', corosync.links.pingIntervalMs],
    ['runtime.config.totem.interface.0.knet_ping_timeout', 'u32', corosync.links.pingTimeoutMs],
    ['runtime.config.totem.token', 'u32', corosync.tokenMs],
    ['runtime.config.totem.token_retransmit', 'u32', retransmitMs],
    ['runtime.config.totem.token_retransmits_before_loss_const', 'u32', retransmits],
    ['runtime.config.totem.token_warning', 'u32', lab.world.parameters.totemTokenWarning * 100],
    ['runtime.votequorum.ev_barrier', 'u32', corosync.expectedVotes(node)],
    ['runtime.votequorum.highest_node_id', 'u32', Math.max(...ids)],
    ['runtime.votequorum.lowest_node_id', 'u32', Math.min(...ids)],
    ['runtime.votequorum.this_node_id', 'u32', lab.nodeIdOf(node)],
    ['runtime.votequorum.two_node', 'u8', 0],
    ...nodes.flatMap((name, position): Entry[] => [
      [`nodelist.node.${position}.name`, 'str', name],
      [`nodelist.node.${position}.nodeid`, 'u32', lab.nodeIdOf(name)],
      [`nodelist.node.${position}.quorum_votes`, 'u32', 1],
      [`nodelist.node.${position}.ring0_addr`, 'str', lab.addressOf(name)],
    ]),
    ['totem.cluster_name', 'str', totem.cluster_name ?? ''],
    ['totem.config_version', 'u64', totem.config_version ?? ''],
    ['totem.interface.0.bindnetaddr', 'str', lab.addressOf(node)],
    ['totem.ip_version', 'str', totem.ip_version ?? ''],
    ['totem.link_mode', 'str', totem.link_mode ?? ''],
    ['totem.secauth', 'str', totem.secauth ?? ''],
    ['totem.version', 'u32', totem.version ?? ''],
  ]
}

/** Of the statistics, what each link is like. */
function linkEntries({ lab, node }: ProgramCall): Entry[] {
  const { corosync } = lab.world
  const count = lab.world.lab.networks?.corosyncLinks?.length ?? 1
  return lab
    .members(node)
    .filter((name) => name !== node)
    .flatMap((name) =>
      Array.from({ length: count }, (_, link): Entry[] => {
        const prefix = `stats.knet.node${lab.nodeIdOf(name)}.link${link}`
        return [
          [`${prefix}.connected`, 'u8', Number(corosync.links.isSeenUp(node, name, link))],
          [`${prefix}.enabled`, 'u8', 1],
        ]
      }).flat(),
    )
}
