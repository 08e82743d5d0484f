import { firstAtLeast } from '../matching/first-at-least.ts'
import { pairKey } from '../../shared/domain/pair-key.ts'

/** Which pairs are known, as keys (`pairKey`). */
export interface KnownPairs {
  has(key: number): boolean
}

/** 8 bytes a pair, where a set takes about 50: of a hundred thousand photos there are a million pairs. */
export class PairKeys implements KnownPairs {
  readonly #sorted: Float64Array

  /** @param keys in any order, each any number of times */
  constructor(...keys: readonly Float64Array[]) {
    this.#sorted = new Float64Array(keys.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const some of keys) {
      this.#sorted.set(some, at)
      at += some.length
    }
    this.#sorted.sort()
  }

  /** The keys of pairs in columns, in their order. */
  static of(pairs: { a: Int32Array; b: Int32Array }): Float64Array {
    return Float64Array.from(pairs.a, (a, k) => pairKey(a, pairs.b[k]!))
  }

  has(key: number): boolean {
    return placeOf(this.#sorted, key) >= 0
  }
}

/** Where `key` stands in ascending numbers; −1 where it doesn't. */
export function placeOf(sorted: Float64Array, key: number): number {
  const at = firstAtLeast(sorted, key)
  return sorted[at] === key ? at : -1
}

/** Ascending, each once. */
export function distinct(keys: Float64Array): Float64Array {
  const sorted = keys.toSorted()
  let size = 0
  for (const key of sorted) if (size === 0 || sorted[size - 1] !== key) sorted[size++] = key
  return sorted.slice(0, size)
}
