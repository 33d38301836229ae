/** What lists, charts and cards say when they are empty, waiting, incomplete, failed or old. */
export const states = {
  loading: 'Loading',
  loadingWhat: 'Loading: {{what}}',
  stale: 'Data from {{age}} ago',
  retry: 'Try again',
  why: 'Why',
  fix: 'What to do',
  detail: 'Technical detail',
  copy: 'Copy to ask for help',
  copied: 'Copied',
  code: 'Code',
  errorRegion: 'Problem',
  dismiss: 'Dismiss',
  sortedAscending: 'sorted ascending',
  sortedDescending: 'sorted descending',
  sortBy: 'Sort by {{column}}',
  noRows: 'No rows',
} as const
