import { describe, expect, it } from 'vitest'
import { type CommandRunner, withCommands } from '../../testing/node-commands.ts'

const inLab = (act: (commands: CommandRunner) => Promise<void>) => () => withCommands(act)

describe('guests on the command line', () => {
  it(
    'are backed up, and made again from the archive',
    inLab(async ({ out, run }) => {
      const log = await out('vzdump 100 200 --storage local --compress zstd')
      expect(log).toContain('INFO: Finished Backup of VM 100')
      const archiveOf = async (kind: string) =>
        (await out(`pvesm list local --content backup | grep ${kind}`)).split(' ')[0]
      const archive = await archiveOf('qemu')
      expect(archive).toMatch(/^local:backup\/vzdump-qemu-100-.*\.vma\.zst$/)
      expect(await out(`pvesm extractconfig ${archive}`)).toContain('name: vm100\n')
      await out(`qmrestore ${archive} 300 --unique 1`)
      expect(await out('qm config 300')).toContain('scsi0: rbd1:vm-300-disk-0,size=4G\n')
      const container = await archiveOf('lxc')
      await out(`pct restore 301 ${container}`)
      expect(await out('pct list')).toContain('301')
      expect((await run('vzdump 100 --storage nosuch')).stderr).toContain("storage 'nosuch' does not exist")
    }),
  )

  it(
    'are copied, kept, changed, locked and unlocked',
    inLab(async ({ out, run }) => {
      await out('qm create 400 --name more --memory 128 --scsi0 rbd1:1 --net0 virtio,bridge=vmbr0')
      await out('qm set 400 --tags b,a,b --description "two\nlines"')
      expect(await out('qm config 400')).toContain('description: two%0Alines\n')
      expect(await out('qm config 400')).toContain('tags: a;b\n')
      await out('qm disk resize 400 scsi0 +1G')
      expect(await out('qm config 400')).toMatch(/scsi0: rbd1:vm-400-disk-0,size=2G\n/)
      await out('qm snapshot 400 before')
      expect(await out('qm listsnapshot 400')).toMatch(
        /^`-> before +\S+ \S+ +no-description\n {2}`-> current +You are here!\n$/,
      )
      await out('qm delsnapshot 400 before')
      await out('qm clone 400 401 --name copy && qm template 401')
      expect(await out('qm config 401')).toContain('template: 1\n')
      await out('qm set 400 --lock backup')
      expect((await run('qm start 400')).stderr).toBe('VM is locked (backup)\n')
      await out('qm unlock 400 && qm start 400')
      expect(await out('qm status 400')).toBe('status: running\n')
      await out('qm stop 400 && qm destroy 400')
      expect((await run('qm status 400')).code).toBe(2)
    }),
  )

  it(
    'have processes that can be killed, as daemons have',
    inLab(async ({ out, run, seconds, world }) => {
      expect(world.guest('vm:100').isRunning).toBe(true)
      expect(await out('pgrep -f "kvm -id 100 "')).toBe('10100\n')
      await out('kill -9 $(pgrep -f "kvm -id 100 ")')
      expect(world.guest('vm:100').isRunning).toBe(false)
      expect(await run('pgrep -f "kvm -id 100 "')).toMatchObject({ code: 1, stdout: '' })
      await out('killall -9 corosync', 'pve3')
      await seconds(15)
      expect(world.corosync.membersSeenBy('pve1')).toEqual(['pve1', 'pve2'])
      expect(await run('pkill -9 nosuch')).toMatchObject({ code: 1 })
    }),
  )
})

describe('a node on the command line', () => {
  it(
    'loads templates, lists its certificates and keeps storages and users',
    inLab(async ({ out, run }) => {
      expect(await out('pveam available --section system')).toContain('debian-12-standard')
      await out('pveam download local debian-12-standard_12.7-1_amd64.tar.zst')
      expect(await out('pveam list local')).toContain('local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst')
      await out('pct create 500 local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst --rootfs rbd1:1')
      expect(await out('pct config 500')).toContain('rootfs: rbd1:vm-500-disk-0,size=1G\n')
      await out('pvesm add dir more --path /mnt/more --content iso')
      expect(await out('pvesm status')).toContain('more')
      await out('pvesm remove more')
      await out('pveum group add students && pveum user add a@pve --groups students')
      expect(await out('pveum group list')).toContain('students')
      expect(await out('cat /etc/pve/user.cfg')).toContain('group:students:a@pve::\n')
      expect(await out('pvenode cert info')).toContain('PVE Cluster Manager CA')
      expect((await run('apt-get update')).code).toBe(100)
      expect(
        await out(
          'DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Options::=--force-confold dist-upgrade',
        ),
      ).toContain('0 upgraded')
      expect(
        await out(
          'echo MAX_WORKERS=1 > /etc/default/pveproxy && cp /etc/default/pveproxy /tmp/x && cat /tmp/x',
        ),
      ).toBe('MAX_WORKERS=1\n')
      expect(await run('mv /etc/hosts /tmp/hosts')).toMatchObject({ code: 1 })
    }),
  )
})
