/** Who may do what where: roles, access lists and pools, as the user file of a cluster holds them. */
import type { Release } from './release.ts'
import { allPrivileges, builtInRoles } from './roles.ts'

export interface AclEntry {
  readonly path: string
  readonly type: 'user' | 'group' | 'token'
  /** Name of the user, the group or the token. */
  readonly ugid: string
  readonly roleid: string
  /** Also for what lies below the path. */
  readonly propagates: boolean
}

export interface Pool {
  comment?: string
  readonly vmids: Set<string>
  readonly storages: Set<string>
}

/** Whose rights are asked for; of a token its own are looked at only if they are separated from its user's. */
export interface Subject {
  readonly userid: string
  readonly groups: ReadonlySet<string>
  readonly separatedToken?: string
}

/** Privileges, each with whether it holds below the path as well. */
export type Granted = ReadonlyMap<string, boolean>

/** Cancels all other roles on its path. */
const noAccess = 'NoAccess'

export class Rights {
  readonly pools = new Map<string, Pool>()
  /** Those that somebody has defined; the others come with the installation. */
  readonly ownRoles = new Map<string, readonly string[]>()
  readonly #release: Release
  #acl: readonly AclEntry[] = []

  constructor(release: Release) {
    this.#release = release
  }

  get acl(): readonly AclEntry[] {
    return this.#acl
  }

  get allPrivileges(): readonly string[] {
    return allPrivileges(this.#release)
  }

  /** Of every role, those of the installation first. */
  get roles(): ReadonlyMap<string, readonly string[]> {
    return new Map([...builtInRoles(this.#release), ...this.ownRoles])
  }

  isBuiltIn(role: string): boolean {
    return builtInRoles(this.#release).has(role)
  }

  grant(entry: AclEntry): void {
    this.#acl = [...this.#acl.filter((known) => !isSameGrant(known, entry)), entry]
  }

  /** Takes away every entry for which `isGone` holds. */
  revoke(isGone: (entry: AclEntry) => boolean): void {
    this.#acl = this.#acl.filter((entry) => !isGone(entry))
  }

  /** With the guest go its place in a pool and what was granted on it. */
  forgetGuest(vmid: string): void {
    for (const { vmids } of this.pools.values()) vmids.delete(vmid)
    this.revoke(({ path }) => path === `/vms/${vmid}`)
  }

  poolOf(vmid: string): string | undefined {
    return [...this.pools].find(([, pool]) => pool.vmids.has(vmid))?.[0]
  }

  /** What somebody may do at a path. A separated token never has more than its user. */
  granted(subject: Subject, path: string): Granted {
    const ofUser = this.#ofUser(subject, path)
    if (subject.separatedToken === undefined) return ofUser
    const token = subject.separatedToken
    const own = this.#withPools(path, (entry) => entry.type === 'token' && entry.ugid === token)
    return new Map(
      [...own]
        .filter(([name]) => ofUser.has(name))
        .map(([name, propagates]) => [name, propagates && ofUser.get(name) === true]),
    )
  }

  #ofUser({ userid, groups }: Subject, path: string): Granted {
    if (userid === 'root@pam') return new Map(this.allPrivileges.map((name) => [name, true]))
    return this.#withPools(
      path,
      (entry) => entry.type === 'user' && entry.ugid === userid,
      (entry) => entry.type === 'group' && groups.has(entry.ugid),
    )
  }

  /** Members of a pool are also under what is granted on the pool. */
  #withPools(path: string, ...concerns: ((entry: AclEntry) => boolean)[]): Granted {
    const roles = this.#rolesAt(path, concerns)
    const [, kind, name = ''] = /^\/(vms|storage)\/([^/]+)$/.exec(path) ?? []
    if (kind !== undefined && !roles.has(noAccess))
      for (const [pool, { vmids, storages }] of this.pools)
        if ((kind === 'vms' ? vmids : storages).has(name))
          for (const [role, propagates] of this.#rolesAt(`/pool/${pool}`, concerns))
            roles.set(role, roles.get(role) === true || propagates)
    return this.#privilegesOf(roles)
  }

  /**
   * Roles by name, with whether they hold further down. What stands deeper takes the place of what is inherited,
   * and at one level the first of `concerns` with an entry decides: that of a user over those of groups.
   */
  #rolesAt(path: string, concerns: readonly ((entry: AclEntry) => boolean)[]): Map<string, boolean> {
    let roles = new Map<string, boolean>()
    for (const level of levelsOf(path)) {
      const here = this.#acl.filter((entry) => entry.path === level && (entry.propagates || level === path))
      const found = concerns.map((concern) => here.filter(concern)).find((entries) => entries.length > 0)
      if (found === undefined) continue
      roles = new Map(found.map(({ roleid, propagates }) => [roleid, propagates]))
      for (const { roleid, propagates } of found) if (propagates) roles.set(roleid, true)
    }
    return roles.has(noAccess) ? new Map([[noAccess, roles.get(noAccess) === true]]) : roles
  }

  #privilegesOf(roles: ReadonlyMap<string, boolean>): Granted {
    const known = this.roles
    const privileges = new Map<string, boolean>()
    for (const [role, propagates] of roles)
      for (const name of known.get(role) ?? [])
        privileges.set(name, privileges.get(name) === true || propagates)
    return privileges
  }
}

/** `/`, `/vms`, `/vms/100` of `/vms/100`. */
function levelsOf(path: string): readonly string[] {
  const words = path.split('/').filter((word) => word !== '')
  return ['/', ...words.map((_word, at) => `/${words.slice(0, at + 1).join('/')}`)]
}

function isSameGrant(a: AclEntry, b: AclEntry): boolean {
  return a.path === b.path && a.type === b.type && a.ugid === b.ugid && a.roleid === b.roleid
}
