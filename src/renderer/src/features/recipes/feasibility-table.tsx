import { Badge } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import type { FeasibilityRow } from '../../../../shared/domain/feasibility.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { useHost } from '../../host/host-context.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { ProblemCard } from '../../ui/problem-card.tsx'
import { LoadingBlock } from '../../ui/state-blocks.tsx'
import { useFormat, useLocalized } from '../../ui/use-language.ts'
import { createFeasibilityStore } from './feasibility-store.ts'

const verdictColours = { fits: 'azure', tight: 'yellow', 'does-not-fit': 'red' } as const

/** Each trial on laptops of 16, 24 and 32 GB: what is left, also after one node is lost. */
export function FeasibilityTable({ recipe }: { readonly recipe: Recipe }) {
  const { t } = useTranslation(['recipes', 'terms'])
  const format = useFormat()
  const localized = useLocalized()
  const host = useHost()
  const [store] = useState(() => createFeasibilityStore(host, recipe.id))
  const { rows, problem, load } = useStore(store)
  useEffect(() => {
    void load()
  }, [load])

  if (problem) return <ProblemCard problem={problem} onRetry={load} />
  if (!rows) return <LoadingBlock what={t('recipes:feasibility.loading')} lines={4} />
  const trialTitle = (id: string): string => {
    const trial = recipe.trials.find((one) => one.id === id)
    return trial ? localized(trial.title) : id
  }
  const spare = (mib: number): string =>
    mib < 0 ? t('recipes:feasibility.missing', { amount: format.memory(-mib) }) : format.memory(mib)

  return (
    <DataTable<FeasibilityRow>
      caption={t('recipes:feasibility.caption')}
      rows={rows}
      rowKey={(row) => `${row.trial} ${row.laptopRamGiB}`}
      columns={[
        {
          key: 'trial',
          header: t('recipes:feasibility.trial'),
          isRowHeader: true,
          cell: (row) => trialTitle(row.trial),
        },
        {
          key: 'laptop',
          header: t('recipes:feasibility.laptop'),
          isNumber: true,
          sortValue: (row) => row.laptopRamGiB,
          cell: (row) => format.memory(row.laptopRamGiB * 1024),
        },
        {
          key: 'nodes',
          header: t('recipes:feasibility.nodes'),
          isNumber: true,
          cell: (row) => format.memory(row.nodesRamMiB),
        },
        {
          key: 'guests',
          header: t('recipes:feasibility.guests'),
          isNumber: true,
          cell: (row) => format.memory(row.guestsRamMiB),
        },
        {
          key: 'spare',
          header: t('recipes:feasibility.spare'),
          isNumber: true,
          sortValue: (row) => row.laptopSpareMiB,
          cell: (row) => spare(row.laptopSpareMiB),
        },
        {
          key: 'spareAfterLoss',
          header: t('recipes:feasibility.spareAfterLoss'),
          isNumber: true,
          sortValue: (row) => row.spareAfterNodeLossMiB,
          cell: (row) => spare(row.spareAfterNodeLossMiB),
        },
        {
          key: 'verdict',
          header: t('recipes:feasibility.verdict'),
          cell: (row) => (
            <Badge variant="light" color={verdictColours[row.verdict]}>
              {t(`terms:verdict.${row.verdict}`)}
            </Badge>
          ),
        },
      ]}
    />
  )
}
