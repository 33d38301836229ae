import { findEndpoint } from '../../pve-front-end/api-facts.ts'
import { answerText } from '../pve-command/answer-text.ts'
import { callLocally } from '../pve-command/local-call.ts'
import { type LocalSubcommand, pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

const list = (path: string): Subcommand => ({
  usage: ' [OPTIONS] [FORMAT_OPTIONS]',
  method: 'GET',
  path,
  print: (data, { call }) =>
    answerText(data, 'text', findEndpoint('GET', path, call.lab.release)?.endpoint.returns ?? {}),
})

const write = (method: string, path: string, positional: readonly string[]): Subcommand => ({
  usage: `${positional.map((name) => `<${name}>`).join(' ')} [OPTIONS]`,
  positional,
  method,
  path,
  print: () => '',
})

/** The new password comes in as a line, and once more. */
const passwd: LocalSubcommand = {
  usage: '<userid>',
  async run(call, [userid = '']) {
    call.stdout('Enter new password: ')
    const [password = '', again = ''] = (await call.stdin()).split('\n')
    call.stdout('Retype new password: \n')
    if (password === '' || password !== again) {
      call.stderr('Passwords do not match\n')
      return 255
    }
    await callLocally(call, 'PUT', '/access/password', { userid, password })
    return 0
  },
}

export const pveum = pveCommand({
  name: 'pveum',
  startMs: 280,
  subcommands: {
    'acl delete': {
      usage: '<path> --roles <string> [OPTIONS]',
      positional: ['path'],
      method: 'PUT',
      path: '/access/acl',
      fixed: { delete: '1' },
    },
    'acl list': list('/access/acl'),
    'acl modify': {
      usage: '<path> --roles <string> [OPTIONS]',
      positional: ['path'],
      method: 'PUT',
      path: '/access/acl',
    },
    'group add': write('POST', '/access/groups', ['groupid']),
    'group delete': write('DELETE', '/access/groups/{groupid}', ['groupid']),
    'group list': list('/access/groups'),
    'group modify': write('PUT', '/access/groups/{groupid}', ['groupid']),
    passwd: passwd,
    'pool add': write('POST', '/pools', ['poolid']),
    'pool delete': write('DELETE', '/pools/{poolid}', ['poolid']),
    'pool list': list('/pools'),
    'pool modify': write('PUT', '/pools/{poolid}', ['poolid']),
    'realm list': list('/access/domains'),
    'role add': write('POST', '/access/roles', ['roleid']),
    'role delete': write('DELETE', '/access/roles/{roleid}', ['roleid']),
    'role list': list('/access/roles'),
    'role modify': write('PUT', '/access/roles/{roleid}', ['roleid']),
    'user modify': write('PUT', '/access/users/{userid}', ['userid']),
    'user permissions': {
      usage: '[<userid>] [OPTIONS]',
      positional: ['userid'],
      method: 'GET',
      path: '/access/permissions',
      print: (data) => answerText(data, 'text', {}),
    },
    'user token list': {
      usage: '<userid> [OPTIONS] [FORMAT_OPTIONS]',
      positional: ['userid'],
      method: 'GET',
      path: '/access/users/{userid}/token',
      print: (data, { call }) =>
        answerText(
          data,
          'text',
          findEndpoint('GET', '/access/users/x/token', call.lab.release)?.endpoint.returns ?? {},
        ),
    },
    'user token modify': write('PUT', '/access/users/{userid}/token/{tokenid}', ['userid', 'tokenid']),
    'user token remove': write('DELETE', '/access/users/{userid}/token/{tokenid}', ['userid', 'tokenid']),
    'user add': {
      usage: '<userid> [OPTIONS]',
      positional: ['userid'],
      method: 'POST',
      path: '/access/users',
    },
    'user delete': {
      usage: '<userid>',
      positional: ['userid'],
      method: 'DELETE',
      path: '/access/users/{userid}',
    },
    'user list': list('/access/users'),
    'user token add': {
      usage: '<userid> <tokenid> [OPTIONS] [FORMAT_OPTIONS]',
      positional: ['userid', 'tokenid'],
      method: 'POST',
      path: '/access/users/{userid}/token/{tokenid}',
      print: (data) => answerText(data, 'text', {}),
    },
  },
})
