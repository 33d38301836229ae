/** The programs of a node. Another one is a file in `programs`, and a line here. */
import type { Programs } from './program.ts'
import { aptGet } from './programs/apt-get.ts'
import { ceph } from './programs/ceph.ts'
import { chronyc } from './programs/chronyc.ts'
import * as clock from './programs/clock.ts'
import { seq, test } from './programs/conditions.ts'
import { corosyncCmapctl } from './programs/corosync-cmapctl.ts'
import { corosyncCfgtool, corosyncQuorumtool } from './programs/corosync-tools.ts'
import * as disks from './programs/disks.ts'
import * as folders from './programs/folders.ts'
import { haManager } from './programs/ha-manager.ts'
import { journalctl } from './programs/journalctl.ts'
import * as network from './programs/network.ts'
import { openssl } from './programs/openssl.ts'
import { pct } from './programs/pct.ts'
import * as power from './programs/power.ts'
import * as processes from './programs/processes.ts'
import { pveam } from './programs/pveam.ts'
import { pveceph } from './programs/pveceph.ts'
import { pvecm } from './programs/pvecm.ts'
import { pvenode } from './programs/pvenode.ts'
import { pvesh } from './programs/pvesh.ts'
import { pvesm } from './programs/pvesm.ts'
import { pvesr } from './programs/pvesr.ts'
import { pveum } from './programs/pveum.ts'
import { pveversion } from './programs/pveversion.ts'
import { qm } from './programs/qm.ts'
import { rbd } from './programs/rbd.ts'
import * as resources from './programs/resources.ts'
import * as system from './programs/system.ts'
import { systemctl } from './programs/systemctl.ts'
import * as text from './programs/text-filters.ts'
import { ping, ssh, watch } from './programs/to-others.ts'
import { qmrestore, vzdump } from './programs/vzdump.ts'
import { zpool } from './programs/zpool.ts'

export const programs: Programs = {
  '[': test,
  apt: aptGet,
  'apt-get': aptGet,
  bash: system.bash,
  cat: text.cat,
  cd: system.cd,
  ceph,
  'ceph-volume': disks.cephVolume,
  chronyc,
  clear: system.clear,
  'corosync-cfgtool': corosyncCfgtool,
  'corosync-cmapctl': corosyncCmapctl,
  'corosync-quorumtool': corosyncQuorumtool,
  cp: folders.cp,
  cut: text.cut,
  date: clock.date,
  df: resources.df,
  diff: text.diff,
  echo: text.echo,
  env: system.env,
  false: system.fail,
  find: folders.find,
  free: resources.free,
  grep: text.grep,
  'ha-manager': haManager,
  halt: power.poweroff,
  head: text.head,
  hostname: system.hostname,
  hostnamectl: system.hostnamectl,
  id: system.id,
  ip: network.ip,
  iptables: network.iptables,
  journalctl,
  kill: processes.kill,
  killall: processes.killall,
  ls: folders.ls,
  lsblk: disks.lsblk,
  lvs: disks.lvs,
  mkdir: folders.mkdir,
  nproc: resources.nproc,
  mv: folders.mv,
  openssl,
  pct,
  pgrep: processes.pgrep,
  pidof: processes.pidof,
  ping,
  pkill: processes.pkill,
  poweroff: power.poweroff,
  ps: processes.ps,
  pveam,
  pveceph,
  pvecm,
  pvenode,
  pvs: disks.pvs,
  pvesh,
  pvesm,
  pvesr,
  pveum,
  pveversion,
  pwd: system.pwd,
  qm,
  qmrestore,
  rbd,
  reboot: power.reboot,
  rm: folders.rm,
  seq,
  sh: system.bash,
  sgdisk: disks.sgdisk,
  shutdown: power.shutdown,
  sleep: system.sleep,
  sort: text.sort,
  ssh,
  systemctl,
  tail: text.tail,
  tc: network.tc,
  tee: text.tee,
  test,
  timedatectl: clock.timedatectl,
  timeout: system.timeout,
  touch: folders.touch,
  true: system.succeed,
  uname: system.uname,
  uptime: system.uptime,
  vgremove: disks.vgremove,
  vgs: disks.vgs,
  vzdump,
  watch,
  wc: text.wc,
  which: system.which,
  whoami: system.whoami,
  wipefs: disks.wipefs,
  yes: text.yes,
  zpool,
}
