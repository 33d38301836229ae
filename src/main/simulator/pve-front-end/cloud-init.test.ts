import { describe, expect, it } from 'vitest'
import { inPveLab } from '../../testing/pve-session.ts'
import { cloudInitText } from './cloud-init.ts'
import { releases } from './release.ts'

const key = 'ssh-ed25519 AAAAC3 student@laptop'

describe('cloud-init', () => {
  it.each(releases)(
    'of a machine of %s is made from its options, and never shows the password',
    async (release) => {
      await inPveLab({ release }, async ({ data, endOf }) => {
        const guest = '/nodes/pve1/qemu/100'
        await endOf('POST', `${guest}/status/stop`)
        await data('PUT', `${guest}/config`, {
          ide2: 'local:cloudinit',
          ciuser: 'student',
          cipassword: 'very secret',
          sshkeys: encodeURIComponent(key),
          ipconfig0: 'ip=10.9.1.50/25,gw=10.9.1.1',
          nameserver: '10.9.0.1',
        })
        const config = await data<Record<string, string>>('GET', `${guest}/config`)
        expect(config).toMatchObject({
          ide2: 'local:100/vm-100-cloudinit.qcow2,media=cdrom',
          cipassword: '**********',
        })
        const user = await data<string>('GET', `${guest}/cloudinit/dump`, { type: 'user' })
        expect(user).toContain(`user: student\n`)
        expect(user).toContain(`  - ${key}\n`)
        expect(user).not.toContain('very secret')
        const network = await data<string>('GET', `${guest}/cloudinit/dump`, { type: 'network' })
        expect(network).toContain("        netmask: '255.255.255.128'\n        gateway: '10.9.1.1'\n")
        const meta = () => data<string>('GET', `${guest}/cloudinit/dump`, { type: 'meta' })
        const before = await meta()
        await endOf('POST', `${guest}/status/start`)
        await data('PUT', `${guest}/config`, { ciuser: 'teacher' })
        const waiting = await data<{ key: string; pending?: string }[]>('GET', `${guest}/cloudinit`)
        expect(waiting.find((entry) => entry.key === 'ciuser')).toEqual({
          key: 'ciuser',
          value: 'student',
          pending: 'teacher',
        })
        await data('PUT', `${guest}/cloudinit`)
        expect(await data('GET', `${guest}/config`, { current: 1 })).toMatchObject({ ciuser: 'teacher' })
        expect(await meta()).not.toBe(before)
      })
    },
  )

  it('asks for addresses where nobody gave some', () => {
    const options = { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0', ipconfig0: 'ip=dhcp,ip6=auto' }
    expect(cloudInitText('network', options, '100')).toBe(`version: 1
config:
    - type: physical
      name: eth0
      mac_address: 'bc:24:11:00:00:01'
      subnets:
      - type: dhcp4
      - type: ipv6_slaac
`)
  })
})
