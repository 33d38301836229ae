/** What a list, chart or card shows instead of, or above, its content. Failures are `ProblemCard`s. */
import { Alert, Center, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconClockPause, IconProgressAlert } from '@tabler/icons-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from './use-language.ts'

interface EmptyStateProps {
  readonly icon?: ReactNode
  readonly title: string
  /** Why it is empty. */
  readonly children: ReactNode
  /** The first thing one can do about it. */
  readonly actions?: ReactNode
}

export function EmptyState({ icon, title, children, actions }: EmptyStateProps) {
  return (
    <Center py="xl">
      <Stack align="center" gap="sm" maw={520}>
        {icon}
        <Title order={2} size="h4" ta="center">
          {title}
        </Title>
        <Text c="dimmed" ta="center" component="div">
          {children}
        </Text>
        {actions !== undefined && (
          <Group gap="xs" justify="center">
            {actions}
          </Group>
        )}
      </Stack>
    </Center>
  )
}

/** Grey shapes at once; after a second also what is awaited. */
export function LoadingBlock({ what, lines = 3 }: { readonly what: string; readonly lines?: number }) {
  const { t } = useTranslation('states')
  const [isSlow, setIsSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), 1000)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Stack gap="xs" aria-busy="true">
      {Array.from({ length: lines - 1 }, (_, line) => `line ${line}`).map((line) => (
        <Skeleton key={line} height={20} />
      ))}
      <Skeleton height={20} width="60%" />
      <Text size="sm" c="dimmed" role="status">
        {isSlow ? t('loadingWhat', { what }) : ''}
      </Text>
    </Stack>
  )
}

/** Says that what is shown is not all there is, and how much is missing. */
export function PartialNotice({ children }: { readonly children: ReactNode }) {
  return (
    <Alert color="yellow" variant="light" icon={<IconProgressAlert aria-hidden />} py="xs">
      {children}
    </Alert>
  )
}

/** Says how old the shown data is; its age keeps counting. */
export function StaleNotice({ sinceMs }: { readonly sinceMs: number }) {
  const { t } = useTranslation('states')
  const format = useFormat()
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <Alert color="yellow" variant="light" icon={<IconClockPause aria-hidden />} py="xs">
      {t('stale', { age: format.duration((nowMs - sinceMs) / 1000) })}
    </Alert>
  )
}
