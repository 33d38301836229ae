/** Keys that work on every screen, and the dialog that lists them. */
import { Kbd, Modal } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { hrefOf, screenIds } from '../../../shared/window-route/window-route.ts'
import { DataTable } from '../ui/data-table.tsx'

interface ShortcutActions {
  readonly onSwitchLanguage: () => void
  readonly onShowShortcuts: () => void
}

export function useShortcuts(actions: ShortcutActions): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (actOn(event, latest.current)) event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
}

/** True when the key was one of ours. None of them types a character. */
function actOn(event: KeyboardEvent, { onSwitchLanguage, onShowShortcuts }: ShortcutActions): boolean {
  if (event.isComposing || event.altKey || event.metaKey || event.shiftKey) return false
  if (!event.ctrlKey) {
    if (event.key !== 'F1') return false
    onShowShortcuts()
    return true
  }
  if (event.key.toLowerCase() === 'l') {
    onSwitchLanguage()
    return true
  }
  const screen = /^[1-9]$/.test(event.key) ? screenIds[Number(event.key) - 1] : undefined
  if (screen === undefined) return false
  window.location.hash = hrefOf({ screen })
  return true
}

export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation('app')
  const rows = [
    { keys: ['Ctrl', `1-${screenIds.length}`], action: t('shortcuts.screens') },
    { keys: ['Ctrl', 'L'], action: t('shortcuts.language') },
    { keys: ['F1'], action: t('shortcuts.help') },
    { keys: ['Esc'], action: t('shortcuts.close') },
    { keys: ['←', '→'], action: t('shortcuts.timeline') },
  ]
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      title={t('shortcuts.title')}
      closeButtonProps={{ 'aria-label': t('notifications.dismiss') }}
    >
      <DataTable
        caption={t('shortcuts.title')}
        hideCaption
        rows={rows}
        rowKey={(row) => row.action}
        columns={[
          {
            key: 'keys',
            header: t('shortcuts.keys'),
            cell: (row) => row.keys.map((key) => <Kbd key={key}>{key}</Kbd>),
            isRowHeader: true,
          },
          { key: 'action', header: t('shortcuts.action'), cell: (row) => row.action },
        ]}
      />
    </Modal>
  )
}
