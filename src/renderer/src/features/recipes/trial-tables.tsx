import { SimpleGrid } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { useFormat, useLocalized } from '../../ui/use-language.ts'

/** Node sizes by trial, and the guests. */
export function TrialTables({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation(['recipes', 'terms'])
  const format = useFormat()
  const localized = useLocalized()
  const nameOf = (id: string): string => recipe.guests.find((guest) => guest.id === id)?.name ?? id
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <DataTable
        caption={t('recipes:trials.caption')}
        rows={recipe.trials}
        rowKey={(trial) => trial.id}
        columns={[
          {
            key: 'trial',
            header: t('recipes:trials.trial'),
            isRowHeader: true,
            cell: ({ id, title }) =>
              id === recipe.defaultTrial
                ? `${localized(title)} - ${t('recipes:trials.default')}`
                : localized(title),
          },
          {
            key: 'memory',
            header: t('recipes:trials.memory'),
            isNumber: true,
            cell: ({ node }) => format.memory(node.ramMiB),
          },
          {
            key: 'cpus',
            header: t('recipes:trials.cpus'),
            isNumber: true,
            cell: ({ node }) => format.number(node.cpus),
          },
          {
            key: 'guests',
            header: t('recipes:trials.guests'),
            cell: ({ guests }) => guests.map(nameOf).join(', '),
          },
        ]}
      />
      <DataTable
        caption={t('recipes:guests.caption')}
        rows={recipe.guests}
        rowKey={(guest) => guest.id}
        columns={[
          { key: 'name', header: t('recipes:guests.name'), isRowHeader: true, cell: (guest) => guest.name },
          {
            key: 'kind',
            header: t('recipes:guests.kind'),
            cell: ({ id }) => t(`terms:guestKind.${id.startsWith('vm:') ? 'vm' : 'ct'}`),
          },
          {
            key: 'memory',
            header: t('recipes:guests.memory'),
            isNumber: true,
            cell: (guest) => format.memory(guest.ramMiB),
          },
          {
            key: 'cpus',
            header: t('recipes:guests.cpus'),
            isNumber: true,
            cell: (guest) => format.number(guest.cpus),
          },
          { key: 'node', header: t('recipes:guests.node'), cell: (guest) => guest.node },
        ]}
      />
    </SimpleGrid>
  )
}
