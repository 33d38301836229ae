/** The programs of a node. Another one is a file in `programs`, and a line here. */
import type { Programs } from './program.ts'
import { ceph } from './programs/ceph.ts'
import { haManager } from './programs/ha-manager.ts'
import { pvecm } from './programs/pvecm.ts'
import { qm } from './programs/qm.ts'

export const programs: Programs = {
  ceph,
  'ha-manager': haManager,
  pvecm,
  qm,
}
