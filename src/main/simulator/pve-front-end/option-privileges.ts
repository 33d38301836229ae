/** Which privilege each option of a guest's configuration wants (documentation of user management). */

const patterns: readonly (readonly [RegExp, string])[] = [
  [/^(cores|sockets|vcpus|cpu|cpulimit|cpuunits|numa\d*|affinity)$/, 'VM.Config.CPU'],
  [/^(memory|balloon|shares|swap|hugepages|keephugepages)$/, 'VM.Config.Memory'],
  [/^(net\d+|nameserver|searchdomain|hostname)$/, 'VM.Config.Network'],
  [/^(scsi|virtio|sata|ide|efidisk|tpmstate|unused|mp)\d+$|^(rootfs|boot|bootdisk)$/, 'VM.Config.Disk'],
  [/^(ipconfig\d+|ciuser|cipassword|citype|cicustom|ciupgrade|sshkeys)$/, 'VM.Config.Cloudinit'],
  [
    /^(acpi|arch|audio0|bios|hostpci\d+|ivshmem|kvm|machine|parallel\d+|rng0|scsihw|serial\d+|smbios1|usb\d+|vga|vmgenid|watchdog)$/,
    'VM.Config.HWType',
  ],
]

/** `value`: what the option is set to; undefined when it goes. */
export function privilegeOfOption(name: string, value: string | undefined): string {
  const isDisc = /^(scsi|sata|ide)\d+$/.test(name) && value !== undefined && /media=cdrom/.test(value)
  if (isDisc) return 'VM.Config.CDROM'
  return patterns.find(([pattern]) => pattern.test(name))?.[1] ?? 'VM.Config.Options'
}
