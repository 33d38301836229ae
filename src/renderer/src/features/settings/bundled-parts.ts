/** Open-source parts that are shipped with the product. A test compares this list with the lockfile. */
export interface BundledPart {
  readonly name: string
  readonly licence: string
}

export const bundledParts: readonly BundledPart[] = [
  { name: '@mantine/core', licence: 'MIT' },
  { name: '@mantine/hooks', licence: 'MIT' },
  { name: '@tabler/icons-react', licence: 'MIT' },
  { name: 'chart.js', licence: 'MIT' },
  { name: 'commander', licence: 'MIT' },
  { name: 'electron', licence: 'MIT' },
  { name: 'electron-store', licence: 'MIT' },
  { name: 'i18next', licence: 'MIT' },
  { name: 'react', licence: 'MIT' },
  { name: 'react-dom', licence: 'MIT' },
  { name: 'react-i18next', licence: 'MIT' },
  { name: 'selfsigned', licence: 'MIT' },
  { name: 'ssh2', licence: 'MIT' },
  { name: 'ws', licence: 'MIT' },
  { name: 'zod', licence: 'MIT' },
  { name: 'zustand', licence: 'MIT' },
]
