/** What a parameter of the embedded lab is, and where the numbers come from. */

export type Range = readonly [least: number, most: number]

interface Parameter<Value extends number | Range> {
  readonly value: Value
  readonly unit: 'ppm' | 's' | 'ms' | 'MiB' | 'MiB/s' | 'fraction' | 'factor' | 'count'
  readonly meaning: string
  readonly source: string
}

export const recording = 'PVE 8.4 recording'
export const haManager = 'pve-ha-manager documentation'
export const corosyncConf = 'corosync.conf(5)'
export const cephMeasured = 'Ceph 16.2.15 measurement'
export const cephDefault = 'Ceph 16.2.15 default'
export const chronyConf = 'chrony.conf(5) default'
export const debianChrony = 'chrony.conf of Debian (makestep 1 3)'
export const assumption = 'assumption'

export function one(value: number, unit: Parameter<number>['unit'], meaning: string, source: string) {
  return { value, unit, meaning, source } satisfies Parameter<number>
}

export function range(
  least: number,
  most: number,
  unit: Parameter<Range>['unit'],
  meaning: string,
  source: string,
) {
  const value: Range = [least, most]
  return { value, unit, meaning, source } satisfies Parameter<Range>
}
