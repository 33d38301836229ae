/** Catches what a screen throws while drawing: the rest of the window and the run go on. */
import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface ErrorBoundaryProps {
  readonly children: ReactNode
}

interface ErrorBoundaryState {
  readonly error: Error | null
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null }

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override render() {
    return this.state.error === null ? this.props.children : <CrashCard error={this.state.error} />
  }
}

function CrashCard({ error }: { readonly error: Error }) {
  const { t } = useTranslation('app')
  return (
    <Alert color="red" variant="light" title={t('crash.title')} role="alert">
      <Stack gap="sm">
        <Text size="sm">{t('crash.what')}</Text>
        <Group gap="xs">
          <Button onClick={() => window.location.reload()}>{t('crash.reload')}</Button>
          <Button variant="default" component="a" href="#/home">
            {t('crash.home')}
          </Button>
        </Group>
        <details>
          <summary>{t('crash.detail')}</summary>
          <Code block>{error.stack ?? error.message}</Code>
        </details>
      </Stack>
    </Alert>
  )
}
