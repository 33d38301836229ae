/** What the cluster says of itself at one moment; gates, targets and the live window read it. */

export interface NodeObservation {
  readonly name: string
  readonly power: 'on' | 'off'
  /** Member of the cluster's quorate partition, as the answering node sees it. */
  readonly online: boolean
}

export interface GuestObservation {
  readonly id: string
  readonly node: string
  readonly running: boolean
  /** State the HA manager shows (`started`, `fence`, `recovery`, ...); absent for a guest outside HA. */
  readonly haState?: string
}

export interface ClusterObservation {
  readonly quorate: boolean
  readonly votes: { readonly present: number; readonly expected: number }
  /** The node whose CRM is master; absent while there is none or HA manages no guest. */
  readonly crmMaster?: string
  /** True when HA manages no guest, or a master is active and the LRM of every node with a guest is active. */
  readonly haArmed: boolean
  readonly nodes: readonly NodeObservation[]
  readonly guests: readonly GuestObservation[]
  readonly ceph: {
    /** `HEALTH_OK`, `HEALTH_WARN`, `HEALTH_ERR`, or `unknown` when no monitor quorum answers. */
    readonly health: 'HEALTH_OK' | 'HEALTH_WARN' | 'HEALTH_ERR' | 'unknown'
    readonly placementGroups: number
    readonly activeClean: number
    readonly osdsUp: number
    readonly osds: number
  }
}
