import { fileURLToPath } from 'node:url'
import { loadManifest } from '../../../src/engine/embedding/manifest.ts'

export interface Setting {
  name: string
  /** What the command is given. */
  arguments: readonly string[]
  /** Settings of one family share a catalog: the first of them is the cold scan that is timed. */
  family: string
}

/** Default settings first, then the fast model, then thresholds to both sides of the defaults. */
export async function qualitySettings(): Promise<Setting[]> {
  const { models } = await loadManifest(fileURLToPath(new URL('../../../resources', import.meta.url)))
  const fast = models.find(({ role }) => role === 'fast')
  const standard = models.find(({ role }) => role === 'default')
  if (fast === undefined || standard === undefined) throw new Error('the manifest lacks the default or the fast model')
  const { default: similarity, floor } = standard.thresholds
  const between = (share: number): string =>
    (similarity + (share > 0 ? 1 - similarity : similarity - floor) * share).toFixed(3)
  const family = 'default'
  return [
    { name: 'default', arguments: [], family },
    { name: `fast model (${fast.id})`, arguments: ['--model', fast.id], family: 'fast' },
    { name: 'without AI', arguments: ['--tiers', 'exact,perceptual'], family: 'without-ai' },
    ...[between(-1), between(-0.5), between(0.5)].map((cosine) => ({
      name: `similarity ${cosine}`,
      arguments: ['--similarity', cosine],
      family,
    })),
    ...['4', '10'].map((bits) => ({
      name: `perceptual distance ${bits}`,
      arguments: ['--perceptual-distance', bits],
      family,
    })),
  ]
}
