import { describe, expect, it } from 'vitest'
import { type CommandRunner, withCommands } from '../../testing/node-commands.ts'

/** In a lab of three nodes with Ceph and HA that has booted; each test has one of its own. */
const inLab = (act: (commands: CommandRunner) => Promise<void>) => () => withCommands(act)

describe('a command line on a node', () => {
  it(
    'goes through pipes, conditions and variables',
    inLab(async ({ out, run }) => {
      expect(await out('pvecm nodes | grep -c pve')).toBe('3\n')
      expect(await out('false || echo "a  b" $HOME; X=1; echo $X$(hostname)')).toBe('a  b /root\n1pve1\n')
      expect(await run('nosuch 2>&1 | wc -l && qm status 999 >/dev/null 2>&1')).toMatchObject({
        code: 2,
        stdout: '1\n',
        stderr: '',
      })
      expect(await out('yes | head -2')).toBe('y\ny\n')
      expect(await out('seq 5 | tail -n +4; seq 3 | head -n -2; seq 9 | grep -n -A1 "[37]"')).toBe(
        '4\n5\n1\n3:3\n4-4\n--\n7:7\n8-8\n',
      )
      expect(await out('bash -c "exit 3"; echo $?')).toBe('3\n')
      expect(await out('for n in 1 2; do ssh pve$n hostname; done | sort -r')).toBe('pve2\npve1\n')
      expect(await out('while true; do echo x; break; done')).toBe('x\n')
      expect(
        await out('if [ $(hostname) = pve2 ]; then echo no; elif test -f /etc/hosts; then echo yes; fi'),
      ).toBe('yes\n')
      expect(await run('timeout 1 bash -c "while true; do true; done"')).toMatchObject({ code: 124 })
    }),
  )

  it(
    'keeps what was written, on that node alone',
    inLab(async ({ out, run }) => {
      await run('echo one > /tmp/x && echo two >> /tmp/x')
      expect(await out('cat /tmp/x | sort -r')).toBe('two\none\n')
      expect(await run('cat /tmp/x', 'pve2')).toMatchObject({ code: 1 })
      expect(await run('echo x > /etc/nosuch')).toMatchObject({ code: 1 })
      expect((await run('echo x > /etc/nosuch')).stderr).toBe(
        'bash: line 1: /etc/nosuch: Permission denied\n',
      )
    }),
  )

  it(
    'ends when its time is over',
    inLab(async ({ clock, run }) => {
      const beganMs = clock.nowMs()
      expect(await run('timeout 5 journalctl -f -n 0')).toMatchObject({ code: 124 })
      expect(clock.nowMs() - beganMs).toBe(5000)
    }),
  )
})

describe('the machine on the command line', () => {
  it(
    'has memory, swap and processors as its status says',
    inLab(async ({ out, run }) => {
      const status = JSON.parse(await out('pvesh get /nodes/pve1/status --output-format json')) as {
        memory: { total: number; used: number }
        swap: { total: number }
        cpuinfo: { cpus: number }
      }
      expect(await out('nproc')).toBe(`${status.cpuinfo.cpus}\n`)
      const [, memory = '', swap = ''] = (await out('free -m')).split('\n')
      expect(memory.split(/ +/).slice(0, 3)).toEqual([
        'Mem:',
        String(status.memory.total / 1024 ** 2),
        String(status.memory.used / 1024 ** 2),
      ])
      expect(swap).toMatch(/^Swap: +\d+ +0 +\d+$/)
      expect(status.swap.total).toBeGreaterThan(0)
      expect(await out('free -h | grep -c "8.0Gi"')).toBe('1\n')
      expect(await run('free -h | head -1')).toMatchObject({
        stdout: '               total        used        free      shared  buff/cache   available\n',
      })
    }),
  )

  it(
    'has mounted its disk, the cluster file system and its OSDs',
    inLab(async ({ out, run }) => {
      const table = await out('df -h')
      expect(table).toMatch(
        /^Filesystem +Size +Used +Avail +Use% +Mounted on\n\/dev\/mapper\/pve-root +50G +3.0G +47G +6% \/\n/,
      )
      expect(table).toMatch(/^\/dev\/fuse +128M +20K +128M +1% \/etc\/pve$/m)
      expect(table).toMatch(/^tmpfs .* \/var\/lib\/ceph\/osd\/ceph-0$/m)
      expect(await out('df -T /etc/pve/nodes | tail -1')).toMatch(/^\/dev\/fuse +fuse +131072 +20 /)
      await run('systemctl stop pve-cluster')
      expect(await out('df -h')).not.toContain('/etc/pve')
    }),
  )

  it(
    'has volumes, routes, a time server and an operating system',
    inLab(async ({ out, seconds, world }) => {
      expect(await out('lvs | tail -n +2 | sort')).toMatch(
        /^ {2}osd-block ceph-\S+ +-wi-ao---- +<25.00g\n {2}root +pve .*\n {2}swap +pve .*\n$/,
      )
      expect(await out('ip route')).toMatch(
        /^default via 10\.9\.0\.1 dev vmbr0 .*\n10\.9\.0\.0\/24 dev vmbr0 /,
      )
      expect(await out('chronyc sources | tail -1')).toMatch(/^\^\* 10\.9\.0\.1 +2 /)
      world.network.setLink('pve1', 'management', false)
      await seconds(1)
      expect(await out('chronyc sources | tail -1')).toMatch(/^\^\? /)
      expect(await out('grep VERSION_CODENAME /etc/os-release')).toBe('VERSION_CODENAME=bookworm\n')
      expect(await out('cat /etc/ceph/ceph.conf')).toBe(await out('cat /etc/pve/ceph.conf'))
    }),
  )

  it(
    'shows the images of the guests',
    inLab(async ({ out, run }) => {
      expect(await out('rbd ls vmpool')).toMatch(/^vm-100-disk-0\n/)
      expect(await out('rbd ls -l -p vmpool | head -2')).toMatch(
        /^NAME +SIZE +PARENT +FMT +PROT +LOCK *\nvm-100-disk-0 +4 GiB +2/,
      )
      expect(await out('rbd info vmpool/vm-100-disk-0')).toContain('\tsize 4 GiB in 1024 objects\n')
      expect(await run('rbd info vmpool/nosuch')).toMatchObject({ code: 2 })
      expect(await run('rbd ls')).toMatchObject({ code: 2, stdout: '' })
    }),
  )

  it(
    'takes options that are cut short, as long as it is clear which one is meant',
    inLab(async ({ out, run }) => {
      expect(await out('ha-manager status -v | grep -c manager_status')).toBe('1\n')
      expect(await out('pvesh get /version --output json')).toBe(
        await out('pvesh get /version --output-format json'),
      )
      expect(await run('ha-manager set vm:100 --max 1')).toMatchObject({
        code: 255,
        stderr: expect.stringMatching(/^Option max is ambiguous \(max_relocate, max_restart\)\n/),
      })
    }),
  )
})

describe('quorum on the command line', () => {
  it(
    'is lost with two of three nodes, and comes back with fewer votes expected',
    inLab(async ({ out, run, seconds, world }) => {
      world.node('pve2').cutPower()
      world.node('pve3').cutPower()
      await seconds(15)
      const status = await run('pvecm status')
      expect(status.code).toBe(2)
      expect(status.stdout).toContain('Quorum:           2 Activity blocked\n')
      expect(await out('corosync-cfgtool -s | grep -c disconnected')).toBe('2\n')
      expect(await run('ha-manager set vm:100 --state stopped')).toMatchObject({ code: 255 })
      expect(await run('pvecm expected 1')).toMatchObject({ code: 0 })
      await seconds(5)
      expect(await run('pvecm status')).toMatchObject({ code: 0 })
      expect(await run('ha-manager set vm:100 --state stopped')).toMatchObject({ code: 0 })
      // A member that comes back knows of all votes.
      world.node('pve2').powerOn()
      await seconds(90)
      expect(await out('pvecm status | grep Expected')).toBe('Expected votes:   3\n')
    }),
  )

  it(
    'is lost with corosync, and comes back with it',
    inLab(async ({ run, seconds, world }) => {
      await run('systemctl stop corosync', 'pve3')
      await seconds(3)
      expect(world.shared.isQuorate('pve3')).toBe(false)
      expect(await run('pvecm status', 'pve3')).toMatchObject({
        code: 1,
        stderr: 'Cannot initialize CMAP service\n',
      })
      await run('systemctl start corosync', 'pve3')
      await seconds(10)
      expect(world.shared.isQuorate('pve3')).toBe(true)
    }),
  )
})

describe('Ceph on the command line', () => {
  it(
    'notices a killed OSD, and that it is started again',
    inLab(async ({ out, run, seconds }) => {
      await run('systemctl kill -s KILL ceph-osd@1', 'pve2')
      await seconds(10)
      expect(await out('ceph health detail | head -1')).toContain('1 osds down')
      expect(await out('systemctl is-active ceph-osd@1', 'pve2')).toBe('inactive\n')
      await run('systemctl start ceph-osd@1', 'pve2')
      await seconds(60)
      expect(await out('ceph -s -f json | grep -c HEALTH_OK')).toBe('1\n')
    }),
  )

  it(
    'waits for monitors as long as it is told',
    inLab(async ({ clock, run, seconds, world }) => {
      world.node('pve2').cutPower()
      world.node('pve3').cutPower()
      await seconds(20)
      const beganMs = clock.nowMs()
      expect(await run('ceph --connect-timeout 10 -s')).toMatchObject({
        code: 1,
        stdout: '',
        stderr: 'timed out\n',
      })
      expect(clock.nowMs() - beganMs).toBeGreaterThanOrEqual(10_000)
      expect(clock.nowMs() - beganMs).toBeLessThan(11_000)
    }),
  )

  it(
    'takes flags',
    inLab(async ({ out, run }) => {
      expect(await run('ceph osd set noout')).toMatchObject({ code: 0, stderr: 'noout is set\n' })
      expect(await out('ceph -s')).toContain('noout flag(s) set')
    }),
  )
})

describe('guests and HA on the command line', () => {
  it(
    'move on request, and the task says so',
    inLab(async ({ out, seconds, world }) => {
      expect(await out('qm migrate 100 pve2 --online')).toBe(
        'Requesting HA migration for VM 100 to node pve2\n',
      )
      await seconds(40)
      expect(world.guest('vm:100').host).toBe('pve2')
      expect(await out('pct list')).toContain('200        running')
      expect(await out('ha-manager status | grep vm:100')).toBe('service vm:100 (pve2, started)\n')
    }),
  )

  it(
    'leave a node in maintenance',
    inLab(async ({ out, run, seconds, world }) => {
      await run('ha-manager crm-command node-maintenance enable pve1')
      await seconds(60)
      expect(await out('ha-manager status')).toContain('lrm pve1 (maintenance mode')
      expect(world.guest('vm:100').host).not.toBe('pve1')
    }),
  )
})

describe('processes on the command line', () => {
  it(
    'end by a signal: guests by the number QEMU wrote down, daemons by name',
    inLab(async ({ out, run, seconds, world }) => {
      expect(await out('pidof kvm')).toBe(await out('cat /var/run/qemu-server/100.pid'))
      expect(await run('kill -SIGKILL $(cat /run/qemu-server/100.pid)')).toMatchObject({ code: 0 })
      expect(world.guest('vm:100').host).toBeUndefined()
      expect(await run('cat /var/run/qemu-server/100.pid')).toMatchObject({ code: 1 })
      expect(await run('killall -s 9 ceph-osd')).toMatchObject({ code: 0 })
      await seconds(5)
      expect(world.ceph.summary('pve2')).toMatchObject({ osds: 3, osdsUp: 2 })
      expect(await run('pkill -9 corosync; pgrep corosync')).toMatchObject({ code: 1, stdout: '' })
      await seconds(3)
      expect(world.shared.isQuorate('pve1')).toBe(false)
    }),
  )
})

describe('faults on the command line', () => {
  it(
    'cut a link until it is mended',
    inLab(async ({ run, seconds, world }) => {
      await run('ip link set ens19 down', 'pve3')
      await seconds(12)
      expect(world.corosync.membersSeenBy('pve1')).toEqual(['pve1', 'pve2'])
      await run('ip link set ens19 up', 'pve3')
      await seconds(12)
      expect(world.corosync.membersSeenBy('pve1')).toHaveLength(3)
    }),
  )

  it(
    'delay packets',
    inLab(async ({ out, run, world }) => {
      await run('tc qdisc add dev ens19 root netem delay 200ms loss 10%')
      expect(world.network.path('pve1', 'pve2', 'cluster')).toMatchObject({
        latencyMs: 200,
        loss: expect.closeTo(0.1),
      })
      expect(await out('tc qdisc show dev ens19')).toContain(
        'netem 8001: root refcnt 2 limit 1000 delay 200ms loss 10%',
      )
      await run('tc qdisc del dev ens19 root')
      expect(world.network.path('pve1', 'pve2', 'cluster')).toMatchObject({ latencyMs: 0, loss: 0 })
    }),
  )

  it(
    'crash a node, or stop it in order',
    inLab(async ({ run, seconds, world }) => {
      await run('echo b > /proc/sysrq-trigger', 'pve3')
      expect(world.node('pve3').networkUp).toBe(false)
      expect(world.node('pve3').power).toBe('on')
      await run('shutdown -h now', 'pve2')
      await seconds(180)
      expect(world.node('pve2').power).toBe('off')
    }),
  )

  it(
    'show an LRM that is stopped while its services are not frozen yet as ending',
    inLab(async ({ run, seconds, out, world }) => {
      const stopping = run('systemctl stop pve-ha-lrm')
      await seconds(1)
      expect(await run('systemctl is-active pve-ha-lrm')).toMatchObject({
        code: 3,
        stdout: 'deactivating\n',
      })
      expect(await out('systemctl status pve-ha-lrm')).toContain('Active: deactivating (stop)\n')
      expect(await stopping).toMatchObject({ code: 0 })
      expect(world.ha.lrmState('pve1')).toBeUndefined()
    }),
  )

  it(
    'kill the LRM, whose watchdog then resets the node',
    inLab(async ({ run, seconds, out, world }) => {
      const before = world.node('pve1').upSinceMs
      await run('systemctl kill -s KILL pve-ha-lrm')
      expect(world.node('pve1').upSinceMs).toBe(before)
      await seconds(60)
      expect(world.node('pve1').upSinceMs).not.toBe(before)
      expect(await out('journalctl -u watchdog-mux -o cat', 'pve1')).toContain(
        'client did not stop watchdog - disable watchdog updates',
      )
    }),
  )
})

describe('another node', () => {
  it(
    'runs a command, and answers echoes, while the network carries them',
    inLab(async ({ out, run, world }) => {
      expect(await out('ssh root@pve2 hostname; ssh pve3 "hostname | grep -c 3"')).toBe('pve2\n1\n')
      expect(await out('ping -c 2 pve2 | grep transmitted')).toContain('2 received, 0% packet loss')
      world.network.setQuality('management', { lossPercent: 30 }, 'pve2')
      expect(await out('ping -c 100 -i 0.1 pve2 | grep transmitted')).toContain(
        '49 received, 51% packet loss',
      )
      world.node('pve3').cutPower()
      expect(await run('ssh pve3 hostname')).toMatchObject({
        code: 255,
        stderr: 'ssh: connect to host pve3 port 22: No route to host\n',
      })
      expect(await run('ping -c 1 pve3')).toMatchObject({ code: 1 })
    }),
  )

  it(
    'does nothing while it stands still',
    inLab(async ({ clock, run, world }) => {
      world.node('pve2').freeze()
      clock.at(clock.nowMs() + 20_000, () => world.node('pve2').thaw())
      const beganMs = clock.nowMs()
      await run('hostname', 'pve2')
      expect(clock.nowMs() - beganMs).toBeGreaterThanOrEqual(20_000)
    }),
  )
})

describe('the journal', () => {
  it(
    'is read by unit, time and format',
    inLab(async ({ out, run }) => {
      expect(await out('journalctl -u corosync -n 1 -o short-iso-precise')).toMatch(
        /^2026-01-01T00:\d\d:\d\d\.\d{6}\+0000 pve1 corosync\[\d+\]: {1,3}\[/,
      )
      expect(JSON.parse(await out('journalctl -u pve-ha-crm -n 1 -o json'))).toMatchObject({
        _HOSTNAME: 'pve1',
        SYSLOG_IDENTIFIER: 'pve-ha-crm',
      })
      expect(await out('journalctl --since "1 min ago" -u corosync')).toBe('-- No entries --\n')
      expect(await run('journalctl --since nonsense')).toMatchObject({ code: 1 })
    }),
  )
})

describe('pvesh', () => {
  it(
    'prints every format',
    inLab(async ({ out, run }) => {
      expect(JSON.parse(await out('pvesh get /version --output-format json'))).toMatchObject({
        release: '8.4',
      })
      expect(await out('pvesh get /version --output-format yaml')).toContain('---\nrelease: 8.4\n')
      expect(await out('pvesh get /nodes --output-format json-pretty')).toContain('      "node" : "pve1",\n')
      expect(await run('pvesh get /nodes --output-format xml')).toMatchObject({ code: 255 })
    }),
  )
})
