import { cephConfiguration } from '../../pve-front-end/ceph-setup.ts'
import type { ProgramCall } from '../program.ts'
import type { LocalSubcommand } from '../pve-command/pve-command.ts'
import { pveCommand } from '../pve-command/pve-command.ts'
import { ceph } from './ceph.ts'

const withoutCeph =
  "pveceph configuration not initialized - missing '/etc/pve/ceph.conf', missing '/etc/pve/ceph'\n"

const hasCeph = ({ lab, node }: ProgramCall) => cephConfiguration(lab, node) !== undefined

const cephCall = (argv: readonly string[]): LocalSubcommand => ({
  usage: '',
  run(call) {
    if (hasCeph(call)) return ceph({ ...call, argv })
    call.stderr(withoutCeph)
    return 2
  },
})

const versions = ['quincy', 'reef', 'squid']

const install: LocalSubcommand = {
  usage: ' [OPTIONS]',
  run(call, argv) {
    const at = argv.indexOf('--version')
    const version = at < 0 ? 'squid' : (argv[at + 1] ?? '')
    if (!versions.includes(version)) {
      call.stderr(
        `400 Parameter verification failed.\nversion: value '${version}' does not have a value in the enumeration '${versions.join(', ')}'\npveceph install  [OPTIONS]\n`,
      )
      return 255
    }
    call.stderr(
      hasCeph(call) ? 'Ceph is installed already\n' : 'the embedded lab does not install packages\n',
    )
    return hasCeph(call) ? 0 : 255
  },
}

export const pveceph = pveCommand({
  name: 'pveceph',
  startMs: 270,
  subcommands: {
    install,
    'pool ls': cephCall(['osd', 'pool', 'ls', 'detail']),
    status: cephCall(['-s']),
  },
})
