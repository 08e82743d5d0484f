import { SearchRecall } from '../../shared/contract/groups.ts'
import type { KeyValues } from './settings.ts'

/** How well the searches of each space went, as far as that was measured. */
export interface SearchRecalls {
  /** Takes in what a search measured: the share counts by the photos that it searched for. */
  add(spaceId: number, measured: SearchRecall): void
  /** Null where no search was large enough to be measured. */
  of(spaceId: number): SearchRecall | null
}

export function createSearchRecalls(kv: KeyValues): SearchRecalls {
  const keyOf = (spaceId: number): string => `search-recall:${spaceId}`
  const of = (spaceId: number): SearchRecall | null => kv.get(keyOf(spaceId), SearchRecall)
  return {
    of,
    add(spaceId, measured) {
      const before = of(spaceId)
      const photos = measured.photos + (before?.photos ?? 0)
      kv.set(keyOf(spaceId), {
        share: (measured.share * measured.photos + (before?.share ?? 0) * (before?.photos ?? 0)) / photos,
        sampled: measured.sampled + (before?.sampled ?? 0),
        photos,
        indexed: measured.indexed || (before?.indexed ?? false),
      })
    },
  }
}
