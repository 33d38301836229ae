/** The run as a line: phases as bands, faults as blocks that can be chosen, moved and removed by keys. */
import { Text } from '@mantine/core'
import { type KeyboardEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { PlannedFault } from '../../../../shared/domain/plan.ts'
import { planWindowSeconds } from '../../../../shared/domain/plan-window.ts'
import type { Recipe } from '../../../../shared/domain/recipe.ts'
import { announce } from '../../ui/announce.tsx'
import { useFormat } from '../../ui/use-language.ts'
import { durationText } from './duration-text.ts'
import { basePlanOf, withFault, withoutFault } from './plan-draft.ts'
import type { PlanState } from './plan-store.ts'
import classes from './timeline.module.css'
import { useFaultWords } from './use-fault-words.ts'

interface TimelineProps {
  readonly recipe: Recipe
  readonly state: PlanState
}

const stepSeconds = 60

/** Element id of a fault's block, for focus that returns to it. */
export function blockIdOf(fault: string): string {
  return `plan-block-${fault}`
}

export function Timeline({ recipe, state }: TimelineProps) {
  const { t } = useTranslation('plan')
  const format = useFormat()
  const plan = basePlanOf(recipe, state.draft)
  const helpId = 'timeline-help'
  if (!plan) return null
  const windowSeconds = planWindowSeconds(plan)
  const { faults } = state.draft
  return (
    <div>
      <section
        className={classes.line}
        aria-label={t('timeline.label', { time: format.duration(windowSeconds) })}
        aria-describedby={helpId}
      >
        <Bands phases={plan.phases} windowSeconds={windowSeconds} />
        <Blocks recipe={recipe} state={state} windowSeconds={windowSeconds} />
      </section>
      <Ticks windowSeconds={windowSeconds} />
      <Text size="xs" c="dimmed" id={helpId}>
        {faults.length === 0 ? t('timeline.empty') : t('timeline.help')}
      </Text>
    </div>
  )
}

interface BandsProps {
  readonly phases: readonly { readonly id: 'initial' | 'main' | 'final'; readonly durationSeconds: number }[]
  readonly windowSeconds: number
}

function Bands({ phases, windowSeconds }: BandsProps) {
  const { t } = useTranslation('terms')
  return phases.map(({ id, durationSeconds }) => (
    <div
      key={id}
      className={classes.band}
      data-phase={id}
      style={{ width: `${(100 * durationSeconds) / windowSeconds}%` }}
    >
      <span>{t(`phase.${id}`)}</span>
    </div>
  ))
}

function Blocks({ recipe, state, windowSeconds }: TimelineProps & { readonly windowSeconds: number }) {
  const { t } = useTranslation('plan')
  const words = useFaultWords(recipe)
  const group = useRef<HTMLUListElement>(null)
  const { faults } = state.draft
  // One stop for Tab; arrow keys go on from there.
  const current = Math.max(
    0,
    faults.findIndex(({ id }) => id === state.selected),
  )

  const focusBlock = (position: number): void => {
    group.current?.querySelectorAll('button')[Math.min(faults.length - 1, Math.max(0, position))]?.focus()
  }
  const move = (fault: PlannedFault, bySeconds: number): void => {
    const latest = windowSeconds - fault.jitterSeconds - fault.healAfterSeconds
    const atSeconds = Math.min(Math.max(0, latest), Math.max(0, fault.atSeconds + bySeconds))
    state.edit((draft) => withFault(draft, fault.id, { atSeconds }))
    const position = faults.findIndex(({ id }) => id === fault.id)
    announce(t('timeline.moved', { name: words.nameOf(position), at: durationText(atSeconds) }))
  }
  const remove = (fault: PlannedFault, position: number): void => {
    state.edit((draft) => withoutFault(draft, fault.id))
    announce(t('faults.removed', { name: words.nameOf(position) }))
    requestAnimationFrame(() => focusBlock(position))
  }
  const onKey = (event: KeyboardEvent, fault: PlannedFault, position: number): void => {
    const direction = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (direction !== 0 && event.shiftKey) move(fault, direction * stepSeconds)
    else if (direction !== 0) focusBlock(position + direction)
    else if (event.key === 'Home') focusBlock(0)
    else if (event.key === 'End') focusBlock(faults.length - 1)
    else if (event.key === 'Delete') remove(fault, position)
    else return
    event.preventDefault()
  }

  return (
    <ul ref={group} className={classes.blocks}>
      {faults.map((fault, position) => (
        <li key={fault.id}>
          <Block
            fault={fault}
            label={words.nameOf(position)}
            target={words.targetOf(fault.target)}
            position={position}
            windowSeconds={windowSeconds}
            isCurrent={position === current}
            isSelected={fault.id === state.selected}
            hasIssue={state.issues.some((issue) => issue.fault === fault.id)}
            onSelect={() => state.select(fault.id)}
            onKey={(event) => onKey(event, fault, position)}
          />
        </li>
      ))}
    </ul>
  )
}

interface BlockProps {
  readonly fault: PlannedFault
  readonly label: string
  readonly target: string
  readonly position: number
  readonly windowSeconds: number
  readonly isCurrent: boolean
  readonly isSelected: boolean
  readonly hasIssue: boolean
  readonly onSelect: () => void
  readonly onKey: (event: KeyboardEvent) => void
}

function Block(props: BlockProps) {
  const { fault, label, target, position, windowSeconds, isCurrent, isSelected, hasIssue } = props
  const { t } = useTranslation(['plan', 'terms'])
  const format = useFormat()
  return (
    <button
      type="button"
      id={blockIdOf(fault.id)}
      className={classes.block}
      data-kind={fault.kind}
      data-issue={hasIssue || undefined}
      style={{
        insetInlineStart: `${Math.min(100, (100 * fault.atSeconds) / windowSeconds)}%`,
        width: `${Math.min(100, (100 * fault.healAfterSeconds) / windowSeconds)}%`,
      }}
      tabIndex={isCurrent ? 0 : -1}
      aria-pressed={isSelected}
      aria-label={t('plan:timeline.block', {
        name: label,
        at: durationText(fault.atSeconds),
        kind: t(`terms:faultKind.${fault.kind}`),
        target,
        off: format.duration(fault.healAfterSeconds),
      })}
      onClick={props.onSelect}
      onKeyDown={props.onKey}
    >
      {position + 1}
    </button>
  )
}

/** Round steps of which a run shows at most eight. */
const tickSteps = [30, 60, 300, 600, 1800, 3600, 7200, 14_400, 43_200] as const

function Ticks({ windowSeconds }: { readonly windowSeconds: number }) {
  const step = tickSteps.find((seconds) => windowSeconds / seconds <= 8) ?? windowSeconds
  const count = Math.floor(windowSeconds / step)
  return (
    <div className={classes.ticks} aria-hidden>
      {Array.from({ length: count + 1 }, (_, tick) => tick * step).map((seconds) => (
        <span key={seconds} style={{ insetInlineStart: `${(100 * seconds) / windowSeconds}%` }}>
          {durationText(seconds)}
        </span>
      ))}
    </div>
  )
}
