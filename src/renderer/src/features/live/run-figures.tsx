/** The four figures one looks for first. */
import { Paper, SimpleGrid, Stack, Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { meaningfulDecimals } from '../../../../shared/analysis/availability.ts'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import { useFormat } from '../../ui/use-language.ts'
import { availabilitySoFar } from './availability-so-far.ts'
import { lineNamesOf } from './line-names.ts'
import type { LiveState } from './live-store.ts'
import { injectedCountOf, nextFaultOf, openFaultOf, runClockOf } from './run-clock.ts'
import classes from './run-figures.module.css'

export function RunFigures({ live }: { live: LiveState }) {
  const { t } = useTranslation('live')
  return (
    <SimpleGrid
      component="section"
      aria-label={t('figure.label')}
      cols={{ base: 1, xs: 2, lg: 4 }}
      spacing="sm"
    >
      <TimeLeft live={live} />
      <NextFault live={live} />
      <PhaseFigure live={live} />
      <AvailabilityFigure live={live} />
    </SimpleGrid>
  )
}

function Figure({ label, value, children }: { label: string; value?: string; children?: ReactNode }) {
  return (
    <Paper withBorder p="sm">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      {value !== undefined && <Text className={classes.value}>{value}</Text>}
      {children}
    </Paper>
  )
}

function TimeLeft({ live }: { live: LiveState }) {
  const { t } = useTranslation('live')
  const format = useFormat()
  const { spec } = live.run.state
  const clock = runClockOf(live.run)
  const realSeconds = realSecondsLeft(live, clock?.leftSeconds)
  const windowSeconds = spec === undefined ? 0 : planWindowSeconds(spec.plan)
  return (
    <Figure label={t('figure.left')} value={format.position(clock?.leftSeconds ?? windowSeconds)}>
      <Text size="sm">{t('figure.leftOf', { window: format.duration(windowSeconds) })}</Text>
      {realSeconds !== undefined && (
        <Text size="sm">{t('figure.realTime', { time: format.duration(realSeconds) })}</Text>
      )}
    </Figure>
  )
}

/** Exact at a fixed speed, estimated from the measured pace at maximum speed; undefined when nothing drives the run. */
function realSecondsLeft({ run, pace }: LiveState, leftSeconds: number | undefined): number | undefined {
  if (leftSeconds === undefined || leftSeconds === 0 || !run.isDriven || run.speed === undefined)
    return undefined
  const rate = run.speed === 'max' ? pace?.heldRate : Number(run.speed)
  return rate === undefined || rate <= 0 ? undefined : leftSeconds / rate
}

function NextFault({ live }: { live: LiveState }) {
  const { t } = useTranslation(['live', 'terms'])
  const format = useFormat()
  const next = nextFaultOf(live.run)
  const open = openFaultOf(live.run)
  const { state } = live.run
  const value =
    next === undefined
      ? state.windowOpenedAtMs === undefined
        ? '-'
        : t('live:figure.nextNone')
      : next.inSeconds <= 0
        ? t('live:figure.nextNow')
        : t('live:figure.nextIn', { time: format.duration(next.inSeconds) })
  return (
    <Figure label={t('live:figure.nextFault')} value={value}>
      {next !== undefined && (
        <Text size="sm">
          {`${next.ordinal}: ${t(`terms:faultKind.${next.fault.kind}`)}`}
          {next.jitterSeconds > 0 &&
            `, ${t('live:figure.nextJitter', { jitter: format.duration(next.jitterSeconds) })}`}
        </Text>
      )}
      {open !== undefined && (
        <Text size="sm" fw={600}>
          {t('live:figure.openFault', { fault: open.ordinal, node: open.state.target?.node ?? '-' })}
        </Text>
      )}
    </Figure>
  )
}

function PhaseFigure({ live }: { live: LiveState }) {
  const { t } = useTranslation(['live', 'terms'])
  const { phase, faults, windowOpenedAtMs } = live.run.state
  return (
    <Figure
      label={t('live:figure.phase')}
      value={
        phase === undefined || windowOpenedAtMs === undefined
          ? t('live:figure.phaseNone')
          : t(`terms:phase.${phase}`)
      }
    >
      <Text size="sm">
        {t('live:figure.faultsDone', { done: injectedCountOf(live.run), planned: faults.length })}
      </Text>
    </Figure>
  )
}

function AvailabilityFigure({ live }: { live: LiveState }) {
  const { t } = useTranslation('live')
  const format = useFormat()
  const { nameOf } = lineNamesOf(live.run.state.spec)
  const rows = availabilitySoFar(live.run)
  const measuredMs = live.run.nowMs - (live.run.state.windowOpenedAtMs ?? live.run.nowMs)
  return (
    <Figure label={t('figure.availability')}>
      <Stack gap={2}>
        {rows.length === 0 ? (
          <Text className={classes.value}>-</Text>
        ) : (
          <Table className={classes.table} verticalSpacing={1} horizontalSpacing={0} withRowBorders={false}>
            <Table.Tbody>
              {rows.map(({ guest, percent, series }) => (
                <Table.Tr key={guest}>
                  <Table.Th scope="row" fw={400}>
                    {nameOf(guest)}
                  </Table.Th>
                  <Table.Td ta="end" fw={600}>
                    {percent === null
                      ? '-'
                      : format.percent(percent, meaningfulDecimals(series.intervalMs, measuredMs))}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <Text size="xs" c="dimmed">
          {rows.length === 0
            ? t('figure.none')
            : t('figure.availabilityOf', { count: injectedCountOf(live.run) })}
        </Text>
      </Stack>
    </Figure>
  )
}
