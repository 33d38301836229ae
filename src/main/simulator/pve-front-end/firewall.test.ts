import { describe, expect, it } from 'vitest'
import { inPveLab } from '../../testing/pve-session.ts'

describe('the firewall', () => {
  it('keeps rules in their order, and moves them', async () => {
    await inPveLab({}, async ({ call, data }) => {
      const path = '/cluster/firewall/rules'
      const ports = async () =>
        (await data<{ pos: number; dport: string }[]>('GET', path)).map(({ dport }) => dport)
      for (const dport of ['22', '80', '443'])
        await data('POST', path, { type: 'in', action: 'ACCEPT', proto: 'tcp', dport })
      expect(await ports()).toEqual(['443', '80', '22'])
      await data('PUT', `${path}/0`, { moveto: 3 })
      expect(await ports()).toEqual(['80', '22', '443'])
      await data('DELETE', `${path}/1`)
      expect(await ports()).toEqual(['80', '443'])
      expect(await call('GET', `${path}/7`)).toMatchObject({ status: 500, reason: 'no rule at position 7' })
      expect(await call('PUT', `${path}/0`, { enable: 1, digest: 'x' })).toMatchObject({ status: 500 })
      expect((await call('POST', path, { type: 'in' })).json.errors).toEqual({
        action: 'property is missing and it is not optional',
      })
    })
  })

  it('names addresses for the whole cluster and for a guest, which goes with its names', async () => {
    await inPveLab({}, async ({ call, data, endOf }) => {
      const guest = '/nodes/pve1/qemu/100/firewall'
      await data('POST', '/cluster/firewall/aliases', { name: 'campus', cidr: '10.0.0.0/8' })
      await data('POST', `${guest}/ipset`, { name: 'peers' })
      await data('POST', `${guest}/ipset/peers`, { cidr: '10.9.1.7' })
      expect(await data('GET', `${guest}/refs`)).toEqual([
        { type: 'alias', name: 'campus', ref: 'dc/campus' },
        { type: 'ipset', name: 'peers', ref: '+guest/peers' },
      ])
      expect(await call('DELETE', `${guest}/ipset/peers`)).toMatchObject({
        reason: "IPSet 'peers' is not empty",
      })
      await endOf('POST', '/nodes/pve1/qemu/100/status/stop')
      await endOf('DELETE', '/nodes/pve1/qemu/100')
      expect(await call('GET', `${guest}/options`)).toMatchObject({ status: 500 })
      await endOf('POST', '/nodes/pve1/qemu', { vmid: 100 })
      expect(await data('GET', `${guest}/ipset`)).toEqual([])
    })
  })
})

describe('a realm', () => {
  it('is defined with what its kind needs, and hides its password', async () => {
    await inPveLab({ release: '9.1' }, async ({ call, data }) => {
      const path = '/access/domains'
      expect((await call('POST', path, { realm: 'campus', type: 'ldap' })).json.errors).toMatchObject({
        base_dn: 'property is missing and it is not optional',
      })
      const directory = {
        server1: 'ldap.test',
        base_dn: 'dc=x',
        user_attr: 'uid',
        bind_dn: 'cn=a',
        password: 'p',
      }
      await data('POST', path, { realm: 'campus', type: 'ldap', ...directory, default: 1 })
      const shown = await data<Record<string, unknown>>('GET', `${path}/campus`)
      expect(shown).toMatchObject({ type: 'ldap', server1: 'ldap.test', default: 1 })
      expect(shown.password).toBeUndefined()
      expect(await data('GET', path)).toContainEqual({ realm: 'campus', type: 'ldap', default: 1 })
      expect(await call('POST', path, { realm: 'campus', type: 'ldap', ...directory })).toMatchObject({
        reason: "add auth server failed: domain 'campus' already exists",
      })
      await data('DELETE', `${path}/campus`)
      expect(await data('GET', path)).toHaveLength(2)
    })
  })
})
