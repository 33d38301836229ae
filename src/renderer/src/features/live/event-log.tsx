/** What happened, newest first, to be filtered and searched. */
import { Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { IconAlertTriangle, IconSearch } from '@tabler/icons-react'
import { memo, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { JournalEntry } from '../../../../shared/domain/journal.ts'
import type { RunSpec } from '../../../../shared/domain/run.ts'
import { createTranslator } from '../../../../shared/i18n/translator.ts'
import { clockLabel } from '../../charts/time-ticks.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Section } from '../../ui/section.tsx'
import { useFormat, useLanguage } from '../../ui/use-language.ts'
import { type EventLine, eventLineOf, lineCategories } from './event-lines.ts'
import { type LineFilter, linesShown } from './line-filter.ts'
import { lineNamesOf } from './line-names.ts'

const pageLength = 100

interface EventLogProps {
  readonly entries: readonly JournalEntry[]
  readonly spec: RunSpec | undefined
  /** Moment from which times are counted. */
  readonly openedAtMs: number | undefined
}

export const EventLog = memo(function EventLog({ entries, spec, openedAtMs }: EventLogProps) {
  const { t } = useTranslation('live')
  const format = useFormat()
  const language = useLanguage()
  const [filter, setFilter] = useState<LineFilter>({ category: 'all', search: '' })
  const [limit, setLimit] = useState(pageLength)
  const lines = useMemo(() => {
    const translate = createTranslator(language)
    const names = lineNamesOf(spec)
    return entries.map((entry) => eventLineOf(entry, translate, names))
  }, [entries, language, spec])
  const matching = useMemo(() => linesShown(lines, filter), [lines, filter])
  const shown = matching.slice(0, limit)
  return (
    <Section title={t('log.title')}>
      <Stack gap="xs">
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label={t('log.filter')}
            value={filter.category}
            onChange={(value) =>
              setFilter({ ...filter, category: lineCategories.find((one) => one === value) ?? 'all' })
            }
            data={[
              { value: 'all', label: t('log.all') },
              ...lineCategories.map((category) => ({ value: category, label: t(`log.${category}`) })),
            ]}
          />
          <TextInput
            size="xs"
            aria-label={t('log.search')}
            placeholder={t('log.search')}
            leftSection={<IconSearch size={14} aria-hidden />}
            value={filter.search}
            onChange={(event) => setFilter({ ...filter, search: event.currentTarget.value })}
          />
        </Group>
        {shown.length === 0 ? (
          <Text size="sm">{t('log.empty')}</Text>
        ) : (
          <DataTable
            caption={t('log.shown', {
              shown: format.number(shown.length),
              total: format.number(matching.length),
            })}
            rows={shown}
            rowKey={({ seq }) => String(seq)}
            maxHeight="24rem"
            columns={[
              {
                key: 'at',
                header: t('log.at'),
                isNumber: true,
                cell: ({ atMs }) => clockLabel(atMs - (openedAtMs ?? 0), true),
              },
              { key: 'event', header: t('log.event'), cell: (line) => <LineText line={line} /> },
              { key: 'source', header: t('log.source'), cell: ({ source }) => source ?? 'Kuorum' },
            ]}
          />
        )}
        {matching.length > limit && (
          <Group>
            <Button size="xs" variant="default" onClick={() => setLimit(limit + pageLength)}>
              {t('log.more')}
            </Button>
          </Group>
        )}
      </Stack>
    </Section>
  )
})

/** Lines of daemons stay English, so they are marked as such for screen readers. */
function LineText({ line }: { line: EventLine }) {
  return (
    <Text
      span
      size="sm"
      {...(line.isNews ? { fw: 600 } : {})}
      {...(line.category === 'ha' ? { lang: 'en', ff: 'monospace' } : {})}
    >
      {line.isBad && <IconAlertTriangle size={14} aria-hidden />} {line.text}
    </Text>
  )
}
