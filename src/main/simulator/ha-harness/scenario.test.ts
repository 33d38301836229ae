import { describe, expect, it } from 'vitest'
import { ProblemError } from '../../../shared/problems/problem.ts'
import { threeNodes } from './fixtures/scenario-fixture.ts'
import { replayScenario } from './replay.ts'
import { parseScenario } from './scenario.ts'

const sound = {
  hardware: { n1: { power: 'off', network: 'off' } },
  services: { 'vm:1': { node: 'n1' } },
  commands: [['power n1 on']],
}

function problemOf(input: unknown) {
  try {
    replayScenario(input)
  } catch (error) {
    if (error instanceof ProblemError) return error.problem
    throw error
  }
  return undefined
}

describe('a scenario that is not one', () => {
  it.each([
    ['nothing at all', undefined, '(root)'],
    ['a list', [], '(root)'],
    ['no hardware', { ...sound, hardware: undefined }, 'hardware'],
    [
      'a power that is neither on nor off',
      { ...sound, hardware: { n1: { power: 'maybe', network: 'on' } } },
      'hardware.n1.power',
    ],
    ['a node name with blanks', { ...sound, hardware: { 'n 1': sound.hardware.n1 } }, 'hardware.n 1'],
    ['a service without a node', { ...sound, services: { 'vm:1': {} } }, 'services.vm:1.node'],
    [
      'a service on a node that is not there',
      { ...sound, services: { 'vm:1': { node: 'n9' } } },
      'services.vm:1.node',
    ],
    [
      'a negative limit',
      { ...sound, services: { 'vm:1': { node: 'n1', max_restart: -1 } } },
      'services.vm:1.max_restart',
    ],
    [
      'a rule of an unknown kind',
      { ...sound, rules: [{ id: 'r', type: 'odd', resources: [] }] },
      'rules.0.type',
    ],
    [
      'a saved service in an unknown state',
      { ...sound, managerStatus: { service_status: { 'vm:1': { node: 'n1', uid: 'u', state: 'odd' } } } },
      'managerStatus.service_status.vm:1.state',
    ],
    [
      'a command that does not exist',
      { ...sound, commands: [[], ['power n1 on', 'explode n1']] },
      'commands.1.1',
    ],
    ['a command for an unknown node', { ...sound, commands: [['power n9 on']] }, 'commands.0.0'],
    ['a command with a word too many', { ...sound, commands: [['reboot n1 now']] }, 'commands.0.0'],
    [
      'figures that are no numbers',
      { ...sound, commands: [['service vm:1 set-static-stats maxcpu many']] },
      'commands.0.0',
    ],
    ['commands that are no lists', { ...sound, commands: ['power n1 on'] }, 'commands.0'],
  ])('%s is a Problem that names the field', (_, input, field) => {
    expect(problemOf(input)).toMatchObject({ code: 'scenario.invalid', params: { field } })
  })

  it('is named in the Problem where it has a name', () => {
    expect(problemOf({ name: 'mine' })?.params).toEqual({ path: 'mine', field: 'hardware' })
  })
})

describe('a scenario as written', () => {
  it('has the defaults of the harness', () => {
    const { nodes, services, staticStats } = parseScenario(sound)
    expect(nodes.get('n1')).toEqual({ power: false, network: false, version: '9.0.0~2' })
    expect(services.get('vm:1')).toEqual({
      node: 'n1',
      state: 'disabled',
      failback: true,
      maxRestart: 1,
      maxRelocate: 1,
    })
    expect(staticStats).toBeUndefined()
  })

  it('may give numbers as text and say enabled for started', () => {
    const service = { node: 'n1', state: 'enabled', failback: '0', max_restart: '0', max_relocate: '3' }
    const { services } = parseScenario({ ...sound, services: { 'vm:1': service } })
    expect(services.get('vm:1')).toEqual({
      node: 'n1',
      state: 'started',
      failback: false,
      maxRestart: 0,
      maxRelocate: 3,
    })
  })

  it('may leave fields out, set them to null, and give truth and numbers in several words', () => {
    const { nodes, rules, groups, datacenter, staticStats, managerStatus } = parseScenario({
      hardware: { n1: { power: 'on', maxcpu: '8', maxmem: '1e9', rack: 'odd' }, n2: {} },
      services: null,
      rules: [
        {
          id: 'r',
          type: 'node-affinity',
          resources: ['vm:1'],
          nodes: [
            { node: 'n1', priority: ' 2 ' },
            { node: 'n2', priority: null },
          ],
          strict: 'yes',
          comment: 'odd',
        },
      ],
      groups: [{ id: 'g', nodes: [{ node: 'n1' }], restricted: 'on', nofailback: 0 }],
      datacenter: { console: 'html5', ha: null, crs: { 'ha-auto-rebalance-threshold': '0.5' } },
      managerStatus: null,
      staticServiceStats: null,
      commands: [],
    })
    expect(nodes.get('n1')).toMatchObject({ power: true, network: false, maxcpu: 8, maxmem: 1e9 })
    expect(rules).toMatchObject([{ strict: true, nodes: [{ priority: 2 }, { priority: 0 }] }])
    expect(groups).toMatchObject([{ restricted: true, nofailback: false }])
    expect(datacenter).toEqual({ crs: { autoRebalanceThreshold: 0.5 } })
    expect(managerStatus).toEqual({ nodeStatus: {}, serviceStatus: {}, nodeRequest: {} })
    expect(staticStats).toBeUndefined()
  })

  it('may begin with a saved manager status, commands included', () => {
    const { managerStatus } = parseScenario({
      ...sound,
      managerStatus: {
        master_node: 'n1',
        node_status: { n1: 'online' },
        service_status: {
          'vm:1': {
            state: 'started',
            node: 'n1',
            uid: 'u',
            running: 1,
            cmd: ['migrate', 'n2'],
            failed_nodes: ['n2'],
          },
        },
        node_request: { n1: { maintenance: 1 } },
        disarm: { mode: 'freeze', state: 'disarmed' },
        relocate_tried_nodes: {},
      },
    })
    expect(managerStatus).toEqual({
      masterNode: 'n1',
      nodeStatus: { n1: 'online' },
      serviceStatus: {
        'vm:1': {
          state: 'started',
          node: 'n1',
          uid: 'u',
          running: true,
          pending: { task: 'migrate', target: 'n2' },
          failedNodes: ['n2'],
        },
      },
      nodeRequest: { n1: { maintenance: true } },
      disarm: { mode: 'freeze', state: 'disarmed' },
    })
  })

  it('keeps an empty list of commands, which uses up its turn', () => {
    const times = (later: string[][]) =>
      replayScenario(threeNodes({ services: {}, later }))
        .log.filter(({ source }) => source === 'cmdlist')
        .at(-1)?.time
    expect(times([['delay 0']])).toBe(120)
    expect(times([[], ['delay 0']])).toBe(220)
  })
})
