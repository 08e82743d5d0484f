/** Clocks are set to other zones, and software writes local times of another zone: such differences are whole quarters of an hour. */
const zoneStepMs = 15 * 60_000

/**
 * How far apart two shots were taken, milliseconds; null where the times do not say that they are two: a copy keeps its
 * capture time or loses it, and frames of a burst carry times of their own, apart by seconds or, where the camera writes
 * them, fractions of one.
 *
 * @param a local capture time, `YYYY-MM-DDTHH:mm:ss[.sss]`, or null where the photo has none
 */
export function shotGapMs(a: string | null, b: string | null): number | null {
  if (a === null || b === null || a === b) return null
  const [first, second] = [Date.parse(`${a}Z`), Date.parse(`${b}Z`)]
  if (Number.isNaN(first) || Number.isNaN(second)) return null
  // Some software drops the fraction: without it on both sides, the second is all that can be compared.
  const exact = a.includes('.') && b.includes('.')
  const apartMs = exact
    ? Math.abs(first - second)
    : Math.abs(Math.floor(first / 1000) - Math.floor(second / 1000)) * 1000
  return apartMs % zoneStepMs === 0 ? null : apartMs
}
