import { cephConfiguration } from '../../pve-front-end/ceph-setup.ts'
import { cephCommand } from '../../world/ceph/commands/ceph-command.ts'
import { cephVersion } from '../../world/ceph/commands/monitor-commands.ts'
import type { Program, ProgramCall } from '../program.ts'

/** Python and its modules, until the monitors are asked: an assumption. */
const startMs = 300
/** How often a client that nobody answers looks again. */
const retryMs = 1000
/** client_mount_timeout, a default of Ceph. */
const patienceMs = 300_000

export const ceph: Program = async (call) => {
  const { lab, node, argv, signal } = call
  const { clock, world } = lab
  if (argv.includes('-w') || argv.includes('--watch')) return follow(call)
  await clock.sleep(startMs, signal)
  if (argv.includes('-v') || argv.includes('--version')) {
    call.stdout(`${cephVersion}\n`)
    return 0
  }
  if (cephConfiguration(lab, node) === undefined) {
    call.stderr(
      "Error initializing cluster client: ObjectNotFound('RADOS object not found (error calling conf_read_file)')\n",
    )
    return 1
  }
  if (!world.ceph.exists) {
    call.stderr(
      'unable to get monitor info from DNS SRV with service name: ceph-mon\n[errno 2] RADOS object not found (error connecting to the cluster)\n',
    )
    return 1
  }
  const timeoutMs = connectTimeoutMs(argv)
  const givesUpAtMs = clock.nowMs() + (timeoutMs ?? patienceMs)
  for (;;) {
    const answer = cephCommand(world.ceph, node, argv)
    if (answer.kind === 'answered') {
      if (argv.some((word) => ['remove', 'rm', 'purge'].includes(word))) world.daemonsChanged()
      call.stdout(answer.stdout)
      call.stderr(answer.stderr)
      return answer.exitCode
    }
    if (clock.nowMs() >= givesUpAtMs) {
      call.stderr(
        timeoutMs === undefined
          ? '[errno 110] RADOS timed out (error connecting to the cluster)\n'
          : 'timed out\n',
      )
      return 1
    }
    await clock.sleep(Math.min(retryMs, givesUpAtMs - clock.nowMs()), signal)
  }
}

/** The status, and then what is written to the cluster's log, until it is interrupted. */
async function follow(call: ProgramCall): Promise<number> {
  const code = await ceph({ ...call, argv: ['-s'] })
  if (code !== 0) return code
  call.stdout('\n')
  let shown = call.lab.journal.entries(call.node).at(-1)?.number ?? 0
  for (;;) {
    const news = call.lab.journal
      .entries(call.node)
      .filter(({ number, source }) => number > shown && source === 'ceph')
    shown = news.at(-1)?.number ?? shown
    for (const { wallMs, text } of news)
      call.stdout(
        `${new Date(wallMs).toISOString().replace('Z', '000+0000')} mon.${call.node} ${text.replace(/^cluster /, '')}\n`,
      )
    await call.lab.clock.sleep(retryMs, call.signal)
  }
}

function connectTimeoutMs(argv: readonly string[]): number | undefined {
  const at = argv.indexOf('--connect-timeout')
  return at < 0 ? undefined : Number(argv[at + 1]) * 1000
}
