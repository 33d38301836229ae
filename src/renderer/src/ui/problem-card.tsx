/** A Problem for people: what happened, why, what to do, and one button. Foreign text stays folded away. */
import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCopy, IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { problemTextOf } from '../../../shared/i18n/problem-text.ts'
import type { Problem } from '../../../shared/problems/problem.ts'
import { announce } from './announce.tsx'
import { useLanguage } from './use-language.ts'

interface ProblemCardProps {
  readonly problem: Problem
  /** The remedy, where trying again can help. */
  readonly onRetry?: () => void
}

export function ProblemCard({ problem, onRetry }: ProblemCardProps) {
  const { t } = useTranslation('states')
  const text = problemTextOf(useLanguage(), problem)
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={text.what}
      role="alert"
    >
      <Stack gap="xs">
        <Text size="sm">
          <b>{t('why')}:</b> {text.why}
        </Text>
        <Text size="sm">
          <b>{t('fix')}:</b> {text.fix}
        </Text>
        {problem.detail !== undefined && (
          <details>
            <summary>{t('detail')}</summary>
            <Code block>{problem.detail}</Code>
          </details>
        )}
        <Group gap="xs">
          {onRetry !== undefined && (
            <Button size="xs" leftSection={<IconRefresh size={16} aria-hidden />} onClick={onRetry}>
              {t('retry')}
            </Button>
          )}
          <CopyProblem problem={problem} />
        </Group>
      </Stack>
    </Alert>
  )
}

function CopyProblem({ problem }: { readonly problem: Problem }) {
  const { t } = useTranslation('states')
  const [copied, setCopied] = useState(false)
  const text = problemTextOf(useLanguage(), problem)
  const copy = async (): Promise<void> => {
    const params = JSON.stringify(problem.params)
    const lines = [text.what, text.why, text.fix, `${t('code')}: ${problem.code} ${params}`]
    await navigator.clipboard.writeText([...lines, problem.detail ?? ''].join('\n').trim())
    setCopied(true)
    announce(t('copied'))
  }
  return (
    <Button size="xs" variant="default" leftSection={<IconCopy size={16} aria-hidden />} onClick={copy}>
      {copied ? t('copied') : t('copy')}
    </Button>
  )
}
