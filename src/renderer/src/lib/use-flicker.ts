import { useEffect, useState } from 'react'

const flickerMs = 600

/** Which of two is up in a flicker view; below three changes a second, and by hand where motion is not wanted. */
export function useFlicker(on: boolean): [boolean, () => void] {
  const [second, setSecond] = useState(false)
  useEffect(() => {
    if (!on || window.matchMedia('(prefers-reduced-motion: reduce)').matches) return
    const timer = setInterval(() => setSecond((value) => !value), flickerMs)
    return () => clearInterval(timer)
  }, [on])
  return [on && second, () => setSecond((value) => !value)]
}
