import { findEndpoint } from '../../pve-front-end/api-facts.ts'
import { answerText } from '../pve-command/answer-text.ts'
import { pveCommand } from '../pve-command/pve-command.ts'
import type { Subcommand } from '../pve-command/subcommand.ts'

const list = (path: string): Subcommand => ({
  usage: ' [OPTIONS] [FORMAT_OPTIONS]',
  method: 'GET',
  path,
  print: (data, { call }) =>
    answerText(data, 'text', findEndpoint('GET', path, call.lab.release)?.endpoint.returns ?? {}),
})

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
    'role list': list('/access/roles'),
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
