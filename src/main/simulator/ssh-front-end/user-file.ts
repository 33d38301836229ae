/** `user.cfg`: users, tokens, groups, pools, roles and access lists of a cluster, one a line. */
import type { User } from '../pve-front-end/accounts.ts'
import type { ServedLab } from '../pve-front-end/served-lab.ts'

/** Whether anybody but the installer has written it. */
export function hasUserFile(lab: ServedLab, node: string): boolean {
  const { users, groups, rights } = lab.accountsOf(node)
  const isChanged = users.size > 1 || groups.size > 0 || rights.ownRoles.size > 0 || rights.acl.length > 0
  return isChanged || rights.pools.size > 0 || lab.clusterName(node) !== undefined
}

export function userFile(lab: ServedLab, node: string): string | undefined {
  if (!hasUserFile(lab, node)) return undefined
  const { users, groups, rights } = lab.accountsOf(node)
  const blocks = [
    [...users.values()].flatMap((user) => [userLine(user), ...tokenLines(user)]),
    [...groups].map(([groupid, { comment = '' }]) => {
      const members = [...users.values()].filter((user) => user.groups.has(groupid))
      return `group:${groupid}:${members.map(({ userid }) => userid).join(',')}:${comment}:`
    }),
    [...rights.pools].map(
      ([pool, { comment = '', vmids, storages }]) =>
        `pool:${pool}:${comment}:${[...vmids].join(',')}:${[...storages].join(',')}:`,
    ),
    [...rights.ownRoles].map(([role, privileges]) => `role:${role}:${privileges.join(',')}:`),
    rights.acl.map(
      ({ path, type, ugid, roleid, propagates }) =>
        `acl:${Number(propagates)}:${path}:${type === 'group' ? '@' : ''}${ugid}:${roleid}:`,
    ),
  ]
  return blocks.map((lines) => lines.map((line) => `${line}\n`).join('')).join('\n')
}

function userLine({ userid, isEnabled, expire, details }: User): string {
  const { firstname = '', lastname = '', email = '', comment = '', keys = '' } = details
  return `user:${[userid, Number(isEnabled), expire, firstname, lastname, email, comment, keys].join(':')}:`
}

function tokenLines({ userid, tokens }: User): string[] {
  return [...tokens].map(
    ([id, { expire, isSeparated, comment = '' }]) =>
      `token:${userid}!${id}:${expire}:${Number(isSeparated)}:${comment}:`,
  )
}
