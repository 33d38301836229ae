/** Doubts about a run. Keys other than the first four are the codes of `analysis/lints.ts`. */
export const lint = {
  title: 'Doubts about this run',
  none: 'Nothing speaks against these figures.',
  notes: 'Notes: {{count}}',
  severity: { info: 'Note', warning: 'Warning' },
  'run-incomplete':
    'The run did not reach its end ({{outcome}}). The figures cover only the part that was measured.',
  'problems-met': 'Problems met during the run: {{count}}. They are in the event log.',
  'control-lost':
    'The control address did not answer for {{seconds}} s. Losses at that time may be the laptop’s own.',
  'faults-skipped': 'Faults skipped: {{count}} ({{faults}}). They are not part of any figure.',
  'faults-open': 'Faults still open: {{count}} ({{faults}}). Resume the run to heal them.',
  'fault-kinds-mixed':
    'Faults of several kinds are mixed, such as power cuts and graceful shutdowns. They are different experiments; do not average them.',
  'crm-master-mixed':
    'The CRM master was hit {{masters}} times, another node {{others}} times. Losing the master costs about 50 s more.',
  'no-jitter':
    'All {{faults}} faults came at planned full seconds. They may meet the 10 s rounds of HA in the same phase each time.',
  'schedule-drift': 'Faults that came later than planned: {{count}}, the latest by {{seconds}} s.',
  'faults-missed-guest':
    '{{guestName}}: {{missed}} of {{faults}} faults hit a node where it did not run. They cost it nothing.',
  'void-too-large':
    '{{guestName}}: {{percent}} % of the window is invalid. That is more than 1 %, so no availability is given.',
  void: '{{guestName}}: {{seconds}} s are invalid and not counted.',
  'outages-censored':
    '{{guestName}}: outages that touch invalid time: {{count}}. They are marked and left out of the means.',
  'outage-below-interval':
    '{{guestName}}: outages shorter than one probe interval ({{intervalMs}} ms): {{count}}. Others of that length may have gone unseen.',
  'outages-unexplained': '{{guestName}}: outages that no fault explains: {{count}}.',
  resolution:
    'One probe every {{intervalMs}} ms carries {{decimals}} decimals of a percent over this window.',
  'single-run': 'A single run (faults: {{faults}}) cannot show that one guest is more reliable than another.',
  'no-control-group':
    'There is no control run (without HA) beside it. Run the control group to see what HA adds.',
  'published-method':
    'The published figures count one second per lost ping. Compare them with the paper’s formula, not with the time-weighted value.',
  simulated:
    'Measured on the embedded lab (seed {{seed}}). Times follow the HA manager; boot times of guests are assumptions.',
} as const
