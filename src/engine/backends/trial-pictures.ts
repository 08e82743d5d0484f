import type { Preprocessing } from '../../shared/contract/photo.ts'
import { paintScene } from '../imaging/golden-scene.ts'

/** Pictures in a trial: as many as it sends in one request. */
const count = 8

/** Painted pictures at a model's input size, with the detail of a photo, so that their JPEGs are as large as a photo's. */
export function trialPictures({ width, height }: Pick<Preprocessing, 'width' | 'height'>): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => paintScene(width, height, { seed: 900 + index }).data)
}
