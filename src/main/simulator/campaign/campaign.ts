import type { Lab, LinkQuality } from '../../../shared/domain/lab.ts'
import type { NetworkName } from '../world/network.ts'

/** Done to the machines of a lab, their cables and the guests' processes. */
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
  /** Of one node's link. */
  | {
      readonly kind: 'degrade'
      readonly node: number
      readonly network: NetworkName
      readonly quality: LinkQuality
    }
  | { readonly kind: 'kill-guest' | 'pause-guest' | 'continue-guest'; readonly guest: number }

export type CephAct =
  | { readonly kind: 'kill-osd' | 'start-osd'; readonly osd: number }
  | { readonly kind: 'kill-monitor' | 'start-monitor'; readonly node: number }
  | { readonly kind: 'kill-manager' | 'start-manager'; readonly node: number }
  /** Words after `ceph`. */
  | { readonly kind: 'ceph'; readonly words: readonly string[] }

/** What an administrator asks of the HA manager. */
export type HaAct =
  /** A line as `ha-manager` leaves it for the master. */
  | { readonly kind: 'ha-command'; readonly line: string }
  | {
      readonly kind: 'request-state'
      readonly guest: number
      readonly state: 'started' | 'stopped' | 'disabled'
    }
  | { readonly kind: 'shutdown-policy'; readonly policy: string }

/** Something a person, a cable or a disk does to a lab. Nodes, guests and OSDs are named by their place in its lists. */
export type Act = HardwareAct | CephAct | HaAct

export interface TimedAct {
  readonly atMs: number
  readonly act: Act
}

/** A lab and everything that will be done to it: plain data, made from a seed alone. */
export interface Campaign {
  readonly seed: number
  readonly lab: Lab
  readonly group: 'treatment' | 'control'
  /** In order of time. */
  readonly acts: readonly TimedAct[]
  readonly lengthMs: number
}
