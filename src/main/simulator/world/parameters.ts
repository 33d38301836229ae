/**
 * Every number the embedded lab is made of, with its unit and where it comes from. docs/model.md shows the
 * same table to readers; a test keeps the two equal.
 *
 * A range is drawn evenly from the seeded source each time the thing happens.
 */
import type { Random } from '../../contracts/random.ts'
import { cephParameters } from './ceph/ceph-parameters.ts'
import {
  assumption,
  cephMeasured,
  chronyConf,
  corosyncConf,
  debianChrony,
  haManager,
  one,
  type Range,
  range,
  recording,
} from './parameter.ts'

export type { Range } from './parameter.ts'

export const parameterTable = {
  // Node: switching on
  nodeFirmware: range(7, 11, 's', 'power on to kernel: firmware and the boot menu with its 5 s', assumption),
  nodeKernel: range(12, 18, 's', 'kernel start to network', assumption),
  nodeEarlyServices: range(5, 9, 's', 'network up to the start of the cluster file system', assumption),
  nodeResetPause: one(0, 's', 'watchdog reset to firmware', 'softdog reboots the kernel at once'),
  pmxcfsStart: range(1, 1.1, 's', 'start of the cluster file system', recording),
  corosyncStart: range(0.3, 0.4, 's', 'start of corosync until it is a member of its own ring', recording),
  crmStart: range(1, 1.9, 's', 'corosync started to CRM started', recording),
  pveproxyStart: range(1, 1.4, 's', 'quorum seen to pveproxy started', recording),
  pveproxyStartTimeout: one(90, 's', 'pveproxy stops waiting for quorum, the LRM starts', 'systemd default'),
  lrmStart: range(0.5, 0.8, 's', 'pveproxy started to LRM started', recording),
  pveGuestsStart: range(0.6, 0.8, 's', 'LRM started to start of the guests outside HA', recording),
  bootSlowdownOneCpu: one(
    1.6,
    'factor',
    'boot of a node with one processor, against two or more',
    assumption,
  ),

  // Node: orderly shutdown
  shutdownToStopGuests: range(
    4.5,
    5,
    's',
    'power button to pve-guests stopping guests outside HA',
    recording,
  ),
  stopGuestsToLrmStop: range(0.8, 0.9, 's', 'those guests stopped to the LRM told', recording),
  lrmExitToCrmStop: range(2.3, 2.5, 's', 'LRM gone to the CRM told', recording),
  crmExit: range(1.9, 2.1, 's', 'CRM told to CRM gone', recording),
  crmExitToCorosyncLeave: range(2.5, 2.7, 's', 'CRM gone to corosync leaving', recording),
  corosyncLeaveToOff: range(3.2, 3.6, 's', 'corosync gone to power off', recording),

  // Corosync and the cluster file system
  totemTokenBase: one(3000, 'ms', 'token time-out with two nodes', corosyncConf),
  totemTokenCoefficient: one(650, 'ms', 'more token time-out for each node beyond two', corosyncConf),
  totemConsensusFactor: one(1.2, 'factor', 'consensus time-out against the token time-out', corosyncConf),
  totemTokenWarning: one(
    0.75,
    'fraction',
    'part of the token time-out after which its absence is logged',
    corosyncConf,
  ),
  corosyncScheduleWarning: one(
    0.8,
    'fraction',
    'part of the token time-out that its process may stand still unsaid',
    corosyncConf,
  ),
  totemGather: range(50, 200, 'ms', 'all heard again while gathering to the new ring', assumption),
  knetPongCount: one(2, 'count', 'pings lost or answered in a row until a link is down or up', corosyncConf),
  knetDownPings: range(1.65, 2.2, 'factor', 'way gone to its link down, in ping intervals', recording),
  knetUpPings: range(2.25, 2.85, 'factor', 'way there to its link up, in ping intervals', recording),
  totemTokenAge: range(50, 450, 'ms', 'time since the last token when a node fails', recording),
  totemMerge: range(2.65, 3.2, 's', 'corosync started to joint membership', recording),
  totemLeave: one(10, 'ms', 'orderly leave to new membership', recording),
  pmxcfsSync: range(1.6, 2, 's', 'membership to quorum seen by a joining file system', recording),
  pmxcfsRetry: one(6, 's', 'start of a file system until it no longer looks for corosync', recording),
  pmxcfsResume: range(30, 100, 'ms', 'new membership to blocked writes going on', recording),
  pmxcfsMembers: range(110, 150, 'ms', 'new membership to the list of members showing it', recording),
  lockLifetime: one(120, 's', 'age at which a lock not renewed may be taken', recording),
  lockUnlockInTime: one(
    0.5,
    'fraction',
    'an expired lock is free already at the second attempt of one round (one of two recordings)',
    recording,
  ),
  lockRetry: range(2, 5.6, 's', 'attempts of an LRM that cannot renew its lock', recording),

  // HA daemons
  haRoundOverrun: range(12, 20, 'ms', 'what a round of 10 s takes longer', recording),
  haSlaveAttempt: one(1, 's', "distance of a CRM slave's attempts at the manager lock", recording),
  haLockAttempts: one(
    5,
    'count',
    'such attempts of a CRM that has just become quorate, before it is a slave',
    recording,
  ),
  lrmMaxWorkers: one(4, 'count', 'guest actions an LRM has under way at once', haManager),
  haStopTimeout: one(60, 's', 'shutdown of an HA guest before it is stopped hard', recording),
  watchdogClientTimeout: one(60, 's', 'watchdog client not fed until the multiplexer gives up', haManager),
  watchdogTick: one(1, 's', 'look of the multiplexer at its clients, and feeding of the device', recording),
  watchdogDeviceTimeout: one(10, 's', 'device not fed until the reset', haManager),

  // Guests
  vmStartTask: range(0.4, 0.7, 's', 'start task of a virtual machine', recording),
  ctStartTask: range(1, 2, 's', 'start task of a container, with mapping of its disk', assumption),
  guestLockTimeout: one(10, 's', "task waits for another one's lock on the guest until it fails", assumption),
  vmKernel: range(14, 22, 's', 'virtual machine started to network answering, nested', assumption),
  ctKernel: range(2, 4, 's', 'container started to network answering', assumption),
  guestService: range(3, 6, 's', 'network answering to web server answering', assumption),
  vmShutdown: range(5, 12, 's', 'virtual machine asked to shut down until it is off', assumption),
  ctShutdown: range(2, 5, 's', 'container asked to shut down until it is off', assumption),
  guestServiceStop: range(0.3, 1, 's', 'shutdown asked to web server stopped', assumption),
  guestStopTimeout: one(
    180,
    's',
    'shutdown of a guest outside HA before it is stopped hard',
    'qm(1) default',
  ),
  serviceRestartPause: one(0.1, 's', 'service died until systemd starts it again', 'systemd default'),
  serviceCapacity: one(
    200,
    'count',
    'requests a service under load answers per second, the lab saying nothing else',
    assumption,
  ),
  serviceBacklog: one(
    511,
    'count',
    'requests that wait for a service under load',
    'default of nginx and Apache',
  ),
  guestTerminate: range(0.2, 0.4, 's', 'guest stopped hard until its process is gone', recording),
  guestStateRate: one(100, 'MiB/s', 'memory written to disk and read again by a suspended guest', assumption),
  addressRelearn: range(0, 200, 'ms', 'switch learns that an address has moved', assumption),

  // Migration
  migrationPrepare: range(
    1.4,
    1.8,
    's',
    'live migration begun until a process waits at the target',
    recording,
  ),
  migrationTunnel: range(1.4, 1.5, 's', 'process at the target until memory is copied', recording),
  migrationRate: one(100, 'MiB/s', 'memory copied by one encrypted stream', assumption),
  migrationDowntimeLimit: one(
    0.1,
    's',
    'estimated stop-and-copy with which a live migration is content',
    recording,
  ),
  migrationPatience: one(5, 's', 'rounds without progress until that limit is raised', assumption),
  migrationRaise: one(2, 'factor', 'raise of that limit', assumption),
  migrationDeviceState: one(
    1.5,
    'MiB',
    "virtual devices' state: what was sent without touched memory",
    recording,
  ),
  migrationResume: range(0.1, 0.4, 's', 'memory copied until the guest goes on at the target', assumption),
  migrationFinish: range(1.9, 2.5, 's', 'guest resumed until the source is tidied up', recording),
  migrationUnreachable: one(3.07, 's', 'connection to a node that is not there until it fails', 'measured'),
  migrationSilence: one(924.6, 's', 'silence of a connection until it is given up', 'Linux tcp_retries2'),
  offlineMigration: range(1.1, 1.7, 's', 'migration task of a guest that does not run', recording),
  guestDirtyRate: one(4, 'MiB/s', 'memory a virtual machine writes to without load', assumption),
  guestDirtyPerRequest: one(
    0.05,
    'MiB',
    'memory a service writes to for each request it answers',
    assumption,
  ),
  guestWorkingSet: one(0.2, 'fraction', 'touched memory that is written to again and again', assumption),

  // Memory and processors
  hostBaseMemory: one(6144, 'MiB', "the laptop's own system, browser and this program", assumption),
  nodeBaseMemory: one(
    1229,
    'MiB',
    'Proxmox VE without guests',
    'middle of 1.0 to 1.5 GB seen on small nodes',
  ),
  cephNodeMemory: one(820, 'MiB', 'monitor, manager and OSD under light load', cephMeasured),
  guestResidentCt: one(0.25, 'fraction', 'memory of a container really touched', assumption),
  guestBusyProcessors: one(0.1, 'fraction', 'processors of a running guest that are busy', assumption),
  guestResidentVm: one(0.5, 'fraction', 'memory of a virtual machine really touched', assumption),
  nodeSwapLeast: one(
    4096,
    'MiB',
    'swap of a node is its memory, but at least this',
    'PVE installer documentation',
  ),
  nodeSwapMost: one(8192, 'MiB', 'and at most this', 'PVE installer documentation'),
  nodeSwapDiskShare: one(
    0.125,
    'fraction',
    'and at most this part of the system disk',
    'PVE installer documentation',
  ),
  pressureFree: one(0.9, 'fraction', 'memory in demand up to which nothing slows down', assumption),
  pressureSlowdown: one(2, 'factor', 'slowdown added per unit of memory demand beyond', assumption),
  pressureSlowdownMost: one(4, 'factor', 'largest slowdown by memory', assumption),

  swapThrashFrom: one(
    1.5,
    'factor',
    'demand against memory from which on pages in use are swapped: a third of what is touched is idle',
    assumption,
  ),
  swapStallInterval: one(
    600,
    's',
    'mean time between stalls at a demand of as much again beyond that',
    assumption,
  ),
  swapStallLeast: one(0.5, 's', 'shortest stall of a node that swaps pages in use', assumption),
  swapStallTail: one(1.5, 'factor', 'exponent of the distribution (Pareto) of stalls', assumption),
  swapStallMost: one(300, 's', 'longest stall', assumption),
  swapApiDelay: range(
    1,
    4,
    's',
    'more time for an answer at a demand of as much again beyond that',
    assumption,
  ),
  vmEmulationSlowdown: one(
    10,
    'factor',
    'virtual machine without nested virtualization, slower than with it (QEMU without KVM: 10 to 50)',
    assumption,
  ),
  cephRestart: one(
    10,
    's',
    'Ceph daemon killed until systemd starts it again',
    "assumption (Ceph's systemd units, not checked)",
  ),
  cephRestartBurst: one(
    3,
    'count',
    'starts of a Ceph daemon within the time below',
    "assumption (Ceph's systemd units, not checked)",
  ),
  cephRestartWindow: one(
    1800,
    's',
    'time within which starts are counted',
    "assumption (Ceph's systemd units, not checked)",
  ),

  // Clocks
  clockDrift: range(1, 20, 'ppm', 'drift of a clock that hears no time server, fast or slow', assumption),
  clockResidual: one(0.0005, 's', 'most that a synchronised clock is off', assumption),
  chronyPoll: one(64, 's', 'between two looks of chrony at its time server', chronyConf),
  chronyStepLooks: one(3, 'count', 'looks after its start in which chrony steps a clock', debianChrony),
  chronyStepFrom: one(1, 's', 'offset from which on it does', debianChrony),
  chronySlewRate: one(83_333, 'ppm', 'rate at which it sets a clock right otherwise', chronyConf),

  ...cephParameters,

  // Storage
  recordRate: one(
    18.5,
    'count',
    'records of 4 KiB a guest writes and flushes per second, one after the other (17.9 to 18.8)',
    cephMeasured,
  ),
  rbdWatchTimeout: range(
    25,
    30,
    's',
    'last word of a dead client until its image is free (time-out 30 s, seen 27.9)',
    cephMeasured,
  ),
  rbdBlocklistTime: one(3600, 's', 'a client whose lock was broken stays blocked', cephMeasured),
  diskWritten: one(2048, 'MiB', "written part of a guest's disk, which a copy of it moves", assumption),
  diskCopyRate: one(100, 'MiB/s', 'copy of a disk to another node', assumption),
  replicationOverhead: range(2, 4, 's', 'sync of a disk without its data: logins, snapshots', assumption),
  nasBoot: range(25, 45, 's', 'power on of a NAS until it serves its exports', assumption),
  nasShutdown: range(3, 8, 's', 'power button of a NAS until it is off', assumption),
  nfsReconnect: range(1, 15, 's', 'server reached again until a hard mount goes on', assumption),
  nfsGrace: one(
    90,
    's',
    'restart of the server until new files can be opened',
    'assumption (nfsd(7), not checked)',
  ),
  nfsServerCache: range(
    5,
    30,
    's',
    'records that an export with async answers for and has in memory only',
    assumption,
  ),
  drbdTimeout: range(
    5,
    6,
    's',
    'peer silent until a write is acknowledged without it',
    'assumption (drbd.conf(5), not checked)',
  ),
  drbdConnect: range(
    1,
    10,
    's',
    'path to the peer until both have compared their copies',
    'assumption (drbd.conf(5), not checked)',
  ),
  drbdInFlight: range(0.05, 1, 's', 'records that protocol A has sent and the peer not written', assumption),
  drbdSyncRate: one(100, 'MiB/s', 'resync of a copy', 'assumption (drbd.conf(5), not checked)'),

  // Observation
  driverLatency: range(60, 180, 'ms', 'command to the hypervisor', assumption),
  observerLatency: range(15, 60, 'ms', 'question to the cluster', recording),
  observerTimeout: one(5, 's', 'question to the cluster without an answer', assumption),
  probeRttIcmp: range(0.25, 0.9, 'ms', 'echo through two layers of virtual switches', assumption),
  probeRttTcp: range(0.3, 1.2, 'ms', 'TCP connect', assumption),
  probeRttHttp: range(1.5, 6, 'ms', 'small page from a web server', assumption),
  labSwitchOnSpread: range(0, 2, 's', 'switching on one node after another', assumption),
} as const

type Table = typeof parameterTable

/** Values by name. Times keep the unit of the table; use `milliseconds` to draw them. */
export type WorldParameters = { readonly [Name in keyof Table]: Table[Name]['value'] }

export function worldParameters(changes: Partial<WorldParameters> = {}): WorldParameters {
  const values = Object.fromEntries(
    Object.entries(parameterTable).map(([name, parameter]) => [name, parameter.value]),
  )
  return { ...(values as unknown as WorldParameters), ...changes }
}

/** A moment of a range given in seconds, in whole milliseconds. */
export function millisecondsIn(seconds: Range, random: Random): number {
  return Math.round(random.between(seconds[0], seconds[1]) * 1000)
}
