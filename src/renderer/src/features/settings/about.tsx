import { Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { AppInfo } from '../../../../shared/host-api/table.ts'
import { useSettings } from '../../host/host-context.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Section } from '../../ui/section.tsx'
import { bundledParts } from './bundled-parts.ts'

/** Which version runs where, where it keeps what, and whose work is inside. */
export function About() {
  const { t } = useTranslation('settings')
  const info = useSettings((state) => state.info)
  return (
    <Section title={t('about.title')}>
      {info && <Facts info={info} />}
      <details>
        <summary>{t('about.licences')}</summary>
        <Text size="sm" my="xs">
          {t('about.licenceText')}
        </Text>
        <DataTable
          caption={t('about.licences')}
          hideCaption
          rows={bundledParts}
          rowKey={(part) => part.name}
          columns={[
            { key: 'part', header: t('about.part'), isRowHeader: true, cell: (part) => part.name },
            { key: 'licence', header: t('about.licence'), cell: (part) => part.licence },
          ]}
        />
      </details>
    </Section>
  )
}

function Facts({ info }: { readonly info: AppInfo }) {
  const { t } = useTranslation('settings')
  const rows: readonly { readonly name: string; readonly value: string }[] = [
    { name: t('about.version'), value: info.version },
    { name: t('about.entry'), value: t(`about.entries.${info.entry}`) },
    { name: t('about.platform'), value: info.platform },
    { name: t('about.runtime'), value: info.runtime },
    { name: t('about.runFolder'), value: info.runFolder },
    { name: t('about.secrets'), value: t(`about.secretStores.${info.secrets}`) },
  ]
  return (
    <Text component="div" size="sm">
      {rows.map(({ name, value }) => (
        <p key={name} style={{ margin: '4px 0', overflowWrap: 'anywhere' }}>
          <b>{name}:</b> {value}
        </p>
      ))}
    </Text>
  )
}
