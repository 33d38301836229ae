/** The same faults as on the time line, in rows, with what can be done to each. */
import { ActionIcon, Button, Group, Stack, Text, Tooltip } from '@mantine/core'
import { IconPencil, IconPlus, IconRotate, IconTrash } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { PlannedFault } from '../../../../shared/domain/plan.ts'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { announce } from '../../ui/announce.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { useFormat } from '../../ui/use-language.ts'
import { durationText } from './duration-text.ts'
import { basePlanOf, withAddedFault, withoutFault, withSchedule } from './plan-draft.ts'
import type { PlanState } from './plan-store.ts'
import { useFaultWords } from './use-fault-words.ts'

interface FaultTableProps {
  readonly recipe: Recipe
  readonly state: PlanState
  readonly isEdited: boolean
}

export function FaultTable({ recipe, state, isEdited }: FaultTableProps) {
  const { t } = useTranslation(['plan', 'terms'])
  const format = useFormat()
  const words = useFaultWords(recipe)
  const { faults } = state.draft
  const nameOf = (fault: PlannedFault): string => words.nameOf(faults.indexOf(fault))
  return (
    <Stack gap="sm">
      <DataTable
        caption={t('plan:faults.caption')}
        rows={faults}
        rowKey={(fault) => fault.id}
        columns={[
          { key: 'name', header: t('plan:faults.name'), isRowHeader: true, cell: nameOf },
          {
            key: 'at',
            header: t('plan:faults.at'),
            isNumber: true,
            cell: ({ atSeconds }) => durationText(atSeconds),
          },
          { key: 'kind', header: t('plan:faults.kind'), cell: ({ kind }) => t(`terms:faultKind.${kind}`) },
          { key: 'target', header: t('plan:faults.target'), cell: ({ target }) => words.targetOf(target) },
          {
            key: 'off',
            header: t('plan:faults.off'),
            isNumber: true,
            cell: ({ healAfterSeconds }) => format.duration(healAfterSeconds),
          },
          {
            key: 'action',
            header: t('plan:faults.action'),
            cell: (fault) => <FaultActions fault={fault} name={nameOf(fault)} state={state} />,
          },
        ]}
      />
      <TableFoot recipe={recipe} state={state} isEdited={isEdited} />
    </Stack>
  )
}

interface FaultActionsProps {
  readonly fault: PlannedFault
  readonly name: string
  readonly state: PlanState
}

function FaultActions({ fault, name, state }: FaultActionsProps) {
  const { t } = useTranslation('plan')
  const remove = (): void => {
    state.edit((draft) => withoutFault(draft, fault.id))
    announce(t('faults.removed', { name }))
  }
  return (
    <Group gap={4} wrap="nowrap">
      <Tooltip label={t('faults.edit')}>
        <ActionIcon
          variant="default"
          aria-label={t('faults.editOf', { name })}
          onClick={() => state.select(fault.id)}
        >
          <IconPencil size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('faults.remove')}>
        <ActionIcon variant="default" aria-label={t('faults.removeOf', { name })} onClick={remove}>
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Group>
  )
}

function TableFoot({ recipe, state, isEdited }: FaultTableProps) {
  const { t } = useTranslation('plan')
  const format = useFormat()
  const plan = basePlanOf(recipe, state.draft)
  if (!plan) return null
  const { faults } = state.draft
  return (
    <>
      <Group gap="xs">
        {isEdited && (
          <Button
            variant="default"
            leftSection={<IconRotate size={16} aria-hidden />}
            onClick={() => state.edit((draft) => withSchedule(recipe, draft, draft.plan))}
          >
            {t('faults.reset')}
          </Button>
        )}
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => state.edit((draft) => withAddedFault(recipe, draft))}
        >
          {t('faults.add')}
        </Button>
      </Group>
      <Text size="sm">
        {t('faults.total', { count: faults.length, time: format.duration(planWindowSeconds(plan)) })}
      </Text>
      <Text size="xs" c="dimmed">
        {t('faults.gate', {
          seconds: format.number(plan.gate.probesOkSeconds),
          timeout: format.duration(plan.gate.timeoutSeconds),
        })}
      </Text>
    </>
  )
}
