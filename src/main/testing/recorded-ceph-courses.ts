/** What was done to the clusters of recorded scenarios, and when, to be done to a model. */
import type { CephBench, CephBenchOptions } from './ceph-bench.ts'

const mebibyte = 1024 * 1024
const shortOut = { osdDownOut: [60, 65] as const }

export interface RecordedCourse {
  readonly scenario: string
  readonly options: Omit<CephBenchOptions, 'seed'>
  readonly act: (bench: CephBench) => Promise<void>
  /** Part of the recording that belongs to the fault. */
  readonly from?: number
  readonly to: number
  /** Where the next fault of the same session begins in the client's record. */
  readonly nextFault?: number
  /** Seconds between recorded and modelled time of one event at most; 7 covers two periods of statistics. */
  readonly tolerance?: number
  /** Events whose time the documentation leaves wide open, or that the model does not follow; the reason why. */
  readonly apart?: Readonly<Record<string, string>>
  /** Recorded answers, as step and command, that the model does not give; the reason why. */
  readonly answersApart?: Readonly<Record<string, string>>
}

export const recordedCourses: readonly RecordedCourse[] = [
  {
    scenario: '03a-osd-killed-3osd',
    options: { parameters: shortOut, activeManager: 'node3', objects: 212 },
    nextFault: 290,
    to: 320,
    tolerance: 30,
    async act(bench) {
      bench.stopOsd(2, 'killed')
      await bench.until(4)
      await bench.writeUntil(17, 3745, mebibyte)
      await bench.until(75)
      bench.startOsd(2)
      await bench.until(270.9)
      bench.cluster.settings.thresholds.osdRecoverySleep = 0
      bench.cluster.settingsChanged()
      await bench.until(320)
    },
  },
  {
    scenario: '03b-osd-frozen-3osd',
    options: { objects: 3957 },
    to: 60,
    answersApart: {
      'b-down status': 'recorded in the two seconds before groups were seen to peer',
      'b-down health-detail': 'likewise',
    },
    async act(bench) {
      bench.stopOsd(1, 'lost')
      await bench.until(31.5)
      bench.thawOsd(1)
      await bench.until(60)
    },
  },
  {
    scenario: '03c-osd-frozen-default-timers-6osd',
    options: { osdsPerNode: 2, objects: 166, objectBytes: 2.34 * mebibyte },
    to: 720,
    tolerance: 12,
    apart: { '+PG_DEGRADED': 'a return recovered 3 objects, the model none', '-PG_DEGRADED': 'likewise' },
    async act(bench) {
      bench.stopOsd(5, 'lost')
      await bench.until(679.3)
      bench.startOsd(5)
      await bench.until(720)
    },
  },
  {
    scenario: '03d-osd-graceful-stop',
    options: { objects: 3957 },
    nextFault: 19,
    to: 40,
    async act(bench) {
      bench.stopOsd(0, 'orderly')
      await bench.until(5.4)
      bench.startOsd(0)
      await bench.until(40)
    },
  },
  {
    scenario: '04a-host-down-processes-killed',
    options: { parameters: shortOut, activeManager: 'node3', objects: 3957 },
    nextFault: 105,
    to: 110,
    async act(bench) {
      bench.killHost('node3')
      await bench.until(86.4)
      bench.startHost('node3')
      await bench.until(110)
    },
  },
  {
    scenario: '04b-host-down-power-loss',
    options: { parameters: shortOut, activeManager: 'node1', objects: 3957 },
    to: 80,
    async act(bench) {
      bench.freezeHost('node1')
      await bench.until(50.5)
      bench.startHost('node1')
      await bench.until(80)
    },
  },
  {
    scenario: '05a-two-hosts-down-quorum-lost',
    options: { activeManager: 'node1' },
    to: 170,
    tolerance: 12,
    async act(bench) {
      bench.killHost('node2')
      bench.killHost('node3')
      await bench.until(130.7)
      bench.startHost('node2')
      await bench.until(143.5)
      bench.startHost('node3')
      await bench.until(180)
    },
    apart: {
      '+PG_AVAILABILITY': 'groups without clients are named while they peer, for longer or shorter',
      '-PG_AVAILABILITY': 'likewise',
      '+PG_DEGRADED': 'the third OSD was reported only when it was about to return',
      '-PG_DEGRADED': 'likewise',
      'up 2': 'an old instance goes down a second before its new one comes up',
      'up 3': 'likewise',
      '+OSD_DOWN': 'likewise',
      '-OSD_DOWN': 'likewise',
      '+OSD_HOST_DOWN': 'likewise',
      '-OSD_HOST_DOWN': 'likewise',
      states: 'the third OSD went down so late that its groups were never seen degraded',
    },
    answersApart: {
      'c-node2-returning status':
        'recorded in the first second of the quorum, before slow requests were counted',
      'c-node2-returning health-detail': 'likewise',
      'd-node2-back-2of3 status': 'recorded in the second between an old instance and its new one',
      'd-node2-back-2of3 health-detail': 'likewise',
      'd-node2-back-2of3 osd-tree': 'likewise',
      'd-node2-back-2of3 osd-df': 'likewise',
    },
  },
  {
    scenario: '05b-mon-quorum-lost-osds-alive',
    options: {},
    to: 60,
    async act(bench) {
      const { monitors } = bench.cluster
      monitors.stop('node2', false)
      monitors.stop('node3', false)
      await bench.until(43)
      monitors.start('node2', 1)
      monitors.start('node3', 1)
      await bench.until(60)
    },
  },
  {
    scenario: '06a-two-osds-killed-mons-up',
    options: { parameters: shortOut, objects: 3958, activeManager: 'node2' },
    to: 130,
    tolerance: 9,
    apart: {
      '+PG_AVAILABILITY': 'one idle group was named inactive for a moment 25 s after the fault',
      '-PG_AVAILABILITY': 'likewise',
    },
    answersApart: {
      'c-inactive status': 'likewise: the idle group is named earlier or later',
      'c-inactive health-detail': 'likewise',
    },
    async act(bench) {
      bench.stopOsd(1, 'killed')
      bench.stopOsd(2, 'killed')
      await bench.until(90.4)
      bench.startOsd(1)
      await bench.until(102.4)
      bench.startOsd(2)
      await bench.until(130)
    },
  },
  {
    scenario: '07-flags',
    options: { objects: 3958, thresholds: { osdRecoverySleep: 0 }, activeManager: 'node2' },
    to: 150,
    async act(bench) {
      const steps: [number, string][] = [
        [0.4, 'osd set noout'],
        [1.4, 'osd set norecover'],
        [2.4, 'osd set nobackfill'],
        [3.4, 'osd set norebalance'],
        [106.5, 'osd unset norecover'],
        [107.5, 'osd unset nobackfill'],
        [108.5, 'osd unset norebalance'],
        [115.5, 'osd unset noout'],
        [117, 'osd pause'],
        [128, 'osd unpause'],
        [132, 'osd set nodown'],
        [133, 'osd set noup'],
        [134, 'osd set noin'],
        [135, 'osd set noscrub'],
        [136, 'osd set nodeep-scrub'],
        [140, 'osd unset nodown'],
        [141, 'osd unset noup'],
        [142, 'osd unset noin'],
        [143, 'osd unset noscrub'],
        [143.2, 'osd unset nodeep-scrub'],
        [144, 'osd set-group noout osd.2'],
        [147, 'osd unset-group noout osd.2'],
      ]
      for (const [second, command] of steps) {
        if (second === 106.5) {
          await bench.until(6.5)
          bench.stopOsd(2, 'killed')
          await bench.until(9)
          await bench.writeUntil(12, 301, mebibyte)
          await bench.until(86)
          bench.startOsd(2)
        }
        await bench.until(second)
        bench.ask(...command.split(' '))
      }
      await bench.until(155)
    },
    apart: {
      '+OSDMAP_FLAGS': 'flags of several steps, one of them bridged here',
      '-OSDMAP_FLAGS': 'likewise',
    },
  },
  {
    scenario: '08-full',
    options: { diskGiB: 3, objects: 0, managers: 2 },
    to: 280,
    async act(bench) {
      const object = 4 * mebibyte
      await bench.writeUntil(104, 580, object)
      await bench.writeUntil(108, 20, object)
      await bench.until(115)
      await bench.writeUntil(134, 18, object)
      await bench.writeUntil(138, 12, object)
      await bench.until(147)
      await bench.writeUntil(178, 26, object)
      await bench.writeUntil(182, 8, object)
      await bench.until(238)
      bench.ask('osd', 'set-full-ratio', '0.97')
      await bench.until(250)
      bench.write(-50, object)
      await bench.until(255)
      bench.write(-600, object)
      await bench.until(280)
    },
  },
  {
    scenario: '09-clock-skew',
    options: {},
    from: 1,
    to: 22.55,
    async act(bench) {
      const { monitors, clocks } = bench.cluster
      await bench.until(2.4)
      monitors.stop('node3', true)
      await bench.until(7.6)
      clocks.setOffset('node3', 2)
      monitors.start('node3', 1)
      await bench.until(15)
      monitors.stop('node3', true)
      await bench.until(20.05)
      clocks.setOffset('node3', 0)
      monitors.start('node3', 1)
      await bench.until(40)
    },
  },
  {
    scenario: '10-slow-ops-two-osds-frozen',
    // The recorded OSDs had sent their last beacons 21 s and 15 s before they froze.
    options: { parameters: { osdBeaconTimeout: [855, 861] }, objects: 93 },
    to: 930,
    tolerance: 20,
    apart: {
      'up 2': 'the second OSD may be missed in the same second as the first',
      '+PG_AVAILABILITY': 'peering, then inactive; when idle groups last spoke decides about the gap between',
      '-PG_AVAILABILITY': 'likewise',
    },
    answersApart: {
      'd-down-by-report-timeout osd-tree': 'the OSDs may be missed in the other order or at once',
      'd-down-by-report-timeout osd-df': 'likewise',
      'e-both-down status': 'recorded while groups peered, before they were seen degraded',
      'e-both-down health-detail': 'likewise',
    },
    async act(bench) {
      bench.stopOsd(1, 'lost')
      bench.stopOsd(2, 'lost')
      await bench.until(910)
      bench.thawOsd(1)
      bench.thawOsd(2)
      await bench.until(940)
    },
  },
]
