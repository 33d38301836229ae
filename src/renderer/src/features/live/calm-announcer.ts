/** Lets at most one message through in ten seconds; of those that came too soon, the newest is said later. */

export const announcementIntervalMs = 10_000

export interface CalmAnnouncer {
  say(text: string): void
  stop(): void
}

export function createCalmAnnouncer(
  announce: (text: string) => void,
  nowMs: () => number = () => performance.now(),
): CalmAnnouncer {
  let lastMs = Number.NEGATIVE_INFINITY
  let waiting: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const flush = (): void => {
    timer = undefined
    if (waiting === undefined) return
    lastMs = nowMs()
    const text = waiting
    waiting = undefined
    announce(text)
  }
  return {
    say(text) {
      waiting = text
      if (timer !== undefined) return
      const waitMs = lastMs + announcementIntervalMs - nowMs()
      if (waitMs <= 0) flush()
      else timer = setTimeout(flush, waitMs)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
      waiting = undefined
    },
  }
}
