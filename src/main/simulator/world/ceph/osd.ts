import type { OsdFlag } from './cluster-settings.ts'

/** An OSD: its process, and what the published map says of it. */
export interface Osd {
  /** `absent`: destroyed, its id is free; `new`: it has never run, so no data is placed on it; else `member`. */
  stage: 'absent' | 'new' | 'member'
  readonly id: number
  readonly node: string
  readonly diskGiB: number
  /** `starting`: not yet announced to the monitors. */
  process: 'none' | 'starting' | 'serving'
  up: boolean
  in: boolean
  reweight: number
  /** The monitors took it out, so they take it in again when it is back. */
  autoOut: boolean
  downSinceMs: number
  /** It told of its end, or its machine refused connections: it can hold no lease any more. */
  deathProven: boolean
  /** When it last came up. */
  upSinceMs: number
  /** How its process ended, while there is none. */
  end: OsdEnd | undefined
  /** Since when its peers hear nothing of it, while the map still has it up. */
  silentSinceMs: number | undefined
  /** How full the monitors know it to be. */
  fullness: Fullness
  readonly flags: Set<OsdFlag>
}

export type Fullness = 'roomy' | 'nearfull' | 'backfillfull' | 'full'

export type OsdEnd = 'lost' | 'killed' | 'orderly'

/** One without a process, and in. */
export function newOsd(id: number, node: string, diskGiB: number, stage: Osd['stage'] = 'member'): Osd {
  return {
    stage,
    id,
    node,
    diskGiB,
    process: 'none',
    up: false,
    in: true,
    reweight: 1,
    autoOut: false,
    downSinceMs: 0,
    deathProven: true,
    upSinceMs: 0,
    end: undefined,
    silentSinceMs: undefined,
    fullness: 'roomy',
    flags: new Set(),
  }
}
