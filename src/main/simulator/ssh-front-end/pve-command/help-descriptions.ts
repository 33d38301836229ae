/** What the help of Proxmox' programs says of commands and options, as far as it was recorded (PVE 8.4). */
import type { SchemaFact } from '../../pve-front-end/api-facts.ts'

/** An option's sentence, and what it is when it is not given. */
type OptionText = string | readonly [text: string, byDefault: string | number]

export interface CommandHelp {
  readonly about: string
  readonly options?: Readonly<Record<string, OptionText>>
  /** Of a command that is no call of the API: what it takes, those given by position first. */
  readonly positional?: readonly string[]
  readonly facts?: Readonly<Record<string, SchemaFact>>
}

const sid =
  'HA resource ID. This consists of a resource type followed by a resource specific name, separated with colon (example: vm:100 / ct:100). For virtual machines and containers, you can simply use the VM or CT id as a shortcut (example: 100).'
const group = 'The HA group identifier.'
const digest =
  'Prevent changes if current configuration file has a different digest. This can be used to prevent concurrent modifications.'
const node = 'The cluster node name.'
const target = 'Target node.'

const resource = {
  sid,
  comment: 'Description.',
  group,
  max_relocate: ['Maximal number of service relocate tries when a service failes to start.', 1],
  max_restart: ['Maximal number of tries to restart the service on a node after its start failed.', 1],
  state: ['Requested resource state.', 'started'],
  type: 'Resource type.',
  delete: 'A list of settings you want to delete.',
  digest,
} as const

const groupOptions = {
  group,
  comment: 'Description.',
  nodes: 'List of cluster node names with optional priority.',
  nofailback: [
    'The CRM tries to run services on the node with the highest priority. If a node with higher priority comes online, the CRM migrates the service to that node. Enabling nofailback prevents that behavior.',
    0,
  ],
  restricted: ['Resources bound to restricted groups may only run on nodes defined by the group.', 0],
  type: 'Group type.',
  delete: 'A list of settings you want to delete.',
  digest,
} as const

const membership = {
  force: 'Do not throw error if node already exists.',
  'link[n]':
    'Address and priority information of a single corosync link. (up to 8 links supported; link0..link7)',
  nodeid: 'Node id for this node.',
  votes: 'Number of votes for this node',
} as const

const text: SchemaFact = { type: 'string' }
const flag: SchemaFact = { type: 'boolean' }

/** By `METHOD path` of a call, or by program and words of a command that is more than one. */
const descriptions: Readonly<Record<string, CommandHelp>> = {
  'GET /cluster/ha/resources': {
    about: 'List HA resources.',
    options: { type: 'Only list resources of specific type' },
  },
  'POST /cluster/ha/resources': { about: 'Create a new HA resource.', options: resource },
  'PUT /cluster/ha/resources/{sid}': { about: 'Update resource configuration.', options: resource },
  'DELETE /cluster/ha/resources/{sid}': { about: 'Delete resource configuration.', options: { sid } },
  'POST /cluster/ha/resources/{sid}/migrate': {
    about: 'Request resource migration (online) to another node.',
    options: { sid, node: target },
  },
  'POST /cluster/ha/resources/{sid}/relocate': {
    about:
      'Request resource relocatzion to another node. This stops the service on the old node, and restarts it on the target node.',
    options: { sid, node: target },
  },
  'GET /cluster/ha/groups': { about: 'Get HA groups.' },
  'POST /cluster/ha/groups': { about: 'Create a new HA group.', options: groupOptions },
  'PUT /cluster/ha/groups/{group}': { about: 'Update ha group configuration.', options: groupOptions },
  'DELETE /cluster/ha/groups/{group}': { about: 'Delete ha group configuration.', options: { group } },
  'GET /cluster/ha/status/current': {
    about: 'Display HA manger status.',
    options: { verbose: ['Verbose output. Include complete CRM and LRM status (JSON).', 0] },
    facts: { verbose: flag },
  },
  'ha-manager crm-command node-maintenance disable': {
    about: 'Change the node-maintenance request state.',
    options: { node },
    positional: ['node'],
    facts: { node: text },
  },
  'ha-manager crm-command node-maintenance enable': {
    about: 'Change the node-maintenance request state.',
    options: { node },
    positional: ['node'],
    facts: { node: text },
  },
  'ha-manager crm-command stop': {
    about: 'Request the service to be stopped.',
    options: { sid, timeout: 'Timeout in seconds. If set to 0 a hard stop will be performed.' },
    positional: ['sid', 'timeout'],
    facts: {
      sid: { type: 'string', format: 'pve-ha-resource-or-vm-id' },
      timeout: { type: 'integer', minimum: 0 },
    },
  },
  help: {
    about: 'Get help about specified command.',
    options: { 'extra-args': 'Shows help for a specific command', verbose: 'Verbose output format.' },
    positional: ['extra-args'],
    facts: { 'extra-args': { type: 'array' }, verbose: flag },
  },
  'pvecm add': {
    about: 'Adds the current node to an existing cluster.',
    options: {
      ...membership,
      hostname: 'Hostname (or IP) of an existing cluster member.',
      fingerprint: 'Certificate SHA 256 fingerprint.',
      use_ssh: 'Always use SSH to join, even if peer may do it over API.',
    },
    facts: { use_ssh: flag },
  },
  'pvecm addnode': {
    about: 'Adds a node to the cluster configuration. This call is for internal use.',
    options: {
      ...membership,
      node,
      apiversion: 'The JOIN_API_VERSION of the new node.',
      new_node_ip: 'IP Address of node to add. Used as fallback if no links are given.',
    },
  },
  'GET /cluster/config/apiversion': {
    about: 'Return the version of the cluster join API available on this node.',
  },
  'POST /cluster/config': {
    about: 'Generate new cluster configuration. If no links given, default to local IP address as link0.',
    options: {
      ...membership,
      clustername: 'The name of the cluster.',
      votes: 'Number of votes for this node.',
    },
  },
  'pvecm delnode': {
    about: 'Removes a node from the cluster configuration.',
    options: { node },
    positional: ['node'],
    facts: { node: text },
  },
  'pvecm expected': {
    about: 'Tells corosync a new value of expected votes.',
    options: { expected: 'Expected votes' },
    positional: ['expected'],
    facts: { expected: { type: 'integer', minimum: 1 } },
  },
  'pvecm keygen': {
    about: 'Generate new cryptographic key for corosync.',
    options: { filename: 'Output file name' },
    positional: ['filename'],
    facts: { filename: text },
  },
  'pvecm mtunnel': {
    about: 'Used by VM/CT migration - do not use manually.',
    options: {
      'extra-args': 'Extra arguments as array',
      get_migration_ip: ['return the migration IP, if configured', 0],
      migration_network: 'the migration network used to detect the local migration IP',
      'run-command':
        "Run a command with a tcp socket as standard input. The IP address and port are printed via this command's stdandard output first, each on a separate line.",
    },
    positional: ['extra-args'],
    facts: {
      'extra-args': { type: 'array' },
      get_migration_ip: flag,
      migration_network: text,
      'run-command': flag,
    },
  },
  'pvecm nodes': { about: 'Displays the local view of the cluster nodes.' },
  'pvecm qdevice remove': { about: 'Remove a configured QDevice' },
  'pvecm qdevice setup': {
    about: 'Setup the use of a QDevice',
    options: {
      address: 'Specifies the network address of an external corosync QDevice',
      force: 'Do not throw error on possible dangerous operations.',
      network: 'The network which should be used to connect to the external qdevice',
    },
    positional: ['address'],
    facts: { address: text, force: flag, network: text },
  },
  'pvecm status': { about: 'Displays the local view of the cluster status.' },
  'pvecm updatecerts': {
    about: 'Update node certificates (and generate all needed files/directories).',
    options: {
      force: 'Force generation of new SSL certificate.',
      silent: 'Ignore errors (i.e. when cluster has no quorum).',
      'unmerge-known-hosts': ['Unmerge legacy SSH known hosts.', 0],
    },
    facts: { force: flag, silent: flag, 'unmerge-known-hosts': flag },
  },
}

/** Undefined where no recording has it. */
export function helpOf(key: string): CommandHelp | undefined {
  return Object.hasOwn(descriptions, key) ? descriptions[key] : undefined
}
