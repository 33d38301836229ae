/** Short messages about what happened elsewhere. They stay until dismissed; the newest three are shown. */
import { Anchor, Notification, Stack } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'
import { announce } from './announce.tsx'
import classes from './notifications.module.css'

interface NewNotification {
  readonly title: string
  readonly text: string
  /** Opens the exact place. */
  readonly link?: { readonly href: string; readonly label: string }
  readonly isBad?: boolean
}

interface KeptNotification extends NewNotification {
  readonly id: number
}

interface NotificationsState {
  readonly kept: readonly KeptNotification[]
  readonly lastId: number
}

const notifications = createStore<NotificationsState>(() => ({ kept: [], lastId: 0 }))
const shownAtOnce = 3

export function notify(notification: NewNotification): void {
  notifications.setState(({ kept, lastId }) => ({
    kept: [...kept, { ...notification, id: lastId + 1 }].slice(-shownAtOnce),
    lastId: lastId + 1,
  }))
  announce(`${notification.title}. ${notification.text}`)
}

function dismiss(id: number): void {
  notifications.setState(({ kept }) => ({ kept: kept.filter((one) => one.id !== id) }))
}

export function Notifications() {
  const { t } = useTranslation('app')
  const kept = useStore(notifications, (state) => state.kept)
  if (kept.length === 0) return null
  return (
    <section aria-label={t('notifications.region')} className={classes.region}>
      <Stack gap="xs">
        {kept.map(({ id, title, text, link, isBad }) => (
          <Notification
            key={id}
            title={title}
            color={isBad ? 'red' : 'azure'}
            withBorder
            onClose={() => dismiss(id)}
            closeButtonProps={{ 'aria-label': t('notifications.dismiss') }}
          >
            {text}{' '}
            {link && (
              <Anchor href={link.href} size="sm" onClick={() => dismiss(id)}>
                {link.label}
              </Anchor>
            )}
          </Notification>
        ))}
      </Stack>
    </section>
  )
}
