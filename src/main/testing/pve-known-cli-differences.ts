/** Where commands of the embedded lab knowingly differ from the recorded ones; docs/model.md lists the reasons. */
export interface KnownCommandDifference {
  readonly reason: string
  /** Matches `node$ command: what differs`. */
  readonly pattern: RegExp
  /** The book in which alone it is allowed. */
  readonly book?: string
}

/** Commands a lab does not have; they are not repeated. docs/model.md names them. */
export const unservedCommands: readonly { readonly pattern: RegExp; readonly book?: string }[] = [
  // How systemd orders a boot.
  { pattern: /^systemd-analyze |^systemctl list-dependencies/ },
  // Counters of corosync's links and clients.
  { pattern: /^corosync-cmapctl -m/ },
  // A terminal within a command.
  { pattern: /^script / },
  // A machine of the recording had no program that sends mail, without which a backup is refused.
  { pattern: /^vzdump/ },
  // What the recorded machine could not do, having no loop devices.
  { pattern: /^pct create/ },
  // The recorded machine had no rsync, with which a join over SSH copies the key.
  { pattern: /^pvecm add 10\.77\.0\.11 --use_ssh/, book: '05x-pvecm-add-use-ssh-half-joined' },
]

export const knownCommandDifferences: readonly KnownCommandDifference[] = [
  {
    reason: 'journals of corosync and the cluster file system hold the lines the model writes, at its times',
    pattern: /\$ journalctl .*: stdout /,
  },
  {
    reason: 'the recorded container failed for want of loop devices, and its task is among the last',
    pattern: /\$ pv(enode task list|esh get \/nodes\/pve1\/tasks .*): stdout "\| /,
    book: '07-ha-cli',
  },
  {
    reason: 'the recording had a phantom node left by a migration to nowhere, and nodes that had just booted',
    pattern: /\$ pvesh get \/cluster\/ha\/status\/current: std(out|err) /,
    book: '07-ha-cli',
  },
  {
    reason: "the server's warnings about a node without a certificate are left out",
    pattern: /\$ pvesh get \/nodes .*: stderr /,
    book: '05x-pvecm-add-use-ssh-half-joined',
  },
  {
    reason: 'the recorded node had met others over SSH, and had a guest before',
    pattern: /\$ (cat \/etc\/pve\/\.rrd|ls -la \/root\/\.ssh .*): stdout ".*(pve#-vm|known_hosts)/,
  },
  {
    reason: 'the paths that the lab does not serve are listed, with nothing that can be done there',
    pattern: /\$ pvesh ls /,
  },
  {
    reason: 'of the map of corosync there is what the model has: no counters',
    pattern: /\$ corosync-cmapctl .*: stdout "runtime\.services\.votequorum\.#/,
  },
  {
    reason: "units of a lab have no additions of the recording's name spaces",
    pattern: /\$ systemctl status .*: stdout " (Drop-In|`-(shim|pve)\.conf)/,
  },
  {
    reason: "clocks are synchronized, which those of the recording's name spaces were not",
    pattern: /\$ timedatectl: stdout "/,
  },
  {
    reason: "warnings of Perl about the programs' own slips are left out",
    pattern: /\$ pvecm add .*: stdout "Are you sure/,
    book: '04-pvecm-add',
  },
  {
    reason: 'kernel and packages are those of Proxmox VE, which the recorded nodes had in part',
    pattern: /\$ pveversion.*: stdout "/,
    book: '01-standalone-node',
  },
  {
    reason: "the lab's key of tickets has replaced no other one",
    pattern: /\$ find .*: stdout ".* authkey\.pub\.old"/,
    book: '01-standalone-node',
  },
  {
    reason: 'the recorded nodes had no firewall, which Proxmox VE brings along',
    pattern: /\$ systemctl list-units .*: stdout " (pve-firewall|pvefw-logger)\./,
  },
]
