import type { Catalog } from '../catalog/catalog.ts'
import type { ContentFacts } from '../catalog/signatures.ts'
import { thumbnailOfContent } from '../thumbnail-of-content.ts'
import type { LookSource } from './look-pool.ts'

/** What looking at a photo needs, from the catalog, or from its file where its thumbnail has been evicted. */
export function thumbnailSource(catalog: Catalog, facts: ReadonlyMap<number, ContentFacts>): LookSource {
  return async (contentId) => {
    const known = facts.get(contentId)
    const thumbnail = known === undefined ? null : await thumbnailOfContent(catalog, contentId)
    if (known === undefined || thumbnail === null) return null
    const scouts = catalog.corners.read(contentId)
    return { contentId, width: known.width, height: known.height, thumbnail, scouts }
  }
}
