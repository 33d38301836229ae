/** One card per node, from the faults injected and the lab's own log. */
import { Badge, Group, List, Paper, SimpleGrid, Text } from '@mantine/core'
import { IconCrown, IconPower, IconServer, IconServerOff } from '@tabler/icons-react'
import { memo, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { JournalEntry } from '../../../../shared/domain/journal.ts'
import type { RunSpec } from '../../../../shared/domain/run.ts'
import { Section } from '../../ui/section.tsx'
import { type NodeCard, nodeCardsOf } from './node-cards.ts'

interface NodeCardsProps {
  readonly entries: readonly JournalEntry[]
  readonly spec: RunSpec
}

export const NodeCards = memo(function NodeCards({ entries, spec }: NodeCardsProps) {
  const { t } = useTranslation('live')
  const cards = useMemo(() => nodeCardsOf(entries, spec), [entries, spec])
  return (
    <Section title={t('nodes.title')}>
      <Text size="sm" c="dimmed">
        {t('nodes.note')}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
        {cards.map((card) => (
          <Card key={card.name} card={card} />
        ))}
      </SimpleGrid>
    </Section>
  )
})

function Card({ card }: { card: NodeCard }) {
  const { t } = useTranslation('live')
  const isOn = card.power === 'on'
  const isOff = card.power !== 'on' && card.power !== 'unknown'
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          {isOff ? <IconServerOff size={18} aria-hidden /> : <IconServer size={18} aria-hidden />}
          <Text fw={600}>{card.name}</Text>
        </Group>
        <Badge
          variant="outline"
          color={isOff ? 'orange' : isOn ? 'azure' : 'gray'}
          leftSection={<IconPower size={12} aria-hidden />}
        >
          <Text span inherit c="var(--mantine-color-text)">
            {t(`nodes.power.${card.power}`)}
          </Text>
        </Badge>
      </Group>
      <Group gap="xs" mt={4}>
        <Text size="sm">
          {card.haState === undefined ? t('nodes.haNone') : t('nodes.ha', { state: card.haState })}
        </Text>
        {card.isCrmMaster && (
          <Badge variant="outline" color="gray" leftSection={<IconCrown size={12} aria-hidden />}>
            <Text span inherit c="var(--mantine-color-text)">
              {t('nodes.master')}
            </Text>
          </Badge>
        )}
      </Group>
      {card.guests.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('nodes.noGuests')}
        </Text>
      ) : (
        <List size="sm" aria-label={t('nodes.guests')}>
          {card.guests.map(({ guest, name, state }) => (
            <List.Item key={guest} {...(state === 'down' ? { fw: 700 } : {})}>
              {t(`nodes.guest.${state}`, { guest: name })}
            </List.Item>
          ))}
        </List>
      )}
    </Paper>
  )
}
