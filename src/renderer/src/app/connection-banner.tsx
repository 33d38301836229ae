/** Says on every screen that the host is away, and since when, as long as it is. */
import { Alert, Text } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useConnection } from '../host/host-context.tsx'
import { announce } from '../ui/announce.tsx'
import { StaleNotice } from '../ui/state-blocks.tsx'
import { useFormat } from '../ui/use-language.ts'

export function ConnectionBanner() {
  const { t } = useTranslation('app')
  const format = useFormat()
  const connection = useConnection()
  const wasLost = useRef(false)
  useEffect(() => {
    if (connection.state === 'open' && wasLost.current) announce(t('connection.restored'))
    wasLost.current = connection.state === 'lost'
  }, [connection, t])

  if (connection.state !== 'lost') return null
  const time = format.dateTime(new Date(connection.sinceMs).toISOString())
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconPlugConnectedX aria-hidden />}
      title={t('connection.lostTitle')}
      role="alert"
      mb="md"
    >
      <Text size="sm" mb="xs">
        {t('connection.lost', { time })}
      </Text>
      <StaleNotice sinceMs={connection.sinceMs} />
    </Alert>
  )
}
