import { sectionOf, type BenchmarkResult } from '../../shared/contract/benchmark.ts'
import { TwinlensError } from '../../shared/errors.ts'

/** `concurrent.p95_ms>500`: a run of whose sections one holds such a figure has failed. */
export interface Threshold {
  text: string
  path: readonly string[]
  operator: '>' | '>=' | '<' | '<='
  limit: number
}

/** @throws TwinlensError `invalid-request` */
export function parseThreshold(text: string): Threshold {
  const found = /^\s*([a-z]\w*(?:\.\w+)+)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text)
  if (found === null) {
    throw new TwinlensError(
      'invalid-request',
      `“${text}” is no condition. Write it like concurrent.p95_ms>500 or batch_8.images_per_s<40.`,
    )
  }
  const [, path = '', operator = '', limit = ''] = found
  return { text: text.trim(), path: path.split('.'), operator: operator as Threshold['operator'], limit: Number(limit) }
}

/** Whether a result holds a figure that the threshold names, and how it stands. */
export type ThresholdVerdict =
  { kind: 'kept'; value: number } | { kind: 'hit'; value: number } | { kind: 'not-measured' }

export function checkThreshold(threshold: Threshold, result: BenchmarkResult): ThresholdVerdict {
  let value: unknown = sectionOf(result)
  for (const name of threshold.path) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  }
  if (typeof value !== 'number') return { kind: 'not-measured' }
  const { operator, limit } = threshold
  const hit =
    operator === '>'
      ? value > limit
      : operator === '>='
        ? value >= limit
        : operator === '<'
          ? value < limit
          : value <= limit
  return { kind: hit ? 'hit' : 'kept', value }
}
