/** Where commands of the embedded lab knowingly differ from the recorded ones; docs/model.md lists the reasons. */
export interface KnownCommandDifference {
  readonly reason: string
  /** Matches `node$ command: what differs`. */
  readonly pattern: RegExp
  /** The book in which alone it is allowed. */
  readonly book?: string
}

/** Commands a lab does not have; they are not repeated. docs/model.md names them. */
export const unservedCommands: readonly RegExp[] = [
  // How systemd orders a boot.
  /^systemd-analyze |^systemctl list-dependencies/,
  // Counters of corosync's links and clients.
  /^corosync-cmapctl -m/,
  // A certificate authority: certificates of a lab are signed by themselves.
  /^openssl .*pve-root-ca/,
  // A terminal within a command.
  /^script /,
  // Volumes without a guest, and backups.
  /^pvesm (alloc|free)|^vzdump/,
  // What the recorded machine could not do, having no loop devices.
  /^pct create/,
]

export const knownCommandDifferences: readonly KnownCommandDifference[] = [
  {
    reason: 'journals hold the lines the model writes, at its times, not all of those of the daemons',
    pattern: /\$ journalctl .*: stdout /,
  },
  {
    reason: "guests have the lab's own virtual hardware, disks, names and tags",
    pattern: /\$ qm (config|pending|status) 10.*: stdout "(cur )?(boot|description|kvm|onboot|scsi#|tags): /,
  },
  {
    reason: 'what was done before is not in the list of tasks, nor what the lab cannot do',
    pattern: /\$ pv(enode task list|esh get \/nodes\/pve1\/tasks .*): stdout "\| /,
  },
  {
    reason: 'storages are those of the lab',
    pattern:
      /\$ pv(esm (list shared|status)|esh get \/cluster\/resources.*): .*(shared|storage|Volid|stderr|stdout|exit)/,
    book: '07-ha-cli',
  },
  {
    reason:
      'the model keeps a limit of a resource as a number, so one that was given as the default is not shown',
    pattern: /\$ (ha-manager config|cat \/etc\/pve\/ha\/resources\.cfg): stdout " max_relocate #"/,
  },
  {
    reason: 'a container is not looked for among the HA resources by the number of a virtual machine',
    pattern: /\$ pct start 100: /,
  },
  {
    reason: 'a guest that does not exist is missed by its configuration file',
    pattern: /\$ qm shutdown 999: stderr /,
  },
  {
    reason: 'the recording had a node half joined, and a phantom node left by a migration to nowhere',
    pattern:
      /\$ (cat \/etc\/pve\/\.members|pvesh get \/(cluster\/(ha\/status\/current|resources|status)|nodes) ?.*): std(out|err) /,
    book: '05x-pvecm-add-use-ssh-half-joined',
  },
  {
    reason: 'the recording had a node half joined, and a phantom node left by a migration to nowhere',
    pattern: /\$ pvesh get \/cluster\/ha\/status\/current: std(out|err) /,
    book: '07-ha-cli',
  },
  {
    reason: 'the paths that the lab does not serve are listed, with nothing that can be done there',
    pattern: /\$ pvesh ls /,
  },
  {
    reason: 'of the map of corosync there is what the model has: no counters, no names of services',
    pattern:
      /\$ corosync-cmapctl .*: stdout "(internal_configuration|nodelist|runtime\.(services|votequorum))/,
  },
  {
    reason: 'of units there are name and state, no processes and no times',
    pattern:
      /\$ systemctl status .*: stdout " (Active|CGroup|CPU|Docs|Drop-In|Loaded|Main PID|Process|`-|man:)/,
  },
  {
    reason: "clocks are synchronized, which those of the recording's name spaces were not",
    pattern: /\$ timedatectl: stdout "/,
  },
  {
    reason: 'nodes that join bring no guests, so HA has nothing to do there',
    pattern: /ha-manager status: stdout "(lrm|master|service) /,
    book: '09-fourth-node-add-and-delnode',
  },
  {
    reason: "warnings of Perl about the programs' own slips are left out",
    pattern: /\$ pvecm add .*: stdout "Are you sure/,
    book: '04-pvecm-add',
  },
  {
    reason: 'a join takes as long as by the API, a little less than was recorded on the command line',
    pattern: /\$ pvecm add .*--link0 .*: [\d.]+ s recorded/,
    book: '09-fourth-node-add-and-delnode',
  },
  {
    reason: 'kernel, packages and users are those of the lab',
    pattern: /\$ (pveversion|pveum user list).*: stdout "/,
    book: '01-standalone-node',
  },
  {
    reason: 'help lists options and their types, without descriptions and defaults',
    pattern: /\$ ((pvecm|ha-manager) help|pvesh usage .*): stdout "/,
  },
  {
    reason: 'certificates of a lab are signed by themselves, and name fewer addresses',
    pattern: /\$ openssl x509 .*: stdout "( IP|issuer=)/,
  },
  {
    reason: 'secrets of users, replaced keys and keys of hosts that were met are not among the files',
    pattern:
      /\$ (find|ls -la) .*: stdout ".* (authkey\.pub\.old|(priv\/)?(shadow|token)\.cfg|known_hosts(\.old)?)"/,
  },
  {
    reason: 'members tell less of themselves to the cluster file system',
    pattern: /\$ cat \/etc\/pve\/\.version: stdout ""(kv\/|tasklist)/,
    book: '01-standalone-node',
  },
  {
    reason: "guests have the lab's own virtual hardware, disks, names and tags",
    pattern: /\$ cat \/etc\/pve\/\.rrd .*: stdout "pve#-(vm|storage)\//,
    book: '08-boot-journal',
  },
  {
    reason: 'the recorded guest was on another node, or had a volume too many',
    pattern: /\$ qm (showcmd 100|rescan)/,
  },
  {
    reason: 'services are listed, targets are not, and the firewall is one of them',
    pattern: /\$ systemctl list-units .*: stdout " (pve-firewall|pve-storage|pvefw-logger)\./,
  },
  {
    reason: 'the recording had a node half joined, and a phantom node left by a migration to nowhere',
    pattern: /--use_ssh: stdout "forcing overwrite/,
    book: '05-pvecm-add-use-ssh',
  },
]
