import { describe, expect, it } from 'vitest'
import { inPveLab } from '../../testing/pve-session.ts'

interface Task {
  readonly exitstatus?: string
}

interface Repositories {
  readonly files: readonly {
    readonly path: string
    readonly repositories: readonly { readonly URIs: readonly string[] }[]
  }[]
  readonly 'standard-repos': readonly { readonly handle: string; readonly status?: number }[]
}

const path = (upid: string) => `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`

describe('package sources', () => {
  it.each(['8.4', '9.1'] as const)('of %s want a subscription until they are changed', async (release) => {
    await inPveLab({ release }, async ({ data, seconds }) => {
      const update = async () => {
        const upid = await data<string>('POST', '/nodes/pve1/apt/update')
        await seconds(10)
        return (await data<Task>('GET', path(upid))).exitstatus
      }
      expect(await update()).toBe("command 'apt-get update' failed: exit code 100")
      const { files } = await data<Repositories>('GET', '/nodes/pve1/apt/repositories')
      for (const file of files)
        for (const [index, { URIs }] of file.repositories.entries())
          if (URIs[0]?.startsWith('https://enterprise.proxmox.com') === true)
            await data('POST', '/nodes/pve1/apt/repositories', { path: file.path, index, enabled: 0 })
      await data('PUT', '/nodes/pve1/apt/repositories', { handle: 'no-subscription' })
      expect(await update()).toBe('OK')
      const after = await data<Repositories>('GET', '/nodes/pve1/apt/repositories')
      const statuses = after['standard-repos'].map(({ handle, status }) => [handle, status])
      expect(statuses).toContainEqual(['enterprise', 0])
      expect(statuses).toContainEqual(['no-subscription', 1])
      expect(statuses).toContainEqual(['test', undefined])
    })
  })
})

describe('a node', () => {
  it('keeps a change of its network pending until it is applied', async () => {
    await inPveLab({}, async ({ call, data, seconds }) => {
      await data('POST', '/nodes/pve1/network', { iface: 'vmbr1', type: 'bridge', bridge_ports: 'ens19' })
      const pending = await call('GET', '/nodes/pve1/network')
      expect(pending.body).toContain('"changes"')
      await data('PUT', '/nodes/pve1/network')
      await seconds(5)
      expect((await call('GET', '/nodes/pve1/network')).body).not.toContain('"changes"')
      expect(await data('GET', '/nodes/pve1/network/vmbr1')).toMatchObject({ bridge_ports: 'ens19' })
      expect((await call('GET', '/nodes/pve1/network/vmbr9')).json.errors).toEqual({
        iface: 'interface does not exist',
      })
    })
  })

  it('stops and starts its services, and the proxy of its neighbours notices', async () => {
    await inPveLab({}, async ({ call, data, seconds }) => {
      await data('POST', '/nodes/pve2/services/pvedaemon/stop')
      await seconds(1)
      expect((await call('GET', '/nodes/pve2/services/pvedaemon/state')).status).toBe(595)
      const upid = await data<string>('POST', '/nodes/pve1/services/pve-ha-lrm/restart')
      await seconds(1)
      expect(await data('GET', '/nodes/pve1/services/pve-ha-lrm/state')).toMatchObject({
        state: 'stop',
        'active-state': 'deactivating',
      })
      await seconds(120)
      expect(await data('GET', path(upid))).toMatchObject({ exitstatus: 'OK' })
      expect(await data('GET', '/nodes/pve1/services/pve-ha-lrm/state')).toMatchObject({ state: 'running' })
    })
  })

  it('starts and stops all its guests outside HA', async () => {
    await inPveLab({}, async ({ data, seconds, world }) => {
      await data('POST', '/nodes/pve1/stopall')
      await seconds(120)
      expect(['vm:100', 'ct:200'].map((id) => world.guest(id).isRunning)).toEqual([false, false])
      await data('POST', '/nodes/pve1/startall')
      await seconds(60)
      expect(['vm:100', 'ct:200', 'vm:101'].map((id) => world.guest(id).isRunning)).toEqual([
        true,
        true,
        true,
      ])
    })
  })

  it('sets flags of Ceph and takes an OSD out', async () => {
    await inPveLab({}, async ({ data, seconds }) => {
      await data('PUT', '/cluster/ceph/flags/noout', { value: 1 })
      expect(await data('GET', '/cluster/ceph/flags/noout')).toBe(1)
      await data('PUT', '/cluster/ceph/flags', { noout: 0, norebalance: 1 })
      await seconds(1)
      expect(await data('GET', '/cluster/ceph/flags/noout')).toBe(0)
      await data('POST', '/nodes/pve1/ceph/osd/1/out')
      const { root } = await data<{ root: unknown }>('GET', '/nodes/pve1/ceph/osd')
      expect(JSON.stringify(root)).toMatch(/"name":"osd.1".*?"in":0/)
    })
  })
})
