import { describe, expect, it } from 'vitest'
import { inPveLab } from '../../testing/pve-session.ts'
import type { Result } from './replies.ts'

interface Entry {
  readonly id: string
  readonly sid?: string
  readonly node: string
  readonly status: string
  readonly state?: string
  readonly failback?: number
  readonly 'armed-state'?: string
}

describe('HA groups of 8.4', () => {
  it('bind their resources: after a recovery the guest stands where its group wants it', async () => {
    await inPveLab({ group: 'control' }, async ({ data, seconds, world }) => {
      await data('POST', '/cluster/ha/groups', { group: 'third', nodes: 'pve3:2,pve2:1', restricted: 1 })
      await data('POST', '/cluster/ha/resources', { sid: 'vm:100', group: 'third' })
      await seconds(120)
      const homes = () => data<Entry[]>('GET', '/cluster/ha/status/current')
      const homeOf = async () => (await homes()).find(({ sid }) => sid === 'vm:100')?.node
      expect(await homeOf()).toBe('pve3')
      world.node('pve3').cutPower()
      await seconds(240)
      expect(await homeOf()).toBe('pve2')
    })
  })

  it('are changed and deleted, but not with an old digest', async () => {
    await inPveLab({}, async ({ call, data }) => {
      await data('POST', '/cluster/ha/groups', { group: 'g1', nodes: 'pve1' })
      const { digest } = await data<{ digest: string }>('GET', '/cluster/ha/groups/g1')
      await data('PUT', '/cluster/ha/groups/g1', { nodes: 'pve1:5,pve2', nofailback: 1, digest })
      expect(await data('GET', '/cluster/ha/groups/g1')).toMatchObject({
        nodes: 'pve1:5,pve2',
        nofailback: 1,
      })
      const late = await call('PUT', '/cluster/ha/groups/g1', { comment: 'x', digest })
      expect(late.reason).toContain('detected modified configuration')
      await data('DELETE', '/cluster/ha/groups/g1')
      expect(await data('GET', '/cluster/ha/groups')).toEqual([])
    })
  })
})

describe('release 9', () => {
  it('says its version, and offers rules instead of groups', async () => {
    await inPveLab({ release: '9.1' }, async ({ call, data }) => {
      expect(await data('GET', '/version')).toMatchObject({ release: '9.1' })
      const groups = await call('GET', '/cluster/ha/groups')
      expect(groups.reason).toBe('cannot index groups: ha groups have been migrated to rules')
      const grouped = await call('POST', '/cluster/ha/resources', { sid: 'vm:100', group: 'g1' })
      expect(grouped.reason).toBe("invalid parameter 'group': ha groups have been migrated to rules")
      expect((await call('POST', '/cluster/ha/status/arm-ha')).status).toBe(501)
    })
  })

  it('follows its rules, and refuses those that contradict each other', async () => {
    await inPveLab({ release: '9.1', group: 'treatment' }, async ({ call, data, seconds }) => {
      await data('POST', '/cluster/ha/rules', {
        rule: 'home',
        type: 'node-affinity',
        resources: 'vm:100',
        nodes: 'pve2',
        strict: 1,
      })
      await seconds(60)
      const entries = await data<Entry[]>('GET', '/cluster/ha/status/current')
      expect(entries.find(({ sid }) => sid === 'vm:100')).toMatchObject({ node: 'pve2', failback: 1 })
      const again = { type: 'node-affinity', resources: 'vm:100', nodes: 'pve3' }
      expect((await call('POST', '/cluster/ha/rules', { rule: 'home', ...again })).reason).toBe(
        "HA rule 'home' already defined",
      )
      const second = await call('POST', '/cluster/ha/rules', { rule: 'other', ...again })
      expect(second.json.errors).toEqual({
        resources: "resource 'vm:100' is already used in another node affinity rule",
      })
      const strange = await call('POST', '/cluster/ha/rules', { rule: 'x1', ...again, resources: 'vm:999' })
      expect(strange.reason).toBe('cannot use unmanaged resource(s) vm:999.')
      await data('PUT', '/cluster/ha/rules/home', { type: 'node-affinity', nodes: 'pve3' })
      await seconds(60)
      const later = await data<Entry[]>('GET', '/cluster/ha/status/current')
      expect(later.find(({ sid }) => sid === 'vm:100')?.node).toBe('pve3')
    })
  })

  it('tells who stands in the way of a migration', async () => {
    await inPveLab({ release: '9.1', group: 'treatment' }, async ({ data }) => {
      const resources = 'vm:100,vm:101'
      await data('POST', '/cluster/ha/rules', {
        rule: 'apart',
        type: 'resource-affinity',
        affinity: 'negative',
        resources,
      })
      expect(await data('POST', '/cluster/ha/resources/vm:100/migrate', { node: 'pve2' })).toEqual({
        sid: 'vm:100',
        'requested-node': 'pve2',
        'comigrated-resources': [],
        'blocking-resources': [{ sid: 'vm:101', cause: 'resource-affinity' }],
      })
    })
  })

  it('disarms HA from 9.2 on, and arms it again', async () => {
    await inPveLab({ release: '9.2', group: 'treatment' }, async ({ data, seconds }) => {
      const fencing = async () => {
        const entries = await data<Entry[]>('GET', '/cluster/ha/status/current')
        return entries.find(({ id }) => id === 'fencing')
      }
      expect(await fencing()).toMatchObject({ 'armed-state': 'armed', status: 'armed (CRM watchdog active)' })
      await data('POST', '/cluster/ha/status/disarm-ha', { 'resource-mode': 'freeze' })
      await seconds(60)
      expect(await fencing()).toMatchObject({ 'armed-state': 'disarmed', resource_mode: 'freeze' })
      await data('POST', '/cluster/ha/status/arm-ha')
      await seconds(60)
      expect(await fencing()).toMatchObject({ 'armed-state': 'armed' })
    })
  })
})

describe('a call without the wire', () => {
  it('gives what the same request gives, and fails with the same words', async () => {
    await inPveLab({}, async ({ frontEnd, data }) => {
      const { data: own } = (await frontEnd.carryOutAsRoot('pve1', 'GET', '/nodes/pve2/tasks', {
        limit: 1,
      })) as Result
      expect(own).toEqual(await data('GET', '/nodes/pve2/tasks', { limit: 1 }))
      const refused = frontEnd.carryOutAsRoot('pve1', 'GET', '/nodes/pve1/tasks', { a: 1 })
      await expect(refused).rejects.toMatchObject({ status: 400, errors: { a: expect.anything() } })
    })
  })
})
