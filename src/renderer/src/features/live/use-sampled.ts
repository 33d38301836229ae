import { useEffect, useRef, useState } from 'react'

/** The newest value, but a new one at most every `intervalMs`: what is costly to draw need not follow each frame. */
export function useSampled<T>(value: T, intervalMs: number): T {
  const [sampled, setSampled] = useState(value)
  const latest = useRef(value)
  useEffect(() => {
    latest.current = value
  }, [value])
  useEffect(() => {
    const timer = setInterval(() => setSampled(() => latest.current), intervalMs)
    return () => clearInterval(timer)
  }, [intervalMs])
  return sampled
}
