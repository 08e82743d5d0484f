import { Thresholds } from '../../shared/contract/groups.ts'
import type { ModelSpec } from '../../shared/contract/models.ts'
import type { Backends } from '../backends.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { perceptualDefault } from '../matching/thresholds.ts'
import type { ReviewModel } from './review-session.ts'

export async function reviewModel(backends: Backends): Promise<ReviewModel | null> {
  const space = await backends.space()
  return space && { spaceId: space.spaceId, floor: space.spec.thresholds.floor }
}

export function thresholdsKey(spec: ModelSpec): string {
  return `thresholds:${spec.id}`
}

export function savedThresholds(catalog: Catalog, spec: ModelSpec): Thresholds {
  const saved = catalog.kv.get(thresholdsKey(spec), Thresholds)
  return saved ?? { perceptualDistance: perceptualDefault, similarity: spec.thresholds.default }
}
