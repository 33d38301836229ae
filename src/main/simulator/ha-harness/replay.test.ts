import { describe, expect, it } from 'vitest'
import { disarmAndGroups } from './fixtures/disarm-and-groups.ts'
import { fencedAtWork } from './fixtures/fenced-at-work.ts'
import { masters } from './fixtures/masters.ts'
import { nodeLoss } from './fixtures/node-loss.ts'
import { placements } from './fixtures/placements.ts'
import { policiesAndGroups } from './fixtures/policies-and-groups.ts'
import { type ScenarioFixture, threeNodes } from './fixtures/scenario-fixture.ts'
import { seldomStates } from './fixtures/seldom-states.ts'
import { serviceLives } from './fixtures/service-lives.ts'
import { shutdowns } from './fixtures/shutdowns.ts'
import { formatLogLine, type LogLine, replayScenario } from './replay.ts'

const render = ({ level, time, source, message }: LogLine) => `${level} ${time} ${source}: ${message}`

/** Private clocks may lag behind, so the cut is made at the first line from that time on. */
function logFrom(fixture: ScenarioFixture): string[] {
  const { log } = replayScenario(fixture.scenario)
  return log.slice(log.findIndex(({ time }) => time >= fixture.from)).map(render)
}

describe.each([
  ['when nodes are lost', nodeLoss],
  ['when nodes go down in good order', shutdowns],
  ['over the life of services', serviceLives],
  ['when placing services', placements],
  ['when HA is disarmed or groups end', disarmAndGroups],
  ['when masters change', masters],
  ['when policies are odd and groups old', policiesAndGroups],
  ['in seldom states', seldomStates],
  ['when nodes are fenced at work', fencedAtWork],
])('replaying scenarios %s', (_, fixtures) => {
  it.each(fixtures)('$name', (fixture) => {
    expect(logFrom(fixture)).toEqual(fixture.expected)
  })
})

describe('replaying scenarios at the edges', () => {
  it('reports dropped rules before services are started', () => {
    const contradiction = placements.find(({ name }) => name.startsWith('rules that contradict'))
    const messages = replayScenario(contradiction?.scenario).log.map(({ message }) => message)
    const dropped = messages.filter((message) => message.startsWith('Drop rule'))
    expect(dropped).toEqual([
      "Drop rule 'apart', because rule shares two or more resources with a positive resource affinity rule.",
      "Drop rule 'together', because rule shares two or more resources with a negative resource affinity rule.",
    ])
  })

  it('ends with an error line when a command makes no sense at its time', () => {
    const { log } = replayScenario(threeNodes({ services: {}, later: [['service vm:999 stopped']] }))
    expect(log.at(-1)).toEqual({
      level: 'err',
      time: 120,
      source: 'hardware',
      message: "exit simulation - no such service 'vm:999' ",
    })
  })

  it('ends when the simulated time runs out', () => {
    const { log } = replayScenario(threeNodes({ services: {}, later: [['delay 20000'], ['delay 0']] }))
    expect(log.at(-1)?.message).toBe(
      'exit simulation - simulation exceeded maximum time (10000) - force end ',
    )
  })

  it('prints columns of fixed width', () => {
    const line = { level: 'info', time: 20, source: 'alpha/crm', message: 'hello' }
    expect(formatLogLine(line)).toBe('info     20    alpha/crm: hello')
  })
})
