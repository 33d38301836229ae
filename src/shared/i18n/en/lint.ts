export const lint = {
  title: 'Doubts about this run',
} as const
