export const live = {
  title: 'Live run',
} as const
