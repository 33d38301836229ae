import { ApiError } from '../../pve-front-end/api-error.ts'
import { findEndpoint } from '../../pve-front-end/api-facts.ts'
import {
  addNode,
  checkJoiner,
  finishJoin,
  JoinFailure,
  linkAddress,
} from '../../pve-front-end/handlers/cluster-join.ts'
import type { ClusterConfiguration } from '../../world/cluster-membership.ts'
import { noteKnownHost } from '../known-hosts.ts'
import type { ProgramCall } from '../program.ts'
import { optionsOf, readArguments, UsageError } from '../pve-command/arguments.ts'
import { callLocally, followTask, Refusal } from '../pve-command/local-call.ts'
import { type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
import { memberTable, quorumReport, section } from '../quorum-report.ts'

interface Totem {
  readonly cluster_name?: string
  readonly config_version?: string
}

/** Exit codes: what errno happened to be, and corosync's own for a partition that may do nothing (recorded). */
const noClusterCode = 2
const noQuorumCode = 2

/** Of a member only; `act` gives the exit code. */
const ofMember = (
  usage: string,
  act: (call: ProgramCall, argv: readonly string[], totem: Totem) => number | Promise<number>,
): LocalSubcommand => ({
  usage,
  async run(call, argv) {
    try {
      const totem = (await callLocally(call, 'GET', '/cluster/config/totem', {})) as Totem | null
      if (totem?.cluster_name !== undefined) return await act(call, argv, totem)
      call.stderr(
        "Error: Corosync config '/etc/pve/corosync.conf' does not exist - is this node part of a cluster?\n",
      )
      return noClusterCode
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      call.stderr(`${error.message}\n`)
      return 255
    }
  },
})

const status = ofMember('', (call, _argv, { cluster_name: name = '', config_version: version = '' }) => {
  const about = section('Cluster information', [
    ['Name:', name],
    ['Config Version:', version],
    ['Transport:', 'knet'],
    ['Secure auth:', 'on'],
  ])
  call.stdout(`${about}\n`)
  const { corosync } = call.lab.world
  if (!corosync.isRunning(call.node)) return withoutCorosync(call)
  call.stdout(quorumReport(call, 'address'))
  return corosync.isQuorate(call.node) ? 0 : noQuorumCode
})

const nodes = ofMember('', (call) => {
  if (!call.lab.world.corosync.isRunning(call.node)) return withoutCorosync(call)
  call.stdout(memberTable(call, 'name'))
  return 0
})

function withoutCorosync(call: ProgramCall): number {
  call.stderr('Cannot initialize CMAP service\n')
  return 1
}

const expected = ofMember('<expected>', (call, [given = '']) => {
  if (!/^[1-9]\d*$/.test(given)) {
    call.stderr(
      given === ''
        ? '400 not enough arguments\npvecm expected <expected>\n'
        : `400 Parameter verification failed.\nexpected: type check ('integer') failed - got '${given}'\npvecm expected <expected>\n`,
    )
    return 255
  }
  const { corosync } = call.lab.world
  if (!corosync.isRunning(call.node)) return withoutCorosync(call)
  if (corosync.setExpectedVotes(call.node, Number(given))) return 0
  call.stderr('Unable to set expected votes: CS_ERR_INVALID_PARAM\n')
  return 1
})

const delnode: LocalSubcommand = {
  usage: '<node>',
  async run(call, [name]) {
    if (name === undefined) {
      call.stderr('400 not enough arguments\npvecm delnode <node>\n')
      return 255
    }
    const id = call.lab.nodeIdOf(name)
    try {
      await callLocally(call, 'DELETE', `/cluster/config/nodes/${name}`, {})
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      call.stderr(`${error.message}\n`)
      return call.lab.clusterName(call.node) === undefined ? noClusterCode : 255
    }
    call.stdout(`Killing node ${id}\n`)
    return 0
  },
}

const joinPath = '/cluster/config/join'

/** Nearly every failure ends with 0, and the password comes in as a line (recorded). */
const add: LocalSubcommand = {
  usage: '<hostname> [OPTIONS]',
  api: {
    usage: '',
    positional: ['hostname'],
    method: 'POST',
    path: joinPath,
    // It asks for the password itself.
    fixed: { password: '' },
  },
  async run(call, argv) {
    const { endpoint } = findEndpoint('POST', joinPath, call.lab.release) ?? {}
    const facts = endpoint === undefined ? {} : optionsOf(endpoint)
    try {
      const { parameters, own } = readArguments(argv, ['hostname'], facts, { use_ssh: 'flag' })
      if (own.use_ssh === '1')
        return await addBySsh(call, parameters.hostname ?? '', linkAddress(parameters.link0))
      const [password, answer] = (await call.stdin()).split('\n')
      if (password === undefined || password === '') {
        call.stderr('EOF while reading password\n')
        return 0
      }
      const fingerprint = parameters.fingerprint ?? confirmed(call, parameters.hostname ?? '', answer)
      if (fingerprint === undefined) {
        call.stderr('Fingerprint not verified, abort!\n')
        return 0
      }
      const upid = await callLocally(call, 'POST', joinPath, { ...parameters, password, fingerprint })
      // Where it was asked for the fingerprint, that was said already.
      const isSaid = parameters.fingerprint === undefined
      await followTask(call, String(upid), (line) => !(isSaid && line.startsWith('Establishing')))
      return 0
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof Refusal)) throw error
      const isMisuse = error instanceof UsageError || error.message.startsWith('400 ')
      call.stderr(`${error.message}\n${isMisuse ? 'pvecm add <hostname> [OPTIONS]\n' : ''}`)
      return isMisuse ? 255 : 0
    }
  },
}

/** Nearly every failure ends with 0 here as well (recorded). */
async function addBySsh(call: ProgramCall, host: string, link: string | undefined): Promise<number> {
  const { lab, node, signal } = call
  const log = (line: string) => call.stdout(`${line}\n`)
  try {
    checkJoiner(lab, node, link, log)
    const member = await memberBySsh(call, host)
    if (link === undefined)
      log(`No cluster network links passed explicitly, fallback to local node IP '${lab.addressOf(node)}'`)
    lab.requireQuorum(member)
    // What a join that broke off has left is overwritten (recorded).
    if (lab.members(member).includes(node)) log(`forcing overwrite of configured node '${node}'`)
    addNode(lab, member, node, { link, isForced: true })
    const configuration = lab.world.membership.configurationOf(member) as ClusterConfiguration
    log('copy corosync auth key')
    await lab.clock.sleep(copyMs, signal)
    await finishJoin({ lab, node, member, configuration, log })
    return 0
  } catch (error) {
    if (!(error instanceof JoinFailure || error instanceof ApiError)) throw error
    signal.throwIfAborted()
    call.stderr(`${error.message.trimEnd()}\n`)
    return 0
  }
}

/** The key and the configuration are copied by SSH (recorded: 12.6 s for all). */
const copyMs = 500

/** Until the resolver, a neighbour without power and a login by key are given up (recorded, with the start of the program). */
const sshGivenUpMs = { name: 10_000, address: 6200, login: 150 } as const

/** The keys have to be copied first, for which somebody types a password; members trust each other already. */
async function memberBySsh(call: ProgramCall, host: string): Promise<string> {
  const { lab, node, signal } = call
  const { world, clock } = lab
  const member = world.nodes.find(({ name }) => [name, lab.addressOf(name)].includes(host))
  const isReached = member !== undefined && world.network.reaches(node, member.name, 'management')
  const isName = !/^[\d.]+$/.test(host)
  await clock.sleep(
    isReached ? sshGivenUpMs.login : isName ? sshGivenUpMs.name : sshGivenUpMs.address,
    signal,
  )
  const password = (await call.stdin()).split('\n')[0] ?? ''
  if (isReached) noteKnownHost(lab, node)
  const isLetIn =
    member !== undefined && isReached && lab.accountsOf(member.name).logIn('root@pam', password) !== undefined
  if (!isLetIn) throw new JoinFailure('unable to copy ssh ID: exit code 1')
  return member.name
}

/** The fingerprint of that member, where whoever asks believes it. */
function confirmed(call: ProgramCall, host: string, answer: string | undefined): string | undefined {
  const { lab } = call
  const member = lab.world.nodes.find(({ name }) => name === host || lab.addressOf(name) === host)
  const fingerprint = member === undefined ? undefined : lab.certificates.of(member.name)?.fingerprint
  call.stdout(`Establishing API connection with host '${host}'\n`)
  if (fingerprint === undefined) return undefined
  call.stdout(
    `The authenticity of host '${host}' can't be established.\nX509 SHA256 key fingerprint is ${fingerprint}.\nAre you sure you want to continue connecting (yes/no)? `,
  )
  return answer === 'yes' ? fingerprint : undefined
}

const withoutQdevice = ofMember('', (call) => {
  const { corosync } = call.lab.world
  const seen = corosync.membersSeenBy(call.node)
  const offline = call.lab.members(call.node).find((name) => !seen.includes(name))
  call.stderr(
    offline === undefined
      ? 'No QDevice configured!\n'
      : `All nodes must be online! Node ${offline} is offline, aborting.\n`,
  )
  return 255
})

/** Those of which only the usage is there. */
const unsupported = (usage: string): LocalSubcommand => ({
  usage,
  run(call) {
    call.stderr('the embedded lab does not do that\n')
    return 255
  },
})

export const pvecm = pveCommand({
  name: 'pvecm',
  startMs: 190,
  subcommands: {
    'qdevice remove': withoutQdevice,
    'qdevice setup': unsupported('<address> [OPTIONS]'),
    addnode: {
      usage: '<node> [OPTIONS]',
      positional: ['node'],
      method: 'POST',
      path: '/cluster/config/nodes/{node}',
    },
    apiver: {
      usage: '',
      method: 'GET',
      path: '/cluster/config/apiversion',
      print: (data) => `${data}\n`,
    },
    create: {
      usage: '<clustername> [OPTIONS]',
      positional: ['clustername'],
      method: 'POST',
      path: '/cluster/config',
    },
    delnode,
    add,
    expected,
    keygen: unsupported('<filename>'),
    mtunnel: {
      usage: '[<extra-args>] [OPTIONS]',
      run(call) {
        call.stdout('tunnel online\n')
        return 0
      },
    },
    nodes,
    status,
    // Certificates are made when a node starts, and stay.
    updatecerts: { usage: ' [OPTIONS]', run: () => 0 },
  },
})
