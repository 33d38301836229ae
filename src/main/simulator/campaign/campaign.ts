import type { Lab, LinkQuality } from '../../../shared/domain/lab.ts'
import type { Group, Rule } from '../ha/cluster-data.ts'
import type { NetworkName } from '../world/network.ts'
import type { NodeUnit } from '../world/node-units.ts'

/** Done to the machines of a lab, their cables, clocks and daemons, and to the guests' processes. */
export type HardwareAct =
  | {
      readonly kind: 'cut-power' | 'power-on' | 'press-button' | 'reboot' | 'reset' | 'freeze' | 'thaw'
      readonly node: number
    }
  | { readonly kind: 'suspend'; readonly seconds: number }
  | { readonly kind: 'cut-server' | 'server-on' | 'server-button'; readonly server: number }
  | { readonly kind: 'unplug' | 'plug'; readonly node: number; readonly network: NetworkName }
  | { readonly kind: 'split'; readonly network: NetworkName; readonly side: readonly number[] }
  | { readonly kind: 'join'; readonly network: NetworkName }
  | {
      readonly kind: 'part' | 'unite'
      readonly pair: readonly [number, number]
      readonly network: NetworkName
    }
  /** Of one node's link, or of the whole network. */
  | {
      readonly kind: 'degrade'
      readonly node?: number
      readonly network: NetworkName
      readonly quality: LinkQuality
    }
  /** So far ahead of true time. */
  | { readonly kind: 'set-clock'; readonly node: number; readonly seconds: number }
  | {
      readonly kind: 'start-unit' | 'stop-unit' | 'kill-unit'
      readonly node: number
      readonly unit: NodeUnit
    }

export type GuestAct =
  | { readonly kind: 'kill-guest' | 'pause-guest' | 'continue-guest'; readonly guest: number }
  /** The service that clients of the guest use. */
  | { readonly kind: 'crash-service' | 'stop-service' | 'start-service'; readonly guest: number }

export type CephAct =
  | { readonly kind: 'kill-osd' | 'start-osd'; readonly osd: number }
  | { readonly kind: 'kill-monitor' | 'start-monitor'; readonly node: number }
  | { readonly kind: 'kill-manager' | 'start-manager'; readonly node: number }
  /** Words after `ceph`. */
  | { readonly kind: 'ceph'; readonly words: readonly string[] }

/** What an administrator asks of the HA manager and of the cluster it stands on. */
export type HaAct =
  /** A line as `ha-manager` leaves it for the master. */
  | { readonly kind: 'ha-command'; readonly line: string }
  | {
      readonly kind: 'request-state'
      readonly guest: number
      readonly state: 'started' | 'stopped' | 'disabled'
    }
  | { readonly kind: 'shutdown-policy'; readonly policy: string }
  /** The option `crs` of the cluster, by its own names. */
  | { readonly kind: 'scheduler'; readonly options: Readonly<Record<string, string>> }
  /** Created, or changed when there is one of that id. */
  | { readonly kind: 'put-rule'; readonly rule: Rule }
  | { readonly kind: 'remove-rule'; readonly id: string }
  | { readonly kind: 'put-group'; readonly group: Group }
  /** Takes the guest out of its group without one. */
  | { readonly kind: 'assign-group'; readonly guest: number; readonly group?: string }
  /** `pvecm expected` on that node. */
  | { readonly kind: 'expect-votes'; readonly node: number; readonly votes: number }

/** Something a person, a cable or a disk does to a lab. Nodes, guests and OSDs are named by their place in its lists. */
export type Act = HardwareAct | GuestAct | CephAct | HaAct

export interface TimedAct {
  readonly atMs: number
  readonly act: Act
}

/** What a campaign is made for. */
export interface CampaignSite {
  readonly lab: Lab
  /** Of the nodes' Proxmox VE: groups until 8, rules from 9 on. */
  readonly pveVersion: string
}

/** A lab and everything that will be done to it: plain data, made from a seed alone. */
export interface Campaign extends CampaignSite {
  readonly seed: number
  readonly group: 'treatment' | 'control'
  /** In order of time. */
  readonly acts: readonly TimedAct[]
  readonly lengthMs: number
}
