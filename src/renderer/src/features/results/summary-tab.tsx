/** One row per guest: our figures, the paper's formula on them, and the published cell. */
import { Stack, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { meaningfulDecimals } from '../../../../shared/analysis/availability.ts'
import type { GuestResult, RunResults } from '../../../../shared/domain/results.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Section } from '../../ui/section.tsx'
import { useFormat } from '../../ui/use-language.ts'
import { LintList } from './lint-list.tsx'
import { NothingMeasured } from './nothing-measured.tsx'
import { signed } from './signed.ts'
import { UnbrokenName } from './unbroken-name.tsx'

interface SummaryTabProps {
  readonly results: RunResults
  readonly isGoingOn: boolean
}

/** Doubts about how a run ended; to one that goes on they come too early. */
const ofAnEnd = ['run-incomplete', 'faults-open']

export function SummaryTab({ results, isGoingOn }: SummaryTabProps) {
  const { t } = useTranslation(['results', 'terms'])
  const format = useFormat()
  const digitsOf = ({ intervalMs, windowSeconds }: GuestResult): number =>
    meaningfulDecimals(intervalMs, windowSeconds * 1000)
  const [first] = results.guests
  return (
    <Stack gap="md">
      <LintList
        lints={isGoingOn ? results.lints.filter(({ code }) => !ofAnEnd.includes(code)) : results.lints}
      />
      <Section title={t('results:summary.table')}>
        {first === undefined ? (
          <NothingMeasured reason="noGuests" />
        ) : (
          <>
            <Stack gap={2}>
              {results.guests.map((guest) => (
                <Text key={guest.guest}>
                  {guest.availabilityPercent === null
                    ? t('results:summary.sentenceVoid', {
                        guest: guest.guestName,
                        void: format.duration(guest.voidSeconds),
                      })
                    : t('results:summary.sentence', {
                        guest: guest.guestName,
                        availability: format.percent(guest.availabilityPercent, digitsOf(guest)),
                        faults: guest.faults,
                        hits: guest.hits,
                        void: format.duration(guest.voidSeconds),
                      })}
                </Text>
              ))}
            </Stack>
            <GuestTable guests={results.guests} digitsOf={digitsOf} />
            <Text size="sm" c="dimmed">
              {t('results:summary.method', {
                probe: t(`terms:probeKind.${first.probe}`),
                interval: format.number(first.intervalMs / 1000, 3),
              })}
            </Text>
          </>
        )}
      </Section>
    </Stack>
  )
}

interface GuestTableProps {
  readonly guests: readonly GuestResult[]
  readonly digitsOf: (guest: GuestResult) => number
}

function GuestTable({ guests, digitsOf }: GuestTableProps) {
  const { t } = useTranslation('results')
  const format = useFormat()
  const percent = (value: number | null, digits: number): string =>
    value === null ? '-' : format.fixed(value, digits)
  const seconds = (value: number | null): string => (value === null ? '-' : format.fixed(value, 1))
  return (
    <DataTable
      caption={t('summary.table')}
      hideCaption
      rows={guests}
      rowKey={({ guest }) => guest}
      columns={[
        {
          key: 'guest',
          header: t('summary.guest'),
          isRowHeader: true,
          cell: ({ guestName }) => <UnbrokenName name={guestName} />,
        },
        {
          key: 'hits',
          header: t('summary.hits'),
          isNumber: true,
          cell: ({ hits, faults }) => `${format.number(hits)} / ${format.number(faults)}`,
        },
        {
          key: 'availability',
          header: t('summary.availability'),
          isNumber: true,
          sortValue: ({ availabilityPercent }) => availabilityPercent ?? -1,
          cell: (guest) => (
            <>
              <b>{percent(guest.availabilityPercent, digitsOf(guest))}</b>
              {guest.availabilityPercent !== null &&
                ` [${percent(guest.availabilityLowPercent, digitsOf(guest))}; ${percent(guest.availabilityHighPercent, digitsOf(guest))}]`}
            </>
          ),
        },
        {
          key: 'formula',
          header: t('summary.formula'),
          isNumber: true,
          sortValue: ({ paperAvailabilityPercent }) => paperAvailabilityPercent,
          cell: ({ paperAvailabilityPercent }) => percent(paperAvailabilityPercent, 3),
        },
        {
          key: 'published',
          header: t('summary.published'),
          isNumber: true,
          cell: ({ publishedPercent }) => percent(publishedPercent, 3),
        },
        {
          key: 'difference',
          header: t('summary.difference'),
          isNumber: true,
          cell: ({ paperAvailabilityPercent, publishedPercent }) =>
            publishedPercent === null ? '-' : signed(paperAvailabilityPercent - publishedPercent, 3, format),
        },
        {
          key: 'downtime',
          header: t('summary.downtime'),
          isNumber: true,
          sortValue: ({ medianDowntimePerHitSeconds }) => medianDowntimePerHitSeconds ?? -1,
          cell: (guest) =>
            guest.medianDowntimePerHitSeconds === null
              ? '-'
              : `${seconds(guest.medianDowntimePerHitSeconds)} (${seconds(guest.minDowntimePerHitSeconds)} - ${seconds(guest.maxDowntimePerHitSeconds)})`,
        },
      ]}
    />
  )
}
