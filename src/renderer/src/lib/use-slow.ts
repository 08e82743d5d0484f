import { useEffect, useRef, useState } from 'react'

/** Follows a value at most once in `everyMs`, always ending on the latest one. */
export function useSlow<T>(value: T, everyMs: number): T {
  const [slow, setSlow] = useState(value)
  const changedAt = useRef(0)
  useEffect(() => {
    const wait = Math.max(0, changedAt.current + everyMs - Date.now())
    const timer = setTimeout(() => {
      changedAt.current = Date.now()
      setSlow(value)
    }, wait)
    return () => clearTimeout(timer)
  }, [value, everyMs])
  return slow
}
