import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AclEntry, type Granted, Rights, type Subject } from './rights.ts'

const roles = ['NoAccess', 'PVEAuditor', 'PVEVMUser', 'PVEAdmin', 'PVEPoolUser']
const paths = ['/', '/vms', '/vms/100', '/vms/101', '/pool', '/pool/lab', '/storage/local']
const token = 'lab@pve!ci'
const user: Subject = { userid: 'lab@pve', groups: new Set(['students']) }

const entry: fc.Arbitrary<AclEntry> = fc
  .record({
    path: fc.constantFrom(...paths),
    whose: fc.constantFrom(['user', 'lab@pve'], ['group', 'students'], ['token', token], ['user', 'x@pve']),
    roleid: fc.constantFrom(...roles),
    propagates: fc.boolean(),
  })
  .map(({ whose: [type, ugid], ...rest }) => ({ ...rest, type, ugid }) as AclEntry)
/** One entry for each path, owner and role, as the list keeps them. */
const acl = fc.uniqueArray(entry, {
  maxLength: 8,
  selector: ({ path, type, ugid, roleid }) => [path, type, ugid, roleid].join(' '),
})

function rightsWith(entries: readonly AclEntry[], pooled: readonly string[] = []): Rights {
  const rights = new Rights('8.4')
  for (const granted of entries) rights.grant(granted)
  rights.pools.set('lab', { vmids: new Set(pooled), storages: new Set() })
  return rights
}

const plain = (granted: Granted) => Object.fromEntries([...granted].sort(([a], [b]) => (a < b ? -1 : 1)))
const path = fc.constantFrom(...paths)

describe('rights', () => {
  it('do not depend on the order in which they were granted', () => {
    fc.assert(
      fc.property(acl, path, (entries, where) => {
        const there = rightsWith(entries).granted(user, where)
        expect(plain(rightsWith([...entries].reverse()).granted(user, where))).toEqual(plain(there))
      }),
    )
  })

  it('of a separated token are never more than those of its user', () => {
    fc.assert(
      fc.property(acl, path, (entries, where) => {
        const rights = rightsWith(entries, ['100'])
        const ofUser = rights.granted(user, where)
        for (const [name, propagates] of rights.granted({ ...user, separatedToken: token }, where)) {
          expect(ofUser.has(name)).toBe(true)
          if (propagates) expect(ofUser.get(name)).toBe(true)
        }
      }),
    )
  })

  it('at a path are what holds further down from the level above, where nothing stands between', () => {
    fc.assert(
      fc.property(acl, (entries) => {
        // What does not hold further down is no more than a curtain before what comes from above.
        const above = entries.filter(
          ({ path: where, propagates }) => where !== '/vms/100' && (propagates || where !== '/vms'),
        )
        const rights = rightsWith(above)
        const inherited = [...rights.granted(user, '/vms')].filter(([, propagates]) => propagates)
        expect(plain(rights.granted(user, '/vms/100'))).toEqual(plain(new Map(inherited)))
      }),
    )
  })

  it('are those of the user where he has an entry, whatever his groups have at the same level', () => {
    fc.assert(
      fc.property(acl, entry, (entries, own) => {
        const all = [...entries, { ...own, type: 'user', ugid: user.userid } as const]
        const alone = all.filter(({ path: where, type }) => where !== own.path || type !== 'group')
        expect(plain(rightsWith(all).granted(user, own.path))).toEqual(
          plain(rightsWith(alone).granted(user, own.path)),
        )
      }),
    )
  })

  it('are none where access is denied', () => {
    fc.assert(
      fc.property(acl, path, (entries, where) => {
        const denied = { path: where, type: 'user', ugid: user.userid, roleid: 'NoAccess', propagates: true }
        const rights = rightsWith([...entries, denied as AclEntry], ['100'])
        expect(plain(rights.granted(user, where))).toEqual({})
      }),
    )
  })

  it('on a pool are rights on its members', () => {
    fc.assert(
      fc.property(acl, (entries) => {
        const open = entries.filter(({ roleid }) => roleid !== 'NoAccess')
        const rights = rightsWith(open, ['100'])
        const member = rights.granted(user, '/vms/100')
        for (const name of rights.granted(user, '/pool/lab').keys()) expect(member.has(name)).toBe(true)
        const outside = rightsWith(open).granted(user, '/vms/101')
        expect(plain(rights.granted(user, '/vms/101'))).toEqual(plain(outside))
      }),
    )
  })

  it('of root are all, always', () => {
    fc.assert(
      fc.property(acl, path, (entries, where) => {
        const rights = rightsWith(entries)
        const root = { userid: 'root@pam', groups: new Set<string>() }
        expect([...rights.granted(root, where).keys()]).toEqual(rights.allPrivileges)
      }),
    )
  })
})
