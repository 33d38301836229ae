import { useEffect, useState } from 'react'

/** Frames come ten times a second; after this long without one the shown figures are old. */
const staleAfterMs = 5000

/** True while frames are expected and none has come for a while. */
export function useIsStale(frameAtMs: number, isExpected: boolean): boolean {
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    if (!isExpected) return
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [isExpected])
  return isExpected && frameAtMs > 0 && nowMs - frameAtMs > staleAfterMs
}
