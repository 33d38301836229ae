/** The embedded lab reachable over the real protocol, one HTTPS port per node. */
import { randomBytes } from 'node:crypto'
import type { Lab } from '../../../shared/domain/lab.ts'
import type { Group } from '../../../shared/domain/recipe.ts'
import type { Clock, EventScheduler } from '../../contracts/clock.ts'
import type { Random } from '../../contracts/random.ts'
import { addressAt } from '../world/cluster-membership.ts'
import { World } from '../world/world.ts'
import { createAuthority, createCertificate, type ServerCertificate } from './certificates.ts'
import { PveFrontEnd } from './front-end.ts'
import { NodeListener } from './node-listener.ts'
import { type Release, releaseWords } from './release.ts'

export interface ServeLabOptions {
  readonly lab: Lab
  readonly group: Group
  readonly clock: Clock & EventScheduler
  readonly random: Random
  /** Port of the first node; the next ones follow. 0: a free one for each. */
  readonly firstPort: number
  readonly rootPassword: string
  /** 8.4 if not given. */
  readonly release?: Release
  /** Nodes that are no cluster yet, without guests and Ceph. */
  readonly standalone?: boolean
  /** Virtual time between two looks at who listens. */
  readonly lookEveryMs: number
  failed(error: unknown): void
}

export interface ServedNode {
  readonly node: string
  readonly address: string
  readonly fingerprint: string
}

export interface ServingLab {
  readonly world: World
  readonly frontEnd: PveFrontEnd
  readonly nodes: readonly ServedNode[]
  close(): Promise<void>
}

/** Switches the lab on and serves it; to be called while the clock does not run or holds. */
export async function serveLab(options: ServeLabOptions): Promise<ServingLab> {
  const { group, clock, random, standalone = false } = options
  const lab = standalone ? bare(options.lab) : options.lab
  const release = options.release ?? '8.4'
  const pveVersion = releaseWords[release].version
  const world = new World({
    lab,
    group,
    scheduler: clock,
    random: random.fork('world'),
    pveVersion,
    standalone,
    emptyDisksGB: new Map(options.lab.nodes.map(({ name, cephDiskGB }) => [name, cephDiskGB])),
  })
  // A node that joins a cluster gets another one.
  // Made the day before, as an installation does it, so that no clock finds them too young.
  const madeAt = new Date(Date.parse(clock.wallTime()) - 86_400_000)
  const authority = await createAuthority(madeAt)
  const certificates = await Promise.all(
    lab.nodes.map(({ name }, position) =>
      Promise.all(
        (standalone ? ['first', 'second'] : ['first']).map(() =>
          createCertificate(authority, name, addressAt(position)),
        ),
      ),
    ),
  )
  const frontEnd = new PveFrontEnd({
    world,
    clock,
    rootPassword: options.rootPassword,
    secret: randomBytes(32).toString('hex'),
    certificates: new Map(
      lab.nodes.map(({ name }, position) => [name, (certificates[position] ?? []).map(publicPart)]),
    ),
    authorityPem: authority.pem,
    release,
  })
  const listeners = lab.nodes.map(({ name }, position) => {
    const port = options.firstPort === 0 ? 0 : options.firstPort + position
    const own = certificates[position] ?? []
    return new NodeListener({ frontEnd, node: name, certificates: own, port, failed: options.failed })
  })
  for (const listener of listeners) await listener.reserve()
  world.switchOn()
  // The regular look also lets the clock advance between events, so that delays count from now.
  const look = () => {
    for (const listener of listeners) listener.refresh().catch(options.failed)
    cancelLook = clock.at(clock.nowMs() + options.lookEveryMs, look)
  }
  let cancelLook = clock.at(clock.nowMs(), look)
  return {
    world,
    frontEnd,
    nodes: lab.nodes.map(({ name }, position) => ({
      node: name,
      address: `https://127.0.0.1:${listeners[position]?.port}`,
      fingerprint: certificates[position]?.[0]?.fingerprint ?? '',
    })),
    async close() {
      cancelLook()
      for (const listener of listeners) await listener.close()
    },
  }
}

/** What can be there before there is a cluster. */
function bare(lab: Lab): Lab {
  return { ...lab, guests: [], nodes: lab.nodes.map((node) => ({ ...node, cephDiskGB: 0 })) }
}

function publicPart({ fingerprint, pem }: ServerCertificate) {
  return { fingerprint, pem }
}
