import { describe, expect, it } from 'vitest'
import { parseCrmCommand } from './crm-commands.ts'
import { isAtLeast } from './groups-migration.ts'

describe('a line for the CRM', () => {
  it.each([
    ['migrate vm:1 n2', { kind: 'move', task: 'migrate', sid: 'vm:1', target: 'n2' }],
    ['relocate ct:2 n1', { kind: 'move', task: 'relocate', sid: 'ct:2', target: 'n1' }],
    ['stop vm:1 30', { kind: 'stop', sid: 'vm:1', timeoutSeconds: 30 }],
    ['enable-node-maintenance n1', { kind: 'enable-node-maintenance', node: 'n1' }],
    ['disable-node-maintenance n1', { kind: 'disable-node-maintenance', node: 'n1' }],
    ['disarm-ha ignore', { kind: 'disarm-ha', mode: 'ignore' }],
    ['arm-ha', { kind: 'arm-ha' }],
  ])('%s is understood', (line, command) => {
    expect(parseCrmCommand(line)).toEqual(command)
  })

  it.each([
    '',
    'migrate vm:1',
    'stop vm:1',
    'stop vm:1 soon',
    'disarm-ha',
    'disarm-ha now',
    'arm-ha n1',
    'dance',
    'migrate vm:1 n2 n3',
  ])('"%s" is not', (line) => {
    expect(parseCrmCommand(line)).toBeUndefined()
  })
})

describe('a version of pve-manager', () => {
  it.each([
    ['9.0.0~16', true],
    ['9.0.0~15', false],
    ['9.0.0', true],
    ['9.0-1', true],
    ['9.1.2', true],
    ['8.4.14', false],
    ['10.0.0~1', true],
    ['unknown', false],
  ])('%s reads rules: %s', (version, expected) => {
    expect(isAtLeast(version, '9.0.0~16')).toBe(expected)
  })
})
