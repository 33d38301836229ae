import { describe, expect, it } from 'vitest'
import { compare } from './ha-timeline-comparison.ts'
import { runTimeline } from './ha-timeline-run.ts'
import { parseHaTimeline } from './recorded-ha-timeline.ts'

const status = [
  { type: 'master', node: 'pve2' },
  { type: 'lrm', node: 'pve1', status: 'pve1 (active, Mon Sep 23 01:24:01 2024)' },
  { type: 'lrm', node: 'pve2', status: 'pve2 (active, Mon Sep 23 01:24:01 2024)' },
  { type: 'lrm', node: 'pve3', status: 'pve3 (idle, Mon Sep 23 01:24:01 2024)' },
  { type: 'service', sid: 'vm:100', node: 'pve1', request_state: 'started', max_restart: 2, max_relocate: 1 },
]
const nodes = ['pve1', 'pve2', 'pve3'].map((name) => ({ type: 'node', name }))

const poll = (what: string, data: unknown) => ({ dt: -1, src: 'poll-initial', view: 'pve1', what, data })
const action = (dt: number, text: string, rest: object = {}) => ({ dt, src: 'action', text, ...rest })
const journal = (dt: number, node: string, id: string, msg: string) => ({ dt, src: 'journal', node, id, msg })

function timelineOf(...entries: readonly object[]) {
  const all = [
    { src: 'meta', scenario: 'made up', t0: 1_700_000_000 },
    poll('cluster/status', nodes),
    poll('ha/status/current', status),
    action(0, 'before: vm:100 on pve1'),
    ...entries,
  ]
  return parseHaTimeline('99-made-up', all.map((entry) => JSON.stringify(entry)).join('\r\n'))
}

const killed = action(0, 'FAULT kill -9 of the QEMU process of VM 100 on pve1', {
  fault: 'guest',
  node: 'pve1',
})
const restarted = [
  journal(5, 'pve1', 'pve-ha-lrm', 'starting service vm:100'),
  journal(6, 'pve1', 'pve-ha-lrm', 'service status vm:100 started'),
]

describe('a recorded timeline', () => {
  it('tells how the cluster stood before, and what was done to it', () => {
    const timeline = timelineOf(
      killed,
      action(9, 'on pve1: date +%s.%N; pvecm status', { stdout: '1700000004.500000000\nQuorate: Yes\n' }),
      action(20, "API on pve3: POST /nodes/pve1/status {'command': 'reboot'} -> HTTP/1.1 200 OK"),
      action(30, 'recovered'),
    )
    expect(timeline).toMatchObject({
      title: 'made up',
      nodes: ['pve1', 'pve2', 'pve3'],
      master: 'pve2',
      activeWithoutServices: ['pve2'],
      services: [{ sid: 'vm:100', node: 'pve1', state: 'started', maxRestart: 2, maxRelocate: 1 }],
      endSeconds: 30,
    })
    expect(timeline.acts.map(({ seconds, node }) => [seconds, node])).toEqual([
      [0, 'pve1'],
      [4.5, 'pve1'],
      [20, 'pve3'],
    ])
  })

  it('has the lines of HA as phases, without those of somebody else who used the cluster', () => {
    const { marks } = timelineOf(
      killed,
      journal(8, 'pve1', 'corosync', '  [QUORUM] Members[2]: 1 2'),
      journal(8, 'pve1', 'corosync', '  [KNET  ] link: host: 3 link: 0 is down'),
      journal(9, 'pve2', 'pve-ha-crm', "node 'nosuch': state changed from 'unknown' => 'gone'"),
      journal(9, 'pve2', 'pve-ha-crm', 'crm command error - node not online: migrate vm:100 nosuch'),
      { dt: 9, src: 'guest', vmid: 555, node: 'pve1', event: 'process up' },
      { dt: 9, src: 'guest', vmid: 100, node: 'pve1', event: 'process up' },
      { dt: 9, src: 'lab', text: 'softdog-reset pve3 last keepalive 10.0 s ago' },
    )
    expect(marks.map(({ node, text }) => `${node} ${text}`)).toEqual([
      'pve1 [QUORUM] Members[2]: 1 2',
      'pve1 process up of 100',
      'pve3 reset by watchdog',
    ])
  })

  it('says how long a node lay before it booted, unless somebody switched it on', () => {
    const ended = { dt: 10, src: 'lab', text: 'node-ended pve3' }
    const booted = { dt: 22, src: 'lab', text: 'boot pve3 after watchdog' }
    expect(timelineOf(killed, ended, booted).resetPauseSeconds).toBe(12)
    expect(timelineOf(killed, ended, action(21, 'power on pve3'), booted).resetPauseSeconds).toBeUndefined()
  })

  it('is driven through the model and compared phase by phase', async () => {
    const timeline = timelineOf(killed, ...restarted, action(40, 'driver end'))
    const { marks: run } = await runTimeline(timeline, 1)
    expect(compare(timeline, run, []).differences).toEqual([])

    const [starting, started] = run.filter(({ text }) => text.includes('service'))
    const slow = run.map((mark) => (mark === started ? { ...mark, seconds: 17 } : mark))
    expect(compare(timeline, slow, []).differences).toEqual([
      '6 recorded, 17.0 here: pve1 service status vm:100 started',
    ])
    const silent = run.filter((mark) => mark !== starting)
    expect(compare(timeline, silent, []).differences).toEqual(['missing at 5: pve1 starting service vm:100'])
    const talkative = [...run, { seconds: 12, node: 'pve2', text: 'service odd' }]
    expect(compare(timeline, talkative, []).differences).toEqual(['unexpected at 12.0: pve2 service odd'])
  })

  it('names the commands a node of the lab does not have', async () => {
    const { unknownCommands } = await runTimeline(timelineOf(action(1, 'on pve1: frobnicate -x; date')), 1)
    expect(unknownCommands).toEqual(['bash: line 1: frobnicate: command not found'])
  })

  it('does not pretend to have done what it does not understand', async () => {
    const odd = action(0, 'FAULT somebody sings', { fault: 'song', node: 'pve1' })
    await expect(runTimeline(timelineOf(odd), 1)).rejects.toThrow('not understood: FAULT somebody sings')
  })

  it.each([
    ['net', 'network cut of pve3', 'RESTORE network of pve3', '[status] notice: node has quorum'],
    ['net', 'network cut of pve3', 'RESTORE pve3', '[status] notice: node has quorum'],
    ['loss', '100% packet loss at pve3', 'RESTORE pve3', '[QUORUM] Members[3]: 1 2 3'],
    ['latency', '4000 ms to and from pve3', 'RESTORE pve3', '[QUORUM] Members[3]: 1 2 3'],
    ['freeze', 'freeze of pve3', 'RESTORE pve3', '[QUORUM] Members[3]: 1 2 3'],
    ['freeze', 'freeze of pve3', 'RESTORE thaw of pve3', '[QUORUM] Members[3]: 1 2 3'],
    [
      'corosync',
      'kill of corosync on pve3',
      'RESTORE start of corosync on pve3',
      '[QUORUM] Members[3]: 1 2 3',
    ],
    ['reboot', 'graceful reboot pve3', undefined, 'status change startup => wait_for_agent_lock'],
    ['poweroff', 'graceful poweroff pve3', 'power on pve3', 'status change startup => wait_for_agent_lock'],
    ['kill', 'kill -9 of corosync on pve3', 'RESTORE pve3', '[QUORUM] Members[3]: 1 2 3'],
    ['kill', 'hard kill of node pve3', 'power on pve3', 'status change startup => wait_for_agent_lock'],
  ])('may hold a fault of the kind %s, taken back or not', async (fault, text, restored, sign) => {
    const timeline = timelineOf(
      action(0, `FAULT ${text}`, { fault, node: 'pve3' }),
      ...(restored === undefined ? [] : [action(40, restored, { fault: null, node: 'pve3' })]),
      action(120, 'driver end'),
    )
    const { marks } = await runTimeline(timeline, 1)
    expect(marks.some((mark) => mark.node === 'pve3' && mark.text === sign)).toBe(true)
  })
})
