/** One polite live region for the whole window: what changes without focus moving there is said here. */
import { VisuallyHidden } from '@mantine/core'
import { useStore } from 'zustand'
import { createStore } from 'zustand/vanilla'

interface Announcement {
  readonly text: string
  /** Makes the same sentence twice in a row two announcements. */
  readonly turn: number
}

const announcement = createStore<Announcement>(() => ({ text: '', turn: 0 }))

/** Says one sentence to a screen reader, politely. Callers during a run keep to one in ten seconds. */
export function announce(text: string): void {
  announcement.setState(({ turn }) => ({ text, turn: turn + 1 }))
}

export function LiveRegion() {
  const { text, turn } = useStore(announcement)
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-atomic="true">
      <span key={turn}>{text}</span>
    </VisuallyHidden>
  )
}
