/** Cloud-init of a virtual machine: what its drive has, what it will have, and how that reads. */
import { type CloudInitPart, cloudInitText, isCloudInitOption, shownOption } from '../cloud-init.ts'
import { readConfig, withPending, writeConfig } from '../guest-configs.ts'
import type { Call, Handlers } from '../handler.ts'
import { requirePrivilege } from '../privileges.ts'
import { vmidOf } from '../served-lab.ts'
import { guestOf } from './guest-config.ts'

const path = '/nodes/{node}/qemu/{vmid}/cloudinit'

export const cloudInitHandlers: Handlers = {
  [`GET ${path}`]: (call) => {
    const { options, pending } = configOf(call)
    const names = [...new Set([...Object.keys(options), ...Object.keys(pending)])].filter(isCloudInitOption)
    return names.sort().map((key) => {
      const [value, next] = [options[key], pending[key]]
      return {
        key,
        ...(value === undefined ? {} : { value: String(shownOption(key, value)) }),
        ...(next === undefined
          ? {}
          : next === null
            ? { delete: 1 }
            : { pending: String(shownOption(key, next)) }),
      }
    })
  },
  // The drive is written anew: what waits for the next start is in it at once.
  [`PUT ${path}`]: (call) => {
    const { lab, node, caller } = call
    const guest = guestOf(call, 'vm')
    requirePrivilege(caller, `/vms/${vmidOf(guest)}`, 'VM.Config.Cloudinit')
    const config = configOf(call)
    const isTaken = ([name]: readonly [string, unknown]) => isCloudInitOption(name) && !/^net\d+$/.test(name)
    const entries = Object.entries(config.pending)
    const options = withPending({ ...config, pending: Object.fromEntries(entries.filter(isTaken)) })
    const pending = Object.fromEntries(entries.filter((entry) => !isTaken(entry)))
    writeConfig(lab, node, guest, { ...config, options, pending })
    return null
  },
  [`GET ${path}/dump`]: (call) =>
    cloudInitText(
      call.parameters.required('type') as CloudInitPart,
      withPending(configOf(call)),
      call.parameters.required('vmid'),
    ),
}

function configOf(call: Call) {
  return readConfig(call.lab, call.node, guestOf(call, 'vm'))
}
