/** A lab: the laptop, its Proxmox nodes, networks, storage and guests. Plain data, the same for every backend. */
import { z } from 'zod'

/** Host names and guest names as Proxmox accepts them (RFC 1123 label). */
export const hostNameSchema = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i)

/** `vm:101` or `ct:102`, the id the HA manager uses for a guest. */
export const guestIdSchema = z.string().regex(/^(vm|ct):[1-9][0-9]{2,8}$/)

export const laptopSchema = z.strictObject({
  ramMiB: z.int().min(2048).max(1_048_576),
  threads: z.int().min(1).max(512),
  /** Nodes can use its virtualization for virtual machines of their own; they can if absent. */
  nestedVirtualization: z.boolean().optional(),
})

export const labNodeSchema = z.strictObject({
  name: hostNameSchema,
  ramMiB: z.int().min(512).max(1_048_576),
  cpus: z.int().min(1).max(128),
  systemDiskGB: z.int().min(8).max(10_000),
  /** As the installer of Proxmox VE makes it if absent. */
  swapMiB: z.int().min(0).max(1_048_576).optional(),
  cephDiskGB: z.int().min(0).max(10_000),
})

/** Name of a storage as Proxmox accepts it. */
const storageNameSchema = z.string().regex(/^[a-z]([a-z0-9._-]{0,98}[a-z0-9])?$/i)

/** Where guests keep their disks; the kinds bear the names of Proxmox's storage types. */
export const labStorageSchema = z.discriminatedUnion('kind', [
  /** The pool of the lab's own Ceph cluster. */
  z.strictObject({ kind: z.literal('rbd'), name: storageNameSchema }),
  /** A directory of each node: a disk exists on one node only. */
  z.strictObject({ kind: z.literal('dir'), name: storageNameSchema }),
  /** A ZFS pool of the same name on each node; guests name the nodes their disks are replicated to. */
  z.strictObject({ kind: z.literal('zfspool'), name: storageNameSchema }),
  /** An export of a NAS, a virtual machine of its own. `async`: it answers before it has written. */
  z.strictObject({
    kind: z.literal('nfs'),
    name: storageNameSchema,
    server: hostNameSchema,
    writes: z.enum(['sync', 'async']).default('sync'),
  }),
  /** A DRBD mirror of two nodes; the others use it over the network. */
  z.strictObject({
    kind: z.literal('drbd'),
    name: storageNameSchema,
    nodes: z.tuple([hostNameSchema, hostNameSchema]),
    protocol: z.enum(['A', 'C']).default('C'),
  }),
])

/** A copy of a guest's disk on another node, renewed by the clock. */
export const replicationSchema = z.strictObject({
  target: hostNameSchema,
  everyMinutes: z.int().min(1).max(1440).default(15),
})

const perSecondSchema = z.number().positive().max(1_000_000)

/** A service in a guest's system. What is not said is the model's own. */
export const guestServiceSchema = z.strictObject({
  name: hostNameSchema,
  kind: z.enum(['web', 'database', 'broker', 'file']),
  startSeconds: z.number().min(0).max(3600).optional(),
  stopSeconds: z.number().min(0).max(3600).optional(),
  /** Answers from memory alone where false; without it, it uses the disk. */
  usesDisk: z.boolean().optional(),
  /** Guests whose first service it asks for each answer. */
  needs: z.array(guestIdSchema).max(10).optional(),
  /** Whether it is started again when its process dies; `on-failure` without it. */
  restart: z.enum(['on-failure', 'no']).optional(),
  /** What its own clients ask, beside probes, and what it can answer on an idle node. */
  requestsPerSecond: perSecondSchema.optional(),
  capacityPerSecond: perSecondSchema.optional(),
})

export const labGuestSchema = z.strictObject({
  id: guestIdSchema,
  name: hostNameSchema,
  ramMiB: z.int().min(64).max(1_048_576),
  cpus: z.int().min(1).max(128),
  diskGB: z.int().min(1).max(10_000),
  /** Node on which the guest is created and first started. */
  node: hostNameSchema,
  /** Storage of its disk. Without it: the Ceph pool, or what lies outside the lab where no node has Ceph. */
  storage: storageNameSchema.optional(),
  /** A virtual machine whose system does not know the power button, so that it can only be stopped hard. */
  ignoresPowerButton: z.boolean().optional(),
  /** Where a disk in a ZFS pool is copied to. */
  replication: z.array(replicationSchema).max(15).optional(),
  /** How fast a virtual machine writes to its memory; decides what a live migration takes. */
  dirtyMiBPerSecond: z.number().min(0).max(100_000).optional(),
  /** The first one is what clients and probes use. Without it: one web server. */
  services: z.array(guestServiceSchema).min(1).max(10).optional(),
})

export const cephSchema = z.strictObject({
  /** Copies of each object the pool wants, and the fewest with which it still answers I/O. */
  size: z.int().min(1).max(7),
  minSize: z.int().min(1).max(7),
})

interface StoragePlan {
  readonly nodes: readonly z.output<typeof labNodeSchema>[]
  readonly guests: readonly z.output<typeof labGuestSchema>[]
  readonly storages?: readonly z.output<typeof labStorageSchema>[] | undefined
}

function checkStorages(lab: StoragePlan, context: z.RefinementCtx): void {
  const complain = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message })
  const names = new Set<string>()
  const nodeNames = new Set(lab.nodes.map(({ name }) => name))
  const storages = lab.storages ?? []
  storages.forEach((storage, index) => {
    if (names.has(storage.name)) complain(['storages', index, 'name'], 'duplicate')
    names.add(storage.name)
    if (storage.kind === 'rbd' && !hasCeph(lab)) complain(['storages', index, 'kind'], 'no node has Ceph')
    if (storage.kind === 'nfs' && nodeNames.has(storage.server))
      complain(['storages', index, 'server'], 'is a node of the cluster')
    if (storage.kind !== 'drbd') return
    storage.nodes.forEach((node, side) => {
      if (!nodeNames.has(node)) complain(['storages', index, 'nodes', side], 'unknown node')
    })
    if (storage.nodes[0] === storage.nodes[1]) complain(['storages', index, 'nodes', 1], 'duplicate')
  })
  lab.guests.forEach((guest, index) => {
    if (guest.storage !== undefined && !names.has(guest.storage))
      complain(['guests', index, 'storage'], 'unknown storage')
    checkReplication(lab, guest, (path, message) =>
      complain(['guests', index, 'replication', ...path], message),
    )
  })
}

function checkReplication(
  lab: StoragePlan,
  guest: LabGuest,
  complain: (path: (string | number)[], message: string) => void,
): void {
  const targets = new Set([guest.node])
  const jobs = guest.replication ?? []
  if (jobs.length > 0 && storageOfGuest(lab, guest)?.kind !== 'zfspool')
    complain([], 'only disks in a ZFS pool are replicated')
  jobs.forEach(({ target }, number) => {
    if (!lab.nodes.some(({ name }) => name === target)) complain([number, 'target'], 'unknown node')
    if (targets.has(target)) complain([number, 'target'], 'duplicate')
    targets.add(target)
  })
}

/** Networks of a lab: the first for management, guests and the laptop, the second for corosync and Ceph. */
export const networkNames = [
  'management',
  'cluster',
  'cluster-2',
  'cluster-3',
  'cluster-4',
  'cluster-5',
  'cluster-6',
  'cluster-7',
] as const

/** Latency is one way and loss that of one direction; what is absent is perfect. */
export const linkQualitySchema = z.strictObject({
  latencyMs: z.number().min(0).max(60_000).optional(),
  lossPercent: z.number().min(0).max(100).optional(),
  bandwidthMbps: z.number().positive().max(1_000_000).optional(),
})

export const labNetworksSchema = z.strictObject({
  /** Networks corosync uses, in the order of its link numbers; `cluster` alone if absent. */
  corosyncLinks: z.array(z.enum(networkNames)).min(1).max(8).optional(),
  quality: z.partialRecord(z.enum(networkNames), linkQualitySchema).optional(),
})

function checkServices({ guests }: Pick<StoragePlan, 'guests'>, context: z.RefinementCtx): void {
  guests.forEach((guest, index) => {
    const names = new Set<string>()
    guest.services?.forEach((service, position) => {
      const complain = (field: string, message: string) =>
        context.addIssue({ code: 'custom', path: ['guests', index, 'services', position, field], message })
      if (names.has(service.name)) complain('name', 'duplicate')
      names.add(service.name)
      for (const needed of service.needs ?? []) {
        if (!guests.some(({ id }) => id === needed)) complain('needs', 'unknown guest')
        else if (needsOf(guests, needed).has(guest.id)) complain('needs', 'needs itself')
      }
    })
  })
}

/** That guest and all it needs, directly or through others. */
function needsOf(guests: StoragePlan['guests'], id: string): ReadonlySet<string> {
  const found = new Set([id])
  for (const each of found) {
    const services = guests.find((guest) => guest.id === each)?.services ?? []
    for (const needed of services.flatMap(({ needs = [] }) => needs)) found.add(needed)
  }
  return found
}

export const labSchema = z
  .strictObject({
    name: z.string().min(1).max(60),
    laptop: laptopSchema,
    nodes: z.array(labNodeSchema).min(1).max(16),
    guests: z.array(labGuestSchema).max(200),
    ceph: cephSchema,
    /** Beside the Ceph pool, which needs no entry of its own. */
    storages: z.array(labStorageSchema).max(20).optional(),
    networks: labNetworksSchema.optional(),
  })
  .superRefine((lab, context) => {
    checkStorages(lab, context)
    checkServices(lab, context)
    const nodeNames = new Set<string>()
    lab.nodes.forEach((node, index) => {
      if (nodeNames.has(node.name))
        context.addIssue({ code: 'custom', path: ['nodes', index, 'name'], message: 'duplicate' })
      nodeNames.add(node.name)
    })
    const guestIds = new Set<string>()
    lab.guests.forEach((guest, index) => {
      if (guestIds.has(guest.id))
        context.addIssue({ code: 'custom', path: ['guests', index, 'id'], message: 'duplicate' })
      guestIds.add(guest.id)
      if (!nodeNames.has(guest.node))
        context.addIssue({ code: 'custom', path: ['guests', index, 'node'], message: 'unknown node' })
    })
    const links = lab.networks?.corosyncLinks ?? []
    if (new Set(links).size < links.length)
      context.addIssue({ code: 'custom', path: ['networks', 'corosyncLinks'], message: 'duplicate' })
    if (lab.ceph.minSize > lab.ceph.size)
      context.addIssue({ code: 'custom', path: ['ceph', 'minSize'], message: 'larger than size' })
  })

export type LabNode = z.output<typeof labNodeSchema>
export type LinkQuality = z.output<typeof linkQualitySchema>
export type NetworkName = (typeof networkNames)[number]
export type LabGuest = z.output<typeof labGuestSchema>
export type Lab = z.output<typeof labSchema>
export type GuestService = z.output<typeof guestServiceSchema>
export type LabStorage = z.output<typeof labStorageSchema>
export type GuestKind = 'vm' | 'ct'

export function guestKindOf(id: string): GuestKind {
  return id.startsWith('vm:') ? 'vm' : 'ct'
}

/** The Ceph pool of a lab that names no storages. */
export const cephPoolStorage = { kind: 'rbd', name: 'rbd1' } as const satisfies LabStorage

/** Storage of a guest's disk; undefined where it lies outside the lab and nothing can be wrong with it. */
export function storageOfGuest(lab: StoragePlan, guest: LabGuest): LabStorage | undefined {
  if (guest.storage !== undefined) return lab.storages?.find(({ name }) => name === guest.storage)
  return hasCeph(lab) ? cephPoolStorage : undefined
}

function hasCeph({ nodes }: Pick<StoragePlan, 'nodes'>): boolean {
  return nodes.some(({ cephDiskGB }) => cephDiskGB > 0)
}

/** Guests whose first service needs that one. */
export function dependentsOf({ guests }: Pick<Lab, 'guests'>, { id }: LabGuest): readonly string[] {
  return guests.filter(({ services }) => services?.[0]?.needs?.includes(id)).map((guest) => guest.id)
}
