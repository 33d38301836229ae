/** Templates of containers. */

import { callLocally, followTask } from '../pve-command/local-call.ts'
import { type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

const available: Subcommand = {
  usage: ' [OPTIONS]',
  own: { section: 'value' },
  method: 'GET',
  path: '/nodes/{node}/aplinfo',
  print: (data, { own }) =>
    (data as { section: string; template: string }[])
      .filter(({ section }) => own.section === undefined || own.section === section)
      .map(({ section, template }) => `${section.padEnd(15)} ${template}\n`)
      .join(''),
}

const list: Subcommand = {
  usage: '<storage>',
  positional: ['storage'],
  fixed: { content: 'vztmpl' },
  method: 'GET',
  path: '/nodes/{node}/storage/{storage}/content',
  print(data) {
    const row = (name: string, size: string) => `${name.padEnd(60)} ${size.padEnd(6)}\n`
    const rows = (data as { volid: string; size: number }[]).map(({ volid, size }) =>
      row(volid, `${(size / 2 ** 20).toFixed(2)}MB`),
    )
    return row('NAME', 'SIZE') + rows.join('')
  },
}

const remove: LocalSubcommand = {
  usage: '<template_path>',
  async run(call, [volid = '']) {
    const path = `/nodes/${call.node}/storage/${volid.split(':')[0]}/content/${volid}`
    return followTask(call, String(await callLocally(call, 'DELETE', path, {})))
  },
}

export const pveam = pveCommand({
  name: 'pveam',
  startMs: 350,
  subcommands: {
    available,
    download: {
      usage: '<storage> <template>',
      positional: ['storage', 'template'],
      method: 'POST',
      path: '/nodes/{node}/aplinfo',
    },
    list,
    remove,
    update: {
      usage: '',
      run(call) {
        call.stdout('update successful\n')
        return 0
      },
    },
  },
})
