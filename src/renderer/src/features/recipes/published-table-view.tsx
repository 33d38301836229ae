import { useTranslation } from 'react-i18next'
import type { PublishedTable, Recipe } from '../../../../shared/domain/recipe.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { useFormat, useLocalized } from '../../ui/use-language.ts'

/** A table as the paper prints it: trials down, guests across, its own number of decimals. */
export function PublishedTableView({ recipe, table }: { recipe: Recipe; table: PublishedTable }) {
  const { t } = useTranslation('recipes')
  const format = useFormat()
  const localized = useLocalized()
  const cellOf = (trial: string, guest: string): string => {
    const cell = table.cells.find((one) => one.trial === trial && one.guest === guest)
    return cell ? format.fixed(cell.value, 3) : t('published.notMeasured')
  }
  return (
    <DataTable
      caption={localized(table.title)}
      rows={recipe.trials}
      rowKey={(trial) => trial.id}
      columns={[
        {
          key: 'trial',
          header: t('published.trial'),
          isRowHeader: true,
          cell: (trial) => localized(trial.title),
        },
        ...recipe.guests.map((guest) => ({
          key: guest.id,
          header: guest.name,
          isNumber: true,
          cell: (trial: Recipe['trials'][number]) => cellOf(trial.id, guest.id),
        })),
      ]}
    />
  )
}
