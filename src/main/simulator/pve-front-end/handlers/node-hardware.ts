/** Devices of a node, and what its QEMU can do. */
import { type Handlers, index } from '../handler.ts'
import { guestFigures } from '../load-figures.ts'
import { releaseWords } from '../release.ts'
import { vmidOf } from '../served-lab.ts'

export const nodeHardwareHandlers: Handlers = {
  'GET /nodes/{node}/hardware': index('type', 'pci usb'),
  'GET /nodes/{node}/hardware/pci': () => virtioDevices,
  'GET /nodes/{node}/hardware/usb': () => [],
  'GET /nodes/{node}/capabilities/qemu': (call) =>
    index('name', `cpu ${call.lab.isSince('9.0') ? 'cpu-flags migration ' : ''}machines`)(call),
  'GET /nodes/{node}/capabilities/qemu/cpu': () => processors,
  'GET /nodes/{node}/capabilities/qemu/machines': ({ lab }) => {
    const version = releaseWords[lab.release].qemu.split('.').slice(0, 2).join('.')
    return [
      { id: `pc-i440fx-${version}`, type: 'i440fx', version },
      { id: `pc-q35-${version}`, type: 'q35', version },
    ]
  },
  'GET /nodes/{node}/scan': index('method', 'cifs glusterfs iscsi lvm nfs pbs zfs'),
  'GET /nodes/{node}/netstat': ({ lab, node }) =>
    lab
      .guestsOf(node)
      .filter((guest) => lab.runsOn(guest, node))
      .map((guest) => {
        const { netin, netout } = guestFigures(lab, guest, true)
        return { vmid: vmidOf(guest), dev: 'net0', in: String(netin), out: String(netout) }
      }),
}

const virtio = (slot: number, device: string, kind: string) => ({
  id: `0000:00:0${slot}.0`,
  class: kind,
  vendor: '0x1af4',
  device,
  iommugroup: -1,
  subsystem_vendor: '0x1af4',
  subsystem_device: device,
})

/** Network card, disk controller, balloon. */
const virtioDevices = [
  virtio(1, '0x1041', '0x020000'),
  virtio(2, '0x1042', '0x010000'),
  virtio(3, '0x1045', '0x00ff00'),
]

const processors = [
  { name: 'host', vendor: 'default', custom: 0 },
  { name: 'kvm64', vendor: 'default', custom: 0 },
  { name: 'qemu64', vendor: 'default', custom: 0 },
  { name: 'x86-64-v2-AES', vendor: 'default', custom: 0 },
  { name: 'Skylake-Client', vendor: 'GenuineIntel', custom: 0 },
  { name: 'EPYC', vendor: 'AuthenticAMD', custom: 0 },
]
