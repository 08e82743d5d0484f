/** A part of a whole. `value` is null where the whole is empty: nothing was measured. */
export interface Rate {
  hits: number
  of: number
  value: number | null
}

export const rate = (hits: number, of: number): Rate => ({ hits, of, value: of === 0 ? null : hits / of })

/** Harmonic mean of precision and recall; null where one of them was not measured. */
export function harmonicMean(a: Rate, b: Rate): number | null {
  if (a.value === null || b.value === null) return null
  return a.value + b.value === 0 ? 0 : (2 * a.value * b.value) / (a.value + b.value)
}
