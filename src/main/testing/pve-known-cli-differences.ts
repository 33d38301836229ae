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
  // Programs and files of the system, beside Proxmox.
  /^(find|openssl|script|diff|vzdump|systemd-analyze) |^corosync-cmapctl -m/,
  /^ls -la|^systemctl list-|^cat \/etc\/pve\/\.(version|rrd)/,
  // The texts of help.
  /^(pvecm|ha-manager) help|^pvesh usage/,
  // What changes guests, disks and installations, which are given by the recipe.
  /^pct create|^qm (create|destroy|set|monitor|rescan|showcmd)|^pvesm (alloc|free|path)|^pveceph init/,
  /^pveum acl modify|^pvenode config/,
  // Joining by SSH instead of by the API.
  /^pvecm add .*--use_ssh/,
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
    reason: 'rights are not given to single users',
    pattern: /\$ pveum acl list: stdout /,
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
    reason: 'nodes that join bring no guests, so HA has nothing to do there',
    pattern: /\$ pvecm add .*AC:01:F9/,
    book: '04-pvecm-add',
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
]
