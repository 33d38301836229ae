import type { Program } from '../program.ts'
import { callLocally } from '../pve-command/local-call.ts'

const startMs = 1100

interface Status {
  readonly pveversion: string
  readonly 'current-kernel': { readonly release: string }
}

export const pveversion: Program = async (call) => {
  await call.lab.clock.sleep(startMs, call.signal)
  const status = (await callLocally(call, 'GET', `/nodes/${call.node}/status`, {})) as Status
  const { release } = status['current-kernel']
  if (call.argv.length === 0) {
    call.stdout(`${status.pveversion} (running kernel: ${release})\n`)
    return 0
  }
  // The list of packages: of a lab node no more is known than these.
  const [, version = '', id = ''] = status.pveversion.split('/')
  call.stdout(`proxmox-ve: not correctly installed (running kernel: ${release})\n`)
  call.stdout(`pve-manager: ${version} (running version: ${version}/${id})\n`)
  return 0
}
