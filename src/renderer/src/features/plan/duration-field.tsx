import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { durationText, parsedDuration } from './duration-text.ts'

interface DurationFieldProps {
  readonly id: string
  readonly label: string
  readonly description: string
  readonly seconds: number
  readonly error: string | undefined
  /** Called when the field is left or Enter is pressed, with what was typed if it is a time. */
  readonly onCommit: (seconds: number) => void
}

/** A time as `h:mm:ss`; what is no time stays in the field, with a message under it. */
export function DurationField({ id, label, description, seconds, error, onCommit }: DurationFieldProps) {
  const { t } = useTranslation('plan')
  const [typed, setTyped] = useState<string | null>(null)
  const isWrong = typed !== null && parsedDuration(typed) === undefined

  const commit = (): void => {
    const parsed = typed === null ? undefined : parsedDuration(typed)
    if (parsed === undefined) return
    setTyped(null)
    if (parsed !== seconds) onCommit(parsed)
  }
  return (
    <TextInput
      id={id}
      label={label}
      description={description}
      value={typed ?? durationText(seconds)}
      error={isWrong ? t('issues.not-a-time') : error}
      spellCheck={false}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
    />
  )
}
