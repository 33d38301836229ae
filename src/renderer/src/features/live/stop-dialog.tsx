/** Asks before a run is stopped for good, and says what that means. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui/use-language.ts'
import type { LiveState } from './live-store.ts'
import { injectedCountOf, runClockOf } from './run-clock.ts'

interface StopDialogProps {
  readonly live: LiveState
  readonly isShown: boolean
  readonly onClose: () => void
  readonly onConfirm: () => void
}

export function StopDialog({ live, isShown, onClose, onConfirm }: StopDialogProps) {
  const { t } = useTranslation(['live', 'states'])
  const format = useFormat()
  return (
    <Modal
      opened={isShown}
      onClose={onClose}
      title={t('live:stop.title')}
      transitionProps={{ duration: 0 }}
      // Mantine writes a <header>, which beside the window's own would be a second banner.
      attributes={{ header: { role: 'presentation' } }}
      closeButtonProps={{ 'aria-label': t('states:dismiss') }}
    >
      <Stack gap="sm">
        <Text size="sm">
          {t('live:stop.text', {
            injected: injectedCountOf(live.run),
            planned: live.run.state.faults.length,
            left: format.duration(runClockOf(live.run)?.leftSeconds ?? 0),
          })}
        </Text>
        <Text size="sm">{t('live:stop.heal')}</Text>
        <Text size="sm">{t('live:stop.final')}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('live:stop.keep')}
          </Button>
          <Button color="red.9" onClick={onConfirm}>
            {t('live:stop.confirm')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
