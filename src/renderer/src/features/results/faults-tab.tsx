/** Each fault: where it struck, what the guests lived through, and which part of the recovery took how long. */
import { Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { FaultResult, RunResults } from '../../../../shared/domain/results.ts'
import type { RunOverview } from '../../../../shared/host-api/table.ts'
import { OutageWaterfall } from '../../charts/outage-waterfall.tsx'
import { clockLabel } from '../../charts/time-ticks.ts'
import { waterfallRowsOf } from '../../charts/waterfall-segments.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Section } from '../../ui/section.tsx'
import { useFormat } from '../../ui/use-language.ts'
import { ChartCard } from './chart-card.tsx'
import { type FaultRow, faultRowsOf } from './fault-rows.ts'
import { guestNamesOf } from './guest-names.ts'
import { NothingMeasured } from './nothing-measured.tsx'
import { UnbrokenName } from './unbroken-name.tsx'

interface FaultsTabProps {
  readonly run: string
  readonly results: RunResults
  readonly overview: RunOverview | undefined
}

export function FaultsTab({ run, results, overview }: FaultsTabProps) {
  const { t } = useTranslation('results')
  const rows = useMemo(() => faultRowsOf(results.faults), [results.faults])
  const waterfall = useMemo(() => waterfallRowsOf(results.faults), [results.faults])
  const nameOf = useMemo(() => guestNamesOf(results), [results])
  if (rows.length === 0) return <NothingMeasured reason="noFaults" />
  return (
    <Stack gap="md">
      <Section title={t('faults.table')}>
        <FaultTable rows={rows} nameOf={nameOf} originMs={overview?.windowOpenedAtMs ?? 0} />
        <Text size="sm" c="dimmed">
          {t('faults.note')} {t(loseRecords(rows) ? 'faults.lostRecordsNote' : 'faults.noLostRecords')}
        </Text>
      </Section>
      <ChartCard>
        <OutageWaterfall rows={waterfall} nameOf={nameOf} fileName={`${run}-waterfall`} />
      </ChartCard>
    </Stack>
  )
}

/** Only then are they worth a column: on Ceph, where most labs have their guests, nothing is ever lost. */
function loseRecords(rows: readonly FaultRow[]): boolean {
  return rows.some(({ guest }) => guest !== undefined && guest.lostRecords > 0)
}

interface FaultTableProps {
  readonly rows: readonly FaultRow[]
  readonly nameOf: (guest: string) => string
  readonly originMs: number
}

function FaultTable({ rows, nameOf, originMs }: FaultTableProps) {
  const { t } = useTranslation(['results', 'terms'])
  const format = useFormat()
  const seconds = (value: number | undefined): string =>
    value === undefined ? '-' : format.fixed(tenthsOf(value), 1)
  const stateText = useFaultStateText()
  const lostRecords: Column<FaultRow> = {
    key: 'lostRecords',
    header: t('results:faults.lostRecords'),
    isNumber: true,
    sortValue: ({ guest }) => guest?.lostRecords ?? -1,
    cell: ({ guest }) => (guest === undefined ? '-' : format.fixed(guest.lostRecords, 0)),
  }
  return (
    <DataTable
      caption={t('results:faults.table')}
      hideCaption
      rows={rows}
      rowKey={({ key }) => key}
      columns={[
        {
          key: 'fault',
          header: t('results:faults.fault'),
          isRowHeader: true,
          sortValue: ({ ordinal }) => ordinal,
          cell: ({ ordinal }) => ordinal,
        },
        {
          key: 'at',
          header: t('results:faults.at'),
          isNumber: true,
          cell: ({ fault }) =>
            fault.injectedAtMs === undefined ? '-' : clockLabel(fault.injectedAtMs - originMs, true),
        },
        {
          key: 'kind',
          header: t('results:faults.kind'),
          cell: ({ fault }) => t(`terms:faultKind.${fault.kind}`),
        },
        {
          key: 'node',
          header: t('results:faults.node'),
          cell: ({ fault }) => (
            <UnbrokenName name={`${fault.node ?? '-'}${fault.wasCrmMaster ? ' (M)' : ''}`} />
          ),
        },
        {
          key: 'guest',
          header: t('results:faults.guest'),
          sortValue: ({ guest }) => guest?.guest ?? '',
          cell: ({ guest, fault }) =>
            guest === undefined ? (
              fault.status === 'skipped' ? (
                '-'
              ) : (
                t('results:faults.noGuest')
              )
            ) : (
              <UnbrokenName name={nameOf(guest.guest)} />
            ),
        },
        {
          key: 'firstLost',
          header: t('results:faults.firstLost'),
          isNumber: true,
          cell: ({ moments }) => seconds(moments['first-lost']),
        },
        {
          key: 'fenced',
          header: t('results:faults.fenced'),
          isNumber: true,
          cell: ({ moments }) => seconds(moments.fence),
        },
        {
          key: 'recovered',
          header: t('results:faults.recovered'),
          isNumber: true,
          cell: ({ moments }) => seconds(moments.recover),
        },
        {
          key: 'answers',
          header: t('results:faults.answers'),
          isNumber: true,
          cell: ({ moments }) => seconds(moments['service-answers'] ?? moments['icmp-answers']),
        },
        {
          key: 'downtime',
          header: t('results:faults.downtime'),
          isNumber: true,
          sortValue: ({ guest }) => guest?.downtimeHighSeconds ?? -1,
          cell: ({ guest }) =>
            guest === undefined
              ? '-'
              : `${format.fixed(guest.downtimeLowSeconds, 1)} - ${format.fixed(guest.downtimeHighSeconds, 1)}`,
        },
        ...(loseRecords(rows) ? [lostRecords] : []),
        {
          key: 'recoveredOn',
          header: t('results:faults.recoveredOn'),
          cell: ({ guest }) => guest?.recoveredOn ?? '-',
        },
        {
          key: 'state',
          header: t('results:faults.state'),
          cell: ({ fault, guest }) =>
            guest?.censored ? `${stateText(fault)}; ${t('results:faults.censored')}` : stateText(fault),
        },
      ]}
    />
  )
}

/** To a tenth, and never the `-0.0` a probe sent a hair before the fault would give. */
function tenthsOf(seconds: number): number {
  return Math.round(seconds * 10) / 10 || 0
}

const skipReasons = ['gate-timeout', 'user', 'cancelled', 'no-target'] as const

function useFaultStateText(): (fault: FaultResult) => string {
  const { t } = useTranslation(['results', 'terms'])
  return ({ status, skipReason }) => {
    if (status !== 'skipped') return t(`terms:faultStatus.${status}`)
    const reason = skipReasons.find((known) => known === skipReason)
    return t('results:faults.skipped', {
      reason: reason === undefined ? (skipReason ?? '-') : t(`terms:skipReason.${reason}`),
    })
  }
}
