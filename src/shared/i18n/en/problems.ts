/** Every expected failure: what happened, why probably, what to do. Keys are the codes of `problems/codes.ts`. */
export const problems = {
  cli: {
    usage: {
      what: 'The command line was not understood: {{text}}',
      why: 'A command, option or value is missing, unknown or written differently.',
      fix: 'Run the command with --help and compare.',
    },
    'not-built': {
      what: 'The command "{{command}}" is not part of this version.',
      why: 'Its name is reserved for a later version, so that scripts can rely on it.',
      fix: 'Run "kuorum --help" to see what this version can do.',
    },
    cancelled: {
      what: 'Cancelled.',
      why: 'The program was asked to stop, for example with Ctrl+C.',
      fix: 'A stopped run keeps what it measured, and review shows it. Start a new run for a whole one.',
    },
  },
  input: {
    'file-missing': {
      what: 'The file {{path}} does not exist.',
      why: 'The name may be misspelt, or the file was moved or deleted.',
      fix: 'Check the name and the folder, then try again.',
    },
    'file-unreadable': {
      what: 'The file {{path}} cannot be read.',
      why: 'Access may be denied, another program may hold it, or it is too large for this purpose.',
      fix: 'Check the permissions and the size, close other programs that use it, then try again.',
    },
    'not-json': {
      what: 'The file {{path}} is not valid JSON.',
      why: 'A comma, bracket or quotation mark is probably missing or left over.',
      fix: 'Open the file in an editor that checks JSON and correct the marked place.',
    },
    'invalid-field': {
      what: 'The field "{{field}}" of {{source}} is not valid.',
      why: 'The value is missing, of another kind, or outside the allowed range.',
      fix: 'Correct this field. The technical detail says what was expected.',
    },
    'file-exists': {
      what: 'The file {{path}} exists already.',
      why: 'An existing file is never overwritten, because it may hold results.',
      fix: 'Choose another name, or move the old file away first.',
    },
  },
  recipe: {
    unknown: {
      what: 'There is no recipe "{{recipe}}".',
      why: 'The name may be misspelt, or the recipe comes with another version.',
      fix: 'Choose one of these: {{known}}.',
    },
    'trial-unknown': {
      what: 'The recipe has no trial "{{trial}}".',
      why: 'Each recipe has its own trials.',
      fix: 'Choose one of these: {{known}}.',
    },
  },
  plan: {
    unknown: {
      what: 'The recipe has no plan "{{plan}}".',
      why: 'The name may be misspelt, or the plan belongs to another recipe.',
      fix: 'Choose one of these: {{known}}.',
    },
    'guest-unknown': {
      what: 'The plan names the guest {{guest}}, which this lab does not have.',
      why: 'The trial has other guests, or one guest was chosen to run alone.',
      fix: 'Choose a guest of this trial in the field "{{field}}".',
    },
    'nothing-to-hit': {
      what: 'The lab has nothing that a fault of the kind "{{kind}}" could hit.',
      why: 'It names neither a NAS nor disks for Ceph that this fault needs (field {{field}}).',
      fix: 'Choose another kind of fault, or a lab with what it needs.',
    },
    'node-unknown': {
      what: 'The plan names the node {{node}}, which this lab does not have.',
      why: 'The plan was written for a lab with other node names.',
      fix: 'Choose a node of this lab in the field "{{field}}".',
    },
  },
  scenario: {
    invalid: {
      what: 'The scenario {{path}} cannot be replayed.',
      why: 'The field "{{field}}" is missing or has an unexpected value.',
      fix: 'Correct the scenario and try again.',
    },
  },
  sweep: {
    'other-subject': {
      what: '{{path}} cannot be merged with {{first}}.',
      why: 'The two sweeps are of different things, or of different versions of Kuorum.',
      fix: 'Merge parts of one sweep: the same options and version, other seeds or shards.',
    },
    'seed-twice': {
      what: 'Seed {{seed}} in {{path}} is also in a part before it.',
      why: 'A seed counted twice would falsify the figures.',
      fix: 'Leave one of the two files out, or give each part its own seeds or shard.',
    },
  },
  'run-file': {
    'not-a-run': {
      what: '{{path}} is not a run file.',
      why: 'It was made by another program, or it is incomplete from the start.',
      fix: 'Choose a file that ends in .kuorum.',
    },
    damaged: {
      what: 'The run file {{path}} is damaged.',
      why: 'The disk, a copy or a transfer has changed it. It was left exactly as it is.',
      fix: 'Use another copy of the file, or repeat the run.',
    },
    'chain-broken': {
      what: 'The journal of {{path}} was changed after the run.',
      why: 'Entry {{seq}} does not match the hash chain: an entry was altered, added or removed.',
      fix: 'Do not use this file as evidence. Ask for the original.',
    },
    newer: {
      what: 'The run file {{path}} was written by a newer version.',
      why: 'It uses format {{version}}, which this version does not know.',
      fix: 'Update Kuorum to open it. The file was not changed.',
    },
    'too-large': {
      what: 'The run file {{path}} is larger than this version opens.',
      why: 'A run of many days, or a file that is not what it seems to be.',
      fix: 'Check where the file comes from.',
    },
    'in-use': {
      what: 'The run file {{path}} is being written by another process.',
      why: 'The run is still going on in another window or terminal.',
      fix: 'Wait for that run to end, or stop it there first.',
    },
    'write-failed': {
      what: 'The run file {{path}} could not be written.',
      why: 'The disk may be full, or access to the folder was lost.',
      fix: 'Free some space or choose another folder, then resume the run.',
    },
    'already-complete': {
      what: 'The run {{path}} is already complete.',
      why: 'Only an interrupted run can be resumed.',
      fix: 'Open its results, or start a new run.',
    },
    diverged: {
      what: 'The run {{path}} cannot be resumed exactly.',
      why: 'The repeated part gave another journal at entry {{seq}}; the file comes from another version.',
      fix: 'Keep the file as it is and start a new run.',
    },
  },
  store: {
    unavailable: {
      what: 'The store for run files does not work here.',
      why: 'The SQLite part of this Node.js runtime is missing or could not start.',
      fix: 'Use the Node.js version that comes with the project, then try again.',
    },
  },
  run: {
    unknown: {
      what: 'There is no run "{{run}}".',
      why: 'Its file was moved, renamed or deleted.',
      fix: 'Choose a run from the list.',
    },
    'already-running': {
      what: 'Another run is going on.',
      why: 'A run has this computer to itself, so that runs do not disturb each other.',
      fix: 'Wait until it ends, or stop it under Live run.',
    },
    'not-running': {
      what: 'The run "{{run}}" is not going on.',
      why: 'It has ended or was interrupted in the meantime.',
      fix: 'Open its results, or resume it when it was interrupted.',
    },
    'no-steady-state': {
      what: 'The lab did not become steady within {{seconds}} s, so the run did not start.',
      why: 'A node, guest, Ceph or a probe was not ready. A measurement from here would mislead.',
      fix: 'Look at the listed conditions, correct the lab, then start again.',
    },
    'no-window': {
      what: 'Nothing was measured in this run.',
      why: 'It ended before the lab was steady, so the measured window never opened.',
      fix: 'Read the journal for the reason, then start the run again.',
    },
    'fault-not-possible': {
      what: 'The fault "{{fault}}" ({{kind}}) is not possible in this lab.',
      why: 'What hosts the lab has no way to do that.',
      fix: 'Choose another kind of fault in the plan, or run the plan on the embedded lab.',
    },
    'heal-failed': {
      what: 'The fault "{{fault}}" could not be undone.',
      why: 'The node {{node}} did not come back in the expected time.',
      fix: 'Start the node by hand, then resume the run.',
    },
    failed: {
      what: 'The run stopped with an error.',
      why: 'The lab answered in an unexpected way.',
      fix: 'Look at the technical detail, then resume the run or start a new one.',
    },
  },
  probe: {
    'bad-target': {
      what: '"{{target}}" is not an address that can be probed.',
      why: 'The host, port or scheme is missing or not valid.',
      fix: 'Write for example 192.0.2.10, 192.0.2.10:80 or http://192.0.2.10/.',
    },
    'icmp-unavailable': {
      what: 'Ping cannot be used on this computer.',
      why: 'The system ping command is missing, or it may not be started.',
      fix: 'Install or allow ping, or use TCP or HTTP instead.',
    },
    'address-unresolved': {
      what: 'The name {{target}} has no address.',
      why: 'It is misspelt, or the name server does not answer.',
      fix: 'Check the name, or use the IP address.',
    },
  },
  host: {
    'unknown-call': {
      what: 'The host does not know the request "{{call}}".',
      why: 'Window and host come from different versions.',
      fix: 'Reload the window, or restart Kuorum.',
    },
    malformed: {
      what: 'The host refused the request "{{call}}" because of "{{field}}".',
      why: 'A value is missing, of another kind, or outside the allowed range.',
      fix: 'Correct the value. If you did not enter it, restart Kuorum.',
    },
    forbidden: {
      what: 'The host refused the connection.',
      why: 'The address lacks the one-time token, or another site tried to connect.',
      fix: 'Open the complete address that Kuorum printed when it started.',
    },
    disconnected: {
      what: 'The host does not answer.',
      why: 'Kuorum was closed, or the connection was interrupted.',
      fix: 'Start Kuorum again. The window reconnects by itself; a run can be resumed.',
    },
    'port-unavailable': {
      what: 'The port {{port}} is not free.',
      why: 'Another program, or another Kuorum, listens on it.',
      fix: 'Close that program, or choose another port with --port.',
    },
    'window-not-built': {
      what: 'The window has not been built yet.',
      why: 'In a checkout its files are made by the build.',
      fix: 'Run "npm run build", then start again.',
    },
    internal: {
      what: 'Kuorum met an error it did not expect.',
      why: 'This is a defect of the program. The log has the details.',
      fix: 'Try again. If it happens again, send the log to the developers.',
    },
  },
  lab: {
    'no-answer': {
      what: 'No node of the lab answers.',
      why: 'All nodes are off or starting, or the management network is cut.',
      fix: 'Wait for the nodes to start, then try again.',
    },
  },
  settings: {
    newer: {
      what: 'The settings in {{path}} were written by a newer version.',
      why: 'They use format {{version}}, which this version does not know.',
      fix: 'Update Kuorum. Until then the defaults are used and nothing is overwritten.',
    },
  },
} as const
