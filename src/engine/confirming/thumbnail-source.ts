import type { Catalog } from '../catalog/catalog.ts'
import type { ContentFacts } from '../catalog/signatures.ts'
import type { LookSource } from './look-pool.ts'

/** What looking at a photo needs, from the catalog. */
export function thumbnailSource(catalog: Catalog, facts: ReadonlyMap<number, ContentFacts>): LookSource {
  return (contentId) => {
    const known = facts.get(contentId)
    const thumbnail = known === undefined ? null : catalog.thumbnails.read(contentId)
    return known && thumbnail ? { contentId, width: known.width, height: known.height, thumbnail } : null
  }
}
