/** Buttons that move the shown stretch of time; nothing needs dragging. */
import { ActionIcon, Button, Group, NativeSelect, Text, Tooltip } from '@mantine/core'
import { IconChevronLeft, IconChevronRight, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import type { KeyboardEvent } from 'react'
import classes from './chart-figure.module.css'
import { useChartText } from './chart-text.ts'
import { type FaultMarker, markerLabel } from './fault-markers.ts'
import { clockLabel } from './time-ticks.ts'
import { moveWindow, sameWindow, type TimeWindow, type WindowMove, windowAround } from './time-window.ts'

/** A fault is looked at with this much time around it: recovery of a hard kill takes about three minutes. */
const aroundFaultMs = 10 * 60_000

const moveByKey: Readonly<Record<string, WindowMove>> = {
  '+': 'closer',
  '-': 'wider',
  ArrowLeft: 'earlier',
  ArrowRight: 'later',
  Home: 'whole',
}

export interface WindowControlsProps {
  readonly title: string
  readonly whole: TimeWindow
  readonly shown: TimeWindow
  readonly onShow: (window: TimeWindow) => void
  readonly faults: readonly FaultMarker[]
}

export function WindowControls({ title, whole, shown, onShow, faults }: WindowControlsProps) {
  const { t } = useChartText()
  const move = (step: WindowMove): void => onShow(moveWindow(shown, step, whole))
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = moveByKey[event.key]
    if (step === undefined || event.target instanceof HTMLSelectElement || event.ctrlKey || event.altKey)
      return
    event.preventDefault()
    move(step)
  }
  const isWhole = sameWindow(shown, whole)
  const steps = [
    { step: 'closer', icon: <IconZoomIn size={16} aria-hidden />, disabled: false },
    { step: 'wider', icon: <IconZoomOut size={16} aria-hidden />, disabled: isWhole },
    {
      step: 'earlier',
      icon: <IconChevronLeft size={16} aria-hidden />,
      disabled: shown.fromMs <= whole.fromMs,
    },
    { step: 'later', icon: <IconChevronRight size={16} aria-hidden />, disabled: shown.toMs >= whole.toMs },
  ] as const
  return (
    <Group
      gap="xs"
      role="group"
      aria-label={t('charts:zoom.of', { title })}
      onKeyDown={onKeyDown}
      className={classes.tools}
    >
      {steps.map(({ step, icon, disabled }) => (
        <Tooltip key={step} label={t(`charts:zoom.${step}`)}>
          <ActionIcon
            variant="default"
            size="md"
            aria-label={t(`charts:zoom.${step}`)}
            // Stays in the tab order, so that focus is not lost at the end of the window.
            aria-disabled={disabled}
            data-disabled={disabled}
            onClick={() => {
              if (!disabled) move(step)
            }}
          >
            {icon}
          </ActionIcon>
        </Tooltip>
      ))}
      <Button size="compact-sm" variant="default" onClick={() => move('whole')}>
        {t('charts:zoom.whole')}
      </Button>
      {faults.length > 0 && (
        <NativeSelect
          size="xs"
          aria-label={t('charts:zoom.toFault')}
          value=""
          onChange={(event) => {
            const fault = faults.find(({ id }) => id === event.currentTarget.value)
            if (fault !== undefined)
              onShow(windowAround(fault.atMs + aroundFaultMs / 4, aroundFaultMs, whole))
          }}
          data={[
            { value: '', label: t('charts:zoom.toFault') },
            ...faults.map((fault) => ({
              value: fault.id,
              label: t('charts:zoom.fault', { fault: markerLabel(fault) }),
            })),
          ]}
        />
      )}
      <Text size="sm" c="dimmed">
        {t('charts:zoom.shown', { from: clockLabel(shown.fromMs, true), to: clockLabel(shown.toMs, true) })}
      </Text>
    </Group>
  )
}
