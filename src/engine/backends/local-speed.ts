import { z } from 'zod'
import type { KeyValues } from '../catalog/settings.ts'
import type { Embedder } from '../embedding/embedder.ts'
import type { InstalledModel } from '../local-backend.ts'

/** Rounds that are timed, after one that warms up; the median counts. */
const rounds = 3

/**
 * Images per second of a model on this computer, measured once for each provider and device, and remembered.
 *
 * @param pictures one batch, at the model's input size
 */
export async function localSpeed(
  kv: KeyValues,
  model: InstalledModel,
  open: () => Promise<Embedder>,
  pictures: readonly Uint8Array[],
): Promise<number> {
  const embedder = await open()
  const { provider, device } = embedder.description
  const key = `local-speed:${model.spaceKey} ${provider} ${device}`
  const remembered = kv.get(key, z.number().positive())
  if (remembered !== null) return remembered
  const seconds: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const started = performance.now()
    await embedder.embed([...pictures])
    if (round > 0) seconds.push((performance.now() - started) / 1000)
  }
  seconds.sort((a, b) => a - b)
  const perSecond = pictures.length / (seconds[Math.floor(rounds / 2)] ?? Infinity)
  kv.set(key, perSecond)
  return perSecond
}
