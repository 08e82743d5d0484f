import type { Affine } from './affine.ts'
import { estimateSimilarity } from './estimate-similarity.ts'
import { matchKeypoints } from './keypoint-matches.ts'
import type { Keypoints } from './keypoints.ts'

/** The maps that at least so many corners agree on, pixels of a's plane to pixels of b's: upright or turned, then mirrored. */
export function* mapsByCorners(a: Keypoints, b: Keypoints, least: number): Generator<Affine> {
  for (const mirrored of [false, true]) {
    const found = estimateSimilarity(a, b, matchKeypoints(a, b, mirrored), { mirrored, least })
    if (found !== null) yield found.map
  }
}
