/** Why a run has no figures, and what to do instead. */
import { Button } from '@mantine/core'
import { IconChartBarOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { hrefOf } from '../../../../shared/window-route/window-route.ts'
import { EmptyState } from '../../ui/state-blocks.tsx'

export function NothingMeasured({ reason }: { reason: 'noWindow' | 'noFaults' | 'noGuests' }) {
  const { t } = useTranslation('results')
  return (
    <EmptyState
      icon={<IconChartBarOff size={40} aria-hidden />}
      title={t('empty.title')}
      actions={
        <Button component="a" href={hrefOf({ screen: 'plan' })}>
          {t('empty.plan')}
        </Button>
      }
    >
      {t(`empty.${reason}`)}
    </EmptyState>
  )
}
