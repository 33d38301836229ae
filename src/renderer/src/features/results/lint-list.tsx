/** Doubts a reader must know before the figures; warnings first. */
import { Alert, List, Text } from '@mantine/core'
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { ResultLint } from '../../../../shared/domain/results.ts'
import { createTranslator } from '../../../../shared/i18n/translator.ts'
import { useFormat, useLanguage } from '../../ui/use-language.ts'
import { lintText } from './lint-text.ts'

export function LintList({ lints }: { lints: readonly ResultLint[] }) {
  const { t } = useTranslation('lint')
  const language = useLanguage()
  const format = useFormat()
  const translate = useMemo(() => createTranslator(language), [language])
  const hasWarning = lints.some(({ severity }) => severity === 'warning')
  const ordered = lints.toSorted(
    (a, b) => Number(b.severity === 'warning') - Number(a.severity === 'warning'),
  )
  return (
    <Alert
      role="note"
      variant="light"
      color={hasWarning ? 'yellow' : 'azure'}
      icon={hasWarning ? <IconAlertTriangle aria-hidden /> : <IconInfoCircle aria-hidden />}
      title={t('title')}
    >
      {ordered.length === 0 ? (
        <Text size="sm">{t('none')}</Text>
      ) : (
        <List size="sm" spacing={4}>
          {ordered.map((lint) => (
            <List.Item key={`${lint.code} ${lint.params.guest ?? ''}`}>
              <b>{t(`severity.${lint.severity}`)}:</b> {lintText(lint, translate, format)}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}
