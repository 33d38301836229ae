/** The run as it was written: exports for other programs, and the journal entry by entry. */
import { Button, Code, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { IconDownload, IconSearch } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { saveFile } from '../../charts/save-file.ts'
import { announce } from '../../ui/announce.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { Section } from '../../ui/section.tsx'
import { LoadingBlock } from '../../ui/state-blocks.tsx'
import { useFormat } from '../../ui/use-language.ts'
import { type JournalFilter, journalRowsOf, journalRowsShown } from './journal-filter.ts'
import classes from './raw-tab.module.css'
import type { ExportKind, ResultsState } from './results-store.ts'

const exportKinds: readonly ExportKind[] = ['samples-csv', 'outages-csv', 'faults-csv', 'events-csv', 'json']

export function RawTab({ state }: { state: ResultsState }) {
  return (
    <Stack gap="md">
      <Exports state={state} />
      <Journal state={state} />
    </Stack>
  )
}

function Exports({ state }: { state: ResultsState }) {
  const { t } = useTranslation('results')
  const save = async (what: ExportKind): Promise<void> => {
    const file = await state.exportFile(what)
    if (file === undefined) return
    saveFile(file.fileName, new Blob([file.text], { type: file.mediaType }))
    announce(t('raw.saved', { file: file.fileName }))
  }
  return (
    <Section title={t('raw.exports')}>
      <Text size="sm">{t('raw.exportsText')}</Text>
      {state.exportProblem !== undefined && <ProblemCard problem={state.exportProblem} />}
      <Group gap="xs">
        {exportKinds.map((what) => (
          <Button
            key={what}
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            loading={state.exporting === what}
            onClick={() => save(what)}
          >
            {t(`raw.${what}`)}
          </Button>
        ))}
      </Group>
    </Section>
  )
}

const pageLength = 200

function Journal({ state }: { state: ResultsState }) {
  const { t } = useTranslation('results')
  const format = useFormat()
  const [filter, setFilter] = useState<JournalFilter>({ type: '', search: '' })
  const [limit, setLimit] = useState(pageLength)
  const { value: entries, problem } = state.journal
  const rows = useMemo(() => journalRowsOf(entries ?? []), [entries])
  const matching = useMemo(() => journalRowsShown(rows, filter), [rows, filter])
  const types = useMemo(() => [...new Set(rows.map(({ type }) => type))].toSorted(), [rows])
  return (
    <Section title={t('raw.journal')}>
      {problem !== undefined && <ProblemCard problem={problem} onRetry={() => state.load()} />}
      {entries === undefined && problem === undefined && <LoadingBlock what={t('raw.loading')} />}
      {entries !== undefined && (
        <>
          <Group gap="xs">
            <NativeSelect
              aria-label={t('raw.filter')}
              value={filter.type}
              onChange={(event) => setFilter({ ...filter, type: event.currentTarget.value })}
              data={[{ value: '', label: t('raw.all') }, ...types]}
            />
            <TextInput
              aria-label={t('raw.search')}
              placeholder={t('raw.search')}
              leftSection={<IconSearch size={16} aria-hidden />}
              value={filter.search}
              onChange={(event) => setFilter({ ...filter, search: event.currentTarget.value })}
            />
          </Group>
          {matching.length === 0 ? (
            <Text size="sm">{t('raw.empty')}</Text>
          ) : (
            <DataTable
              caption={t('raw.shown', {
                shown: format.number(Math.min(limit, matching.length)),
                total: format.number(matching.length),
              })}
              rows={matching.slice(0, limit)}
              rowKey={({ seq }) => String(seq)}
              maxHeight="32rem"
              columns={[
                { key: 'seq', header: t('raw.seq'), isNumber: true, cell: ({ seq }) => seq },
                {
                  key: 'at',
                  header: t('raw.at'),
                  isNumber: true,
                  cell: ({ atMs }) => format.fixed(atMs / 1000, 3),
                },
                { key: 'type', header: t('raw.type'), cell: ({ type }) => <Code>{type}</Code> },
                {
                  key: 'content',
                  header: t('raw.content'),
                  cell: ({ content }) => <Content text={content} />,
                },
              ]}
            />
          )}
          {matching.length > limit && (
            <Group>
              <Button size="xs" variant="default" onClick={() => setLimit(limit + pageLength)}>
                {t('raw.more')}
              </Button>
            </Group>
          )}
        </>
      )}
    </Section>
  )
}

/** Longer contents are folded, so that one entry does not fill the screen. */
const foldedLength = 160

function Content({ text }: { text: string }) {
  if (text === '') return null
  if (text.length <= foldedLength)
    return (
      <Code lang="en" className={classes.content}>
        {text}
      </Code>
    )
  return (
    <details lang="en">
      <summary>
        <Code className={classes.content}>{`${text.slice(0, foldedLength)}…`}</Code>
      </summary>
      <Code block className={classes.content}>
        {text}
      </Code>
    </details>
  )
}
