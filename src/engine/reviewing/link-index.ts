import { pairKey } from '../../shared/domain/pair-key.ts'
import type { LinkColumns } from '../catalog/links.ts'

/** Finds the stored link of a pair of contents. Built once for a set of links: n log n, 12 bytes a link. */
export class LinkIndex {
  readonly links: LinkColumns
  readonly #keys: Float64Array
  readonly #order: Uint32Array

  constructor(links: LinkColumns) {
    this.links = links
    const keys = new Float64Array(links.a.length)
    for (let k = 0; k < links.a.length; k++) keys[k] = pairKey(links.a[k] ?? 0, links.b[k] ?? 0)
    this.#order = new Uint32Array(links.a.length).map((_, k) => k).sort((x, y) => (keys[x] ?? 0) - (keys[y] ?? 0))
    this.#keys = keys.slice().sort()
  }

  /** Index of the link in `links`, or -1. */
  find(a: number, b: number): number {
    const key = pairKey(a, b)
    let low = 0
    let high = this.#keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#keys[middle] ?? 0) < key) low = middle + 1
      else high = middle
    }
    return this.#keys[low] === key ? (this.#order[low] ?? -1) : -1
  }
}
