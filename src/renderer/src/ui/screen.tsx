/** Frame of one screen: its heading, what can be done on it, and its content at a readable width. */
import { Group, Stack, Text, Title } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './screen.module.css'

/** At the very start the keyboard begins at the top of the window; later, where one has gone. */
let hasMoved = false
window.addEventListener(
  'hashchange',
  () => {
    hasMoved = true
  },
  { once: true },
)

interface ScreenProps {
  readonly title: string
  readonly subtitle?: ReactNode
  /** Buttons; the primary one last, so that it stands right-most. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}

export function Screen({ title, subtitle, actions, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  // Whoever opens a screen by keyboard or screen reader starts at its heading.
  useEffect(() => {
    if (hasMoved) heading.current?.focus({ preventScroll: true })
  }, [])

  return (
    <Stack gap="lg" className={classes.screen}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div className={classes.heading}>
          <Title order={1} size="h2" tabIndex={-1} ref={heading} className={classes.title}>
            {title}
          </Title>
          {subtitle !== undefined && (
            <Text c="dimmed" mt={4} component="div">
              {subtitle}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  )
}
