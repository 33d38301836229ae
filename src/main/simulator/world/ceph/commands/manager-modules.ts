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

/** How long a balancer with nothing to do looks for it (recorded once). */
const balancerLook = '0:00:00.000306'

/**
 * The answer to `ceph balancer status`: on since Ceph 16, and always with nothing to do, since the model's placement is
 * not moved by one. When it last looked is not modelled; the manager's start stands for it.
 */
export function balancerStatusJson({ managers }: CephReport) {
  return {
    active: true,
    last_optimize_duration: balancerLook,
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
