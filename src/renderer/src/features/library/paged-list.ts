/** A long list of which only the pages that came into view were read. Items not read yet are null. */
export interface PagedList<T> {
  total: number
  items: readonly (T | null)[]
}

export const pageSize = 100
export const initialPages: PagedList<never> = { total: 0, items: [] }

export interface PagedListAction<T> {
  type: 'page-read'
  page: number
  total: number
  items: readonly T[]
}

export function reducePages<T>(list: PagedList<T>, action: PagedListAction<T>): PagedList<T> {
  const items = Array.from({ length: action.total }, (_, index): T | null => list.items[index] ?? null)
  const offset = action.page * pageSize
  for (const [index, item] of action.items.entries()) {
    if (offset + index < items.length) items[offset + index] = item
  }
  return { total: action.total, items }
}

/** Pages between two indices (inclusive) that have not been read. */
export function missingPages<T>(list: PagedList<T>, first: number, last: number): number[] {
  const pages = new Set<number>()
  for (let index = first; index <= Math.min(last, list.total - 1); index++) {
    if (list.items[index] === null) pages.add(Math.floor(index / pageSize))
  }
  return [...pages]
}
