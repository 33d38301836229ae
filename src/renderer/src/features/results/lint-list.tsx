/** Doubts a reader must know before the figures: warnings at once, notes folded behind them. */
import { Alert, List, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ResultLint } from '../../../../shared/domain/results.ts'
import { createTranslator } from '../../../../shared/i18n/translator.ts'
import { useFormat, useLanguage } from '../../ui/use-language.ts'
import { lintText } from './lint-text.ts'

export function LintList({ lints }: { lints: readonly ResultLint[] }) {
  const { t } = useTranslation('lint')
  const warnings = lints.filter(({ severity }) => severity === 'warning')
  const notes = lints.filter(({ severity }) => severity === 'info')
  return (
    <Alert
      role="note"
      variant="light"
      color={warnings.length > 0 ? 'yellow' : 'azure'}
      icon={warnings.length > 0 ? <IconAlertTriangle aria-hidden /> : <IconInfoCircle aria-hidden />}
      title={t('title')}
    >
      <Stack gap="xs">
        {warnings.length > 0 ? <Lints lints={warnings} /> : <Text size="sm">{t('none')}</Text>}
        {notes.length > 0 && (
          <details>
            <summary>{t('notes', { count: notes.length })}</summary>
            <Lints lints={notes} />
          </details>
        )}
      </Stack>
    </Alert>
  )
}

function Lints({ lints }: { lints: readonly ResultLint[] }) {
  const { t } = useTranslation('lint')
  const language = useLanguage()
  const format = useFormat()
  const translate = useMemo(() => createTranslator(language), [language])
  return (
    <List size="sm" spacing={4}>
      {lints.map((lint) => (
        <List.Item key={`${lint.code} ${lint.params.guest ?? ''}`}>
          <b>{t(`severity.${lint.severity}`)}:</b> {lintText(lint, translate, format)}
        </List.Item>
      ))}
    </List>
  )
}
