export const charts = {
  title: 'Charts',
} as const
