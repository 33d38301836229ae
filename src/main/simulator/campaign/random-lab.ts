import type { GuestService, Lab, LabGuest, LabNode, LabStorage } from '../../../shared/domain/lab.ts'
import type { Random } from '../../contracts/random.ts'
import { oneOf } from './fault-maker.ts'

/** A lab of three to seven nodes, mostly few, with room for all its guests, on a laptop that carries it. */
export function randomLab(random: Random): Lab {
  const hasCeph = random.fraction() < 0.8
  const nodes = Array.from({ length: 3 + Math.floor(5 * random.fraction() ** 3) }, (_, index) => ({
    name: `pve${index + 1}`,
    ramMiB: 8192,
    cpus: 1 + random.int(4),
    systemDiskGB: 50,
    cephDiskGB: hasCeph ? 25 : 0,
  }))
  const storages = randomStorages(nodes, random)
  const guests: LabGuest[] = []
  const guestCount = 1 + random.int(2 * nodes.length)
  while (guests.length < guestCount)
    guests.push(randomGuest(101 + guests.length, nodes, storages, guests, random))
  const size = 2 + random.int(2)
  return {
    name: 'campaign',
    laptop: { ramMiB: 131_072, threads: 64 },
    nodes,
    guests,
    ceph: { size, minSize: Math.max(1, size - random.int(2)) },
    ...(storages.length === 0 ? {} : { storages }),
    ...randomNetworks(random),
  }
}

/** Most labs have perfect networks and one of them for corosync; some a second link or a slow switch. */
function randomNetworks(random: Random): Pick<Lab, 'networks'> {
  if (random.fraction() < 0.6) return {}
  return {
    networks: {
      ...(random.fraction() < 0.6 ? { corosyncLinks: ['cluster', 'cluster-2'] } : {}),
      quality: {
        cluster: { latencyMs: oneOf([0, 1, 10], random), bandwidthMbps: oneOf([100, 1000, 10_000], random) },
      },
    },
  }
}

/** Half of the labs have nothing but their Ceph pool; the others some of each kind beside it. */
function randomStorages(nodes: readonly LabNode[], random: Random): LabStorage[] {
  if (random.fraction() < 0.5) return []
  const [one = 'pve1', other = 'pve2'] = nodes.map(({ name }) => name)
  const all: readonly LabStorage[] = [
    { kind: 'dir', name: 'local' },
    { kind: 'zfspool', name: 'tank' },
    { kind: 'nfs', name: 'nas', server: 'nas1', writes: random.fraction() < 0.5 ? 'sync' : 'async' },
    { kind: 'drbd', name: 'mirror', nodes: [one, other], protocol: random.fraction() < 0.5 ? 'A' : 'C' },
  ]
  return all.filter(() => random.fraction() < 0.6)
}

function randomGuest(
  number: number,
  nodes: readonly LabNode[],
  storages: readonly LabStorage[],
  earlier: readonly LabGuest[],
  random: Random,
): LabGuest {
  const isVm = random.fraction() < 0.5
  const [home, target] = twoOf(nodes, random)
  const storage = random.fraction() < 0.5 ? undefined : storages[random.int(Math.max(1, storages.length))]
  return {
    id: `${isVm ? 'vm' : 'ct'}:${number}`,
    name: `guest-${number}`,
    ramMiB: 256 << random.int(3),
    cpus: 1,
    diskGB: 4,
    node: home,
    ...(storage === undefined ? {} : { storage: storage.name }),
    ...(storage?.kind === 'zfspool' && random.fraction() < 0.7
      ? { replication: [{ target, everyMinutes: 1 + random.int(15) }] }
      : {}),
    ...(isVm && random.fraction() < 0.15 ? { ignoresPowerButton: true } : {}),
    ...(isVm && random.fraction() < 0.3 ? { dirtyMiBPerSecond: oneOf([0, 20, 200], random) } : {}),
    ...(random.fraction() < 0.3 ? { services: [randomService(earlier, random)] } : {}),
  }
}

/** Needs only guests that were made before, so that none needs itself. */
function randomService(earlier: readonly LabGuest[], random: Random): GuestService {
  const needed = random.fraction() < 0.3 ? earlier[random.int(Math.max(1, earlier.length))] : undefined
  return {
    name: 'main',
    kind: oneOf(['web', 'database', 'broker', 'file'] as const, random),
    ...(random.fraction() < 0.5 ? {} : { startSeconds: random.int(60) }),
    ...(random.fraction() < 0.8 ? {} : { usesDisk: false }),
    ...(random.fraction() < 0.7 ? {} : { restart: 'no' as const }),
    ...(random.fraction() < 0.7 ? {} : { requestsPerSecond: oneOf([10, 150, 400], random) }),
    ...(needed === undefined ? {} : { needs: [needed.id] }),
  }
}

function twoOf(nodes: readonly LabNode[], random: Random): readonly [string, string] {
  const first = random.int(nodes.length)
  const second = (first + 1 + random.int(nodes.length - 1)) % nodes.length
  return [nodes[first]?.name ?? 'pve1', nodes[second]?.name ?? 'pve2']
}
