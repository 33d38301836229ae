import type { CephReport } from '../ceph-report.ts'
import { unixSeconds } from './cluster-time.ts'

/** As Ceph 16 of Debian has them (recorded). */
const alwaysOn = [
  'balancer',
  'crash',
  'devicehealth',
  'orchestrator',
  'pg_autoscaler',
  'progress',
  'rbd_support',
  'status',
  'telemetry',
  'volumes',
]
const enabled = ['iostat', 'nfs', 'restful']
const disabled = [
  'alerts',
  'influx',
  'insights',
  'localpool',
  'mirroring',
  'osd_support',
  'prometheus',
  'selftest',
  'snap_schedule',
  'stats',
  'telegraf',
  'test_orchestrator',
  'zabbix',
]
const missingModules: Readonly<Record<string, string>> = { influx: 'influxdb python module not found' }

/** The answer to `ceph mgr module ls`, which is JSON as a rule. */
export function mgrModuleLsJson() {
  return {
    always_on_modules: alwaysOn,
    enabled_modules: enabled,
    disabled_modules: disabled.map((name) => ({
      name,
      can_run: missingModules[name] === undefined,
      error_string: missingModules[name] ?? '',
      module_options: {},
    })),
  }
}

/** The answer to `ceph balancer status`: on since Ceph 16, and with nothing to do in a lab of equal disks. */
export function balancerStatusJson({ managers }: CephReport) {
  return {
    active: true,
    last_optimize_duration: '0:00:00.000306',
    last_optimize_started: new Date(unixSeconds(managers.sinceMs) * 1000)
      .toUTCString()
      .replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 $4'),
    mode: 'upmap',
    no_optimization_needed: true,
    optimize_result:
      'Unable to find further optimization, or pool(s) pg_num is decreasing, or distribution is already perfect',
    plans: [],
  }
}
