import { describe, expect, it } from 'vitest'
import type { Lab } from '../../../shared/domain/lab.ts'
import { type CommandRunner, commandsOf } from '../../testing/node-commands.ts'
import { inPveLab, labPassword, threeNodes } from '../../testing/pve-session.ts'

const nodes = ['pve1', 'pve2', 'pve3']
const bare: Lab = {
  ...threeNodes,
  nodes: threeNodes.nodes.map((node) => ({ ...node, cephDiskGB: 0 })),
  guests: [],
}

const onNodes = (act: (commands: CommandRunner) => Promise<void>, standalone = false) =>
  inPveLab({ lab: bare, emptyDiskGB: 25, standalone }, (session) => act(commandsOf(session)))

const succeeds = async ({ run }: CommandRunner, command: string, node?: string, stdin?: string) => {
  const result = await run(command, node, stdin)
  expect([command, result.code, result.code === 0 ? '' : result.stderr]).toEqual([command, 0, ''])
  return result.stdout
}

/** As proxmox.md 5 and a student's notes have it. */
async function setUp(commands: CommandRunner): Promise<void> {
  for (const node of nodes)
    await succeeds(commands, 'yes | pveceph install --version squid --repository no-subscription', node)
  expect(await succeeds(commands, 'pveceph init --network 10.9.0.0/24')).toBe(
    'creating /etc/pve/priv/ceph.client.admin.keyring\n',
  )
  for (const node of nodes) await succeeds(commands, 'pveceph mon create', node)
  for (const node of ['pve2', 'pve3']) await succeeds(commands, 'pveceph mgr create', node)
  for (const node of nodes) await succeeds(commands, 'pveceph osd create /dev/sdb', node)
  await succeeds(commands, 'pveceph pool create rbd1 --pg_num 32 --pg_autoscale_mode on --add_storages 1')
}

describe('Ceph set up by commands', () => {
  it('ends healthy on nodes that stood alone and were joined before', () =>
    onNodes(async (commands) => {
      const { out, run, seconds } = commands
      await run('pvecm create lab')
      await seconds(20)
      for (const node of ['pve2', 'pve3']) {
        await run('pvecm add 10.9.0.11', node, `${labPassword}\nyes\n`)
        await seconds(30)
      }
      expect(await run('ceph -s')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('ObjectNotFound'),
      })
      await setUp(commands)
      await seconds(120)
      const status = await out('ceph -s', 'pve3')
      expect(status).toContain('health: HEALTH_OK')
      expect(status).toContain('mon: 3 daemons, quorum pve1,pve2,pve3')
      expect(status).toMatch(/mgr: pve1\(active, since \w+\), standbys: pve2, pve3/)
      expect(status).toMatch(/osd: 3 osds: 3 up \(since \w+\), 3 in/)
      expect(await out('ceph osd pool ls | sort')).toBe('device_health_metrics\nrbd1\n')
      expect(await out('pvesm status | grep -c "rbd1 .*active"')).toBe('1\n')
      expect(await out('grep mon_host /etc/pve/ceph.conf')).toBe(
        '\tmon_host = 10.9.0.11 10.9.0.12 10.9.0.13\n',
      )
      expect(await out('lsblk | grep -c osd--block')).toBe('1\n')
    }, true))

  it('is undone step by step until nothing is left', () =>
    onNodes(async (commands) => {
      const { out, run, seconds } = commands
      await setUp(commands)
      await seconds(60)
      const early = await run('pveceph purge')
      expect(early.code).toBe(255)
      expect(early.stderr).toBe(
        'Unable to purge Ceph!\n\nTo continue:\n- remove active OSD on pve1\n- remove other MONs, pve1 is not the last MON\n',
      )
      await succeeds(commands, 'pveceph pool destroy rbd1 --remove_storages 1')
      for (const [id, node] of nodes.entries()) {
        await succeeds(commands, `ceph osd out ${id}`, node)
        await succeeds(commands, `systemctl stop ceph-osd@${id}`, node)
        await seconds(5)
        await succeeds(commands, `pveceph osd destroy ${id}${id === 0 ? ' --cleanup 1' : ''}`, node)
      }
      expect(await out('ceph osd ls')).toBe('')
      for (const node of ['pve2', 'pve3']) {
        expect(await run('wipefs -a /dev/sdb', node)).toMatchObject({ code: 1 })
        await run('ceph-volume lvm zap /dev/sdb --destroy', node)
        expect(await out('pvesh get /nodes/$(hostname)/disks/list --type unused | grep -c sdb', node)).toBe(
          '1\n',
        )
        await succeeds(commands, `pveceph mon destroy ${node}`)
        await succeeds(commands, 'pveceph purge --logs --crash', node)
      }
      await succeeds(commands, 'pveceph purge --logs --crash')
      expect(await run('pveceph status')).toMatchObject({ code: 2 })
      // And from the beginning.
      await setUp(commands)
      await seconds(120)
      expect(await out('ceph health')).toBe('HEALTH_OK\n')
    }))

  it('refuses what Ceph refuses', () =>
    onNodes(async (commands) => {
      const { run } = commands
      const install = 'pveceph install --version squid --repository'
      expect(await run(`${install} no-subscription </dev/null`)).toMatchObject({
        code: 255,
        stderr: 'Abort.\napt failed during ceph installation (256)\n',
      })
      expect((await run(`yes | ${install} enterprise`)).code).toBe(255)
      expect(await run('pveceph init')).toMatchObject({
        code: 255,
        stderr: 'binary not installed: /usr/bin/ceph-mon\n',
      })
      await setUp(commands)
      await commands.seconds(30)
      const big = await run('ceph osd pool create big 1024')
      expect(big).toMatchObject({
        code: 34,
        stderr:
          'Error ERANGE:  pg_num 1024 size 3 would mean 3171 total pgs, which exceeds max 750 (mon_max_pg_per_osd 250 * num_in_osds 3)\n',
      })
      expect(await run('ceph osd purge 1 --yes-i-really-mean-it')).toMatchObject({ code: 16 })
      expect(await run('ceph config set osd osd_memory_target 800000000')).toMatchObject({ code: 22 })
      expect(await run('pveceph osd create /dev/sdb')).toMatchObject({
        code: 255,
        stderr: "device '/dev/sdb' is already in use\n",
      })
    }))
})

describe('disks', () => {
  it('take a ZFS pool, and are free again when it is destroyed and its table zapped', () =>
    onNodes(async ({ out, run }) => {
      expect(await out('zpool list')).toBe('no pools available\n')
      expect(await run('zpool create tank mirror /dev/sdb')).toMatchObject({
        code: 1,
        stderr: 'cannot create: mirror needs at least 2 disks\n',
      })
      expect((await run('zpool create -o ashift=12 tank /dev/sdb')).code).toBe(0)
      expect(await out('zpool status tank | grep sdb')).toMatch(/^\t +sdb +ONLINE/)
      expect((await run('sgdisk --zap-all /dev/sdb')).code).toBe(4)
      expect((await run('zpool destroy tank')).code).toBe(0)
      expect(await out('wipefs /dev/sdb | tail -1')).toContain('gpt')
      expect((await run('sgdisk --zap-all /dev/sdb')).code).toBe(0)
      expect(await out('wipefs /dev/sdb')).toBe('')
      expect(await out('lsblk /dev/sda | grep -c part')).toBe('3\n')
    }))
})
