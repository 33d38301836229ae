/** All faults a plan can have, in the order in which they are offered. Without a schema, so that the window can load it. */
export const faultKinds = [
  'node-power-off',
  'node-shutdown',
  'node-frozen',
  'cluster-link-cut',
  'management-link-cut',
  'network-partition',
  'osd-killed',
  'monitor-killed',
  'nas-power-off',
  'guest-killed',
  'service-stopped',
] as const
