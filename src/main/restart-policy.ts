/** Ends in this many milliseconds count together. */
const windowMs = 60_000
const delaysMs = [250, 1_000] as const

/**
 * What to do after a process has ended by itself: start it again after a growing pause, and give up at the third end within
 * a minute.
 * @param endsMs times of all unexpected ends so far, the newest last
 * @returns pause in milliseconds, or null to give up
 */
export function pauseBeforeRestart(endsMs: readonly number[]): number | null {
  const newest = endsMs.at(-1) ?? 0
  const recent = endsMs.filter((end) => newest - end < windowMs).length
  return delaysMs[Math.max(recent, 1) - 1] ?? null
}
